import type { Json, StateDefinition, StepRecord, TakenTransition, TransitionDefinition } from './records.js';

/** The visited parts of a chart in one process, each with the `seq` of the record that showed it first. */
export interface Visited {
  readonly machine: string;
  /** By id. */
  readonly states: Readonly<Record<string, number>>;
  /** By source, event, guard and targets, separated by `|`; the targets are separated by spaces. */
  readonly transitions: Readonly<Record<string, number>>;
}

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

/** The visited parts after a step; the same object if the step has visited nothing new. */
export function visitedAfter(before: Visited, definition: StateDefinition, step: StepRecord): Visited {
  const { machine } = before;
  // A state that is left at once is in no state value, but it is the target of a transition.
  const ids = [
    ...activeStates(definition, step.value),
    ...step.transitions.flatMap(({ targets }) => targets),
  ];
  const states = withNew(before.states, ids, step.seq);
  const keys = step.transitions.map((one) => transitionKey(one.source, one));
  const transitions = withNew(before.transitions, keys, step.seq);
  return states === before.states && transitions === before.transitions
    ? before
    : { machine, states, transitions };
}

function withNew(
  before: Readonly<Record<string, number>>,
  keys: readonly string[],
  seq: number,
): Readonly<Record<string, number>> {
  const added = keys.filter((key) => !Object.hasOwn(before, key));
  return added.length === 0 ? before : { ...before, ...Object.fromEntries(added.map((key) => [key, seq])) };
}
