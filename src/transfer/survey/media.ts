import { fileNameOf, filesOf } from '../../merge/file-names.js';
import { fileType } from '../../protocol/clearing.js';
import type { Asset, Entity } from '../../protocol/content.js';

/** How many file names an error lists. */
const listed = 3;

/** Holds the rows of the media library against the files that come: an image's formats are files of their own. */
export class Media {
  /** File names that rows name, by row and format. */
  readonly #named = new Map<string, string>();
  readonly #rows = new Set<unknown>();
  readonly #held = new Set<string>();
  #rowless: string | null = null;

  get rows(): number {
    return this.#rows.size;
  }

  /** A file whose row does not come; null where all have theirs. */
  get rowless(): string | null {
    return this.#rowless;
  }

  addRow(row: Entity): void {
    const { type, id } = row;
    if (type !== fileType) return;
    this.#rows.add(id);
    for (const [format, file] of filesOf(row)) this.#named.set(keyOf(id, format), fileNameOf(file));
  }

  /** The rows come before the files. */
  addFile({ filename, metadata: { id, type } }: Pick<Asset, 'filename' | 'metadata'>): void {
    this.#held.add(filename);
    if (!this.#rows.has(id)) this.#rowless ??= filename;
    this.#named.delete(keyOf(id, typeof type === 'string' ? type : ''));
  }

  /** The files that rows name and that do not come: how many, and the first of them. */
  missing(): { readonly count: number; readonly examples: string } {
    const names = [...this.#named.values()].filter((name) => !this.#held.has(name));
    const rest = names.length - listed;
    const examples = `${names.slice(0, listed).join(', ')}${rest > 0 ? `, and ${rest} more` : ''}`;
    return { count: names.length, examples };
  }
}

const keyOf = (id: unknown, format: string) => `${String(id)}/${format}`;
