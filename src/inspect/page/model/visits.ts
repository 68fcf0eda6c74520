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

/** What all actors of a chart have done up to a place; of what is not kept any more nothing is known. */
export function visitsOf(
  entries: readonly Entry[],
  place: number,
  machine: string,
  definition: StateDefinition,
): Visits {
  const states = new Set<string>();
  const transitions = new Map<string, number>();
  for (let index = 0; index <= place; index += 1) {
    const entry = entries[index];
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
