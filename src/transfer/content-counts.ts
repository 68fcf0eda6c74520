import { localeType } from '../merge/identity.js';
import { fileType } from '../protocol/clearing.js';
import { componentFields } from '../protocol/components.js';
import type { Entity, Link, LinkEnd, Schemas } from '../protocol/content.js';
import type { TransferSource } from '../stores/store.js';

/** One side of links: the content type, and its field where it has one for them (`shared.link.category` in a component). */
export interface CountedEnd {
  readonly type: string;
  readonly field?: string;
}

/** How much content stands somewhere. */
export interface ContentCounts {
  /** Rows by content type. */
  readonly rows: Readonly<Record<string, number>>;
  /** Links by the fields at their two ends; a component's count as those of the type that holds it. */
  readonly links: readonly {
    readonly left: CountedEnd;
    readonly right: CountedEnd;
    readonly count: number;
  }[];
  /** Codes of its locales; empty where it has none, or no internationalization. */
  readonly locales: readonly string[];
  /** Files of the media library; `elsewhere` those of each upload provider that is not the server's disk. */
  readonly files: { readonly count: number; readonly elsewhere: Readonly<Record<string, number>> };
}

/**
 * Reads the rows and links of a source that is open, and counts them. Its files are not read: their rows tell.
 * @throws TransferError where the source cannot be read
 */
export async function countContent(source: TransferSource): Promise<ContentCounts> {
  const owners = new Owners((await source.schemas()) ?? {});
  const rows = new Map<string, number>();
  const elsewhere = new Map<string, number>();
  const locales = new Set<string>();
  for await (const batch of source.rows('entities')) {
    for (const entity of batch) {
      add(rows, entity.type, 1);
      owners.see(entity);
      if (entity.type === localeType) locales.add(String(entity.data['code']));
      const provider = otherProviderOf(entity);
      if (provider !== undefined) add(elsewhere, provider, 1);
    }
  }
  const links = new Map<string, number>();
  for await (const batch of source.rows('links')) {
    for (const { left, right } of batch as readonly Link[])
      add(links, JSON.stringify([owners.endOf(left), owners.endOf(right)]), 1);
  }
  return {
    rows: Object.fromEntries(rows),
    links: [...links].map(([key, count]) => {
      const [left, right] = JSON.parse(key) as [CountedEnd, CountedEnd];
      return { left, right, count };
    }),
    locales: [...locales],
    files: { count: rows.get(fileType) ?? 0, elsewhere: Object.fromEntries(elsewhere) },
  };
}

/** The upload provider of a file's row, where it is another than the server's own disk. */
function otherProviderOf({ type, data }: Entity): string | undefined {
  const { provider } = data;
  return type === fileType && typeof provider === 'string' && provider !== 'local' ? provider : undefined;
}

/** Remembers which content type holds a component's row: a component has no life of its own. */
class Owners {
  readonly #schemas: Schemas;
  readonly #types = new Map<string, Map<unknown, string>>();

  constructor(schemas: Schemas) {
    this.#schemas = schemas;
  }

  see({ type, data }: Entity): void {
    this.#visit(type, type, data);
  }

  endOf({ type, ref, field }: LinkEnd): CountedEnd {
    const owner = this.#types.get(type)?.get(ref);
    if (owner === undefined) return { type, ...(field === undefined ? {} : { field }) };
    return { type: owner, field: `${type}.${field ?? ''}` };
  }

  #visit(owner: string, uid: string, data: Readonly<Record<string, unknown>>): void {
    for (const [name, component] of componentFields(this.#schemas, uid)) {
      const value = Object.hasOwn(data, name) ? data[name] : undefined;
      for (const item of Array.isArray(value) ? value : [value]) {
        if (typeof item !== 'object' || item === null) continue;
        const { id, __component: named } = item;
        const type = component ?? (typeof named === 'string' ? named : '');
        const known = this.#types.get(type) ?? new Map<unknown, string>();
        this.#types.set(type, known.set(id, owner));
        this.#visit(owner, type, item);
      }
    }
  }
}

function add(counts: Map<string, number>, key: string, count: number): void {
  counts.set(key, (counts.get(key) ?? 0) + count);
}
