import type {
  Json,
  StateDefinition,
  StepRecord,
  TakenTransition,
  TransitionDefinition,
} from '../../records.js';
import type { Entry } from './timeline.js';

/** What of a chart has been seen to happen. */
export interface Visits {
  readonly states: ReadonlySet<string>;
  readonly transitions: ReadonlyMap<string, number>;
}

/** The states that are active, by id, outermost first. */
export function activeStates(definition: StateDefinition, value: Json | undefined): readonly string[] {
  const ids = [definition.id];
  const visit = (state: StateDefinition, inner: Json | undefined) => {
    const keys = typeof inner === 'string' ? [[inner, undefined] as const] : Object.entries(inner ?? {});
    for (const [key, rest] of keys) {
      const child = state.states?.find((one) => one.key === key);
      if (child === undefined) continue;
      ids.push(child.id);
      visit(child, rest as Json | undefined);
    }
  };
  visit(definition, value ?? undefined);
  return ids;
}

export const transitionKey = (source: string, one: TransitionDefinition | TakenTransition) =>
  [source, one.event, one.guard ?? '', one.targets.join(' ')].join('|');

/** How far the entries were read for a chart. */
interface Walk {
  readonly states: Set<string>;
  readonly transitions: Map<string, number>;
  next: number;
}

/** Goes with the entries: what is not kept any more is not held here. */
const walks = new WeakMap<readonly Entry[], Map<StateDefinition, Walk>>();

/**
 * What all actors of a chart have done up to a place; of what is not kept any more nothing is known. Asked again for a
 * later place it goes on from the one before: what it gave then grows with it.
 */
export function visitsOf(
  entries: readonly Entry[],
  place: number,
  machine: string,
  definition: StateDefinition,
): Visits {
  const ofCharts = walks.get(entries) ?? new Map<StateDefinition, Walk>();
  walks.set(entries, ofCharts);
  let walk = ofCharts.get(definition);
  if (walk === undefined || walk.next > place + 1) {
    walk = { states: new Set(), transitions: new Map(), next: 0 };
    ofCharts.set(definition, walk);
  }
  const { states, transitions } = walk;
  for (; walk.next <= place; walk.next += 1) {
    const entry = entries[walk.next];
    if (entry?.record.type !== 'step') continue;
    const step: StepRecord = entry.record;
    if (entry.history.actor(step.actor)?.machine !== machine) continue;
    for (const id of activeStates(definition, step.value)) states.add(id);
    for (const taken of step.transitions) {
      const key = transitionKey(taken.source, taken);
      transitions.set(key, (transitions.get(key) ?? 0) + 1);
      for (const target of taken.targets) states.add(target);
    }
  }
  return { states, transitions };
}
