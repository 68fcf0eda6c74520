import { type ComponentReader, createComponentReader } from '../../protocol/components.js';
import type { Entity, Link, LinkEnd, Schemas } from '../../protocol/content.js';

/** Which rows come, those of components among them. */
export class RowIds {
  readonly #components: ComponentReader;
  readonly #known: Schemas;
  readonly #ids = new Map<string, Set<number | string>>();

  constructor(schemas: Schemas | null) {
    this.#known = schemas ?? {};
    this.#components = createComponentReader(schemas);
  }

  /** False where the same row came before. */
  add({ type, id, data }: Entity): boolean {
    const isNew = this.#addOne(type, id);
    this.#components.withoutIds(type, data, (uid, componentId) => this.#addOne(uid, componentId));
    return isNew;
  }

  /** Whether a link has both of its rows. */
  hasBoth({ left, right }: Link): boolean {
    return this.#has(left) && this.#has(right);
  }

  #has({ type, ref }: LinkEnd): boolean {
    // Some links name a document, not a row; and which rows are components only the schemas tell.
    if (typeof ref !== 'number' || !Object.hasOwn(this.#known, type)) return true;
    return this.#ids.get(type)?.has(ref) === true;
  }

  #addOne(type: string, id: number | string): boolean {
    const ids = this.#ids.get(type) ?? new Set();
    this.#ids.set(type, ids);
    const before = ids.size;
    return ids.add(id).size > before;
  }
}
