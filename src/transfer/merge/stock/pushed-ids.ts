import type { Id } from '../../../merge/plan.js';

/** Above any id that a database counts up to: an older Strapi takes a link to an id that it was not pushed for its own. */
const first = 2 ** 40;

export interface PushedIds {
  /** The id under which a row or component of the source is pushed; the Strapi gives it one of its own. */
  of(id: Id): number;
}

export function createPushedIds(): PushedIds {
  const named = new Map<Id, number>();
  return {
    of(id) {
      if (typeof id === 'number' && Number.isInteger(id) && id > 0 && id < first) return first + id;
      const known = named.get(id) ?? 2 * first + named.size;
      named.set(id, known);
      return known;
    },
  };
}
