import type { Id } from '../../../merge/plan.js';

/** Values by the type and the id of a row, or of a component. */
export class RowMap<Value> {
  readonly #types = new Map<string, Map<Id, Value>>();

  get(type: string, id: Id): Value | undefined {
    return this.#types.get(type)?.get(id);
  }

  has(type: string, id: Id): boolean {
    return this.#types.get(type)?.has(id) === true;
  }

  set(type: string, id: Id, value: Value): void {
    const ids = this.#types.get(type) ?? new Map<Id, Value>();
    this.#types.set(type, ids.set(id, value));
  }

  /** The value, made and kept where there was none. */
  getOr(type: string, id: Id, make: () => Value): Value {
    const found = this.get(type, id);
    if (found !== undefined) return found;
    const made = make();
    this.set(type, id, made);
    return made;
  }

  get isEmpty(): boolean {
    return this.#types.size === 0;
  }

  *[Symbol.iterator](): Generator<readonly [type: string, id: Id, value: Value]> {
    for (const [type, ids] of this.#types) for (const [id, value] of ids) yield [type, id, value];
  }
}
