import type { Entity, Link, RowOf, RowStep } from '../protocol/content.js';
import type { Filters } from './filters.js';

/** What was left out of one type. */
export interface LeftOut {
  /** The type's uid; `other` stands for all beyond the first thousand. */
  readonly type: string;
  /** `protected`: its rows never move, and every server keeps its own; `filtered`: the user left it out. */
  readonly why: 'protected' | 'filtered';
  readonly entities: number;
  /** Links with such an end. */
  readonly links: number;
}

/** Counts by type what filters leave out: a source may name any number of types. */
export interface LeftOutCounts {
  add<S extends RowStep>(step: S, row: RowOf[S]): void;
  /** In the order in which they came. */
  list(): readonly LeftOut[];
}

const mostTypes = 1000;

export function createLeftOutCounts(filters: Pick<Filters, 'verdictOf'>): LeftOutCounts {
  const counts = new Map<string, LeftOut>();
  const verdictOf = (type: string) => filters.verdictOf('entities', { type, id: 0, data: {} });

  function count(uid: string, what: 'entities' | 'links'): void {
    const type = counts.has(uid) || counts.size < mostTypes ? uid : 'other';
    const why = verdictOf(uid) === 'dropped' ? 'protected' : 'filtered';
    const before = counts.get(type) ?? { type, why, entities: 0, links: 0 };
    counts.set(type, { ...before, [what]: before[what] + 1 });
  }

  return {
    add(step, row) {
      if (step === 'entities') count((row as Entity).type, 'entities');
      if (step !== 'links') return;
      const types = [(row as Link).left.type, (row as Link).right.type];
      const left =
        types.find((type) => verdictOf(type) === 'dropped') ??
        types.find((type) => verdictOf(type) !== 'kept');
      if (left !== undefined) count(left, 'links');
    },
    list: () => [...counts.values()],
  };
}
