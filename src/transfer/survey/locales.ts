import { localeType } from '../../merge/identity.js';
import type { Entity } from '../../protocol/content.js';

/** In which locales rows come, and which locales come. */
export class Locales {
  readonly #rows = new Map<string, number>();
  readonly #codes = new Set<unknown>();

  add({ type, data: { locale, code } }: Entity): void {
    if (type === localeType) this.#codes.add(code);
    else if (typeof locale === 'string') this.#rows.set(locale, (this.#rows.get(locale) ?? 0) + 1);
  }

  /** Locales of rows that are none of these: `tr (12 rows)`. @param there Of the destination; null: those that come. */
  lacking(there: readonly string[] | null): readonly string[] {
    const has = (locale: string) => (there === null ? this.#codes.has(locale) : there.includes(locale));
    return [...this.#rows]
      .filter(([locale]) => !has(locale))
      .map(([locale, count]) => `${locale} (${count} ${count === 1 ? 'row' : 'rows'})`)
      .sort();
  }
}
