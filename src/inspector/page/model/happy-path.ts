import type { StateDefinition, TransitionDefinition } from '../../../inspect/records.js';

/** The states and arrows of a chart that a run without trouble takes, in its order. */
export interface HappyPath {
  /** Ids of states, of all levels. */
  readonly states: ReadonlySet<string>;
  /** Ids of arrows: `source>target`. */
  readonly arrows: ReadonlySet<string>;
}

/** What a run takes when something is wrong, or a user steers. */
const unhappy =
  /^(error |after )|abort|pause|object|roll|retry|lost|broken|refus|reject|request\.exhausted|fail|cut\b|leave|stopped/i;

/**
 * In each state with states inside, from its initial one: on to the next state, in the order in which the chart is
 * written, that a transition leads to which nothing wrong causes.
 */
export function happyPathOf(definition: StateDefinition): HappyPath {
  const states = new Set<string>([definition.id]);
  const arrows = new Set<string>();
  walk(definition);
  return { states, arrows };

  function walk(outer: StateDefinition): void {
    const children = outer.states ?? [];
    if (outer.type === 'parallel') {
      for (const child of children) enter(child);
      return;
    }
    let here = children.find(({ key }) => key === outer.initial);
    while (here !== undefined && !states.has(here.id)) {
      enter(here);
      here = next(here, children);
    }
  }

  function enter(state: StateDefinition): void {
    states.add(state.id);
    walk(state);
  }

  function next(from: StateDefinition, siblings: readonly StateDefinition[]): StateDefinition | undefined {
    const ways = transitionsIn(from).flatMap(({ source, transition: { label, guard = '', targets } }) =>
      unhappy.test(label) || unhappy.test(guard) ? [] : targets.map((target) => ({ source, target })),
    );
    for (const sibling of siblings) {
      if (states.has(sibling.id) || unhappy.test(sibling.key)) continue;
      // A state is left at its end: the last of its transitions there.
      const way = ways.findLast(({ target }) => isWithin(target, sibling.id));
      if (way === undefined) continue;
      arrows.add(`${way.source}>${way.target}`);
      return sibling;
    }
    return undefined;
  }
}

interface Way {
  readonly source: string;
  readonly transition: TransitionDefinition;
}

/** The transitions of a state, then those of the states in it. */
function transitionsIn(state: StateDefinition): readonly Way[] {
  const own = (state.transitions ?? []).map((transition) => ({ source: state.id, transition }));
  return [...own, ...(state.states ?? []).flatMap(transitionsIn)];
}

const isWithin = (state: string, outer: string) => state === outer || state.startsWith(`${outer}.`);
