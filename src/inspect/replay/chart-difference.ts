import type { StateDefinition, TransitionDefinition } from '../records.js';

/** What a chart does in a state. Descriptions and labels are for people: another one is no other chart. */
const stateFields = ['type', 'initial', 'tags', 'refuses', 'entry', 'exit', 'invokes'] as const;
const transitionFields = ['event', 'targets', 'guard', 'actions', 'delay', 'reenter'] as const;

/** The first difference between two charts, for people; null if they are the same chart. */
export function chartDifference(recorded: StateDefinition, running: StateDefinition): string | null {
  const place = `state ${recorded.id}`;
  return (
    fieldDifference(place, stateFields, recorded, running) ??
    transitionDifference(place, recorded.transitions ?? [], running.transitions ?? []) ??
    childDifference(recorded.states ?? [], running.states ?? [])
  );
}

function fieldDifference<T extends object>(
  place: string,
  fields: readonly (keyof T & string)[],
  recorded: T,
  running: T,
): string | null {
  for (const field of fields) {
    const [theirs, ours] = [inOrder(recorded[field]), inOrder(running[field])];
    if (theirs !== ours) return `${place} has ${field} ${theirs} in the recording, and ${ours} here`;
  }
  return null;
}

function transitionDifference(
  place: string,
  recorded: readonly TransitionDefinition[],
  running: readonly TransitionDefinition[],
): string | null {
  for (let at = 0; at < Math.max(recorded.length, running.length); at += 1) {
    const [theirs, ours] = [recorded[at], running[at]];
    if (theirs === undefined) return `${place} has a transition ${ours?.label} here only`;
    if (ours === undefined) return `${place} has a transition ${theirs.label} in the recording only`;
    const difference = fieldDifference(
      `transition ${theirs.label} of ${place}`,
      transitionFields,
      theirs,
      ours,
    );
    if (difference !== null) return difference;
  }
  return null;
}

function childDifference(
  recorded: readonly StateDefinition[],
  running: readonly StateDefinition[],
): string | null {
  for (const theirs of recorded) {
    const ours = running.find(({ id }) => id === theirs.id);
    if (ours === undefined) return `state ${theirs.id} is in the recording only`;
    const difference = chartDifference(theirs, ours);
    if (difference !== null) return difference;
  }
  const added = running.find(({ id }) => !recorded.some((theirs) => theirs.id === id));
  return added === undefined ? null : `state ${added.id} is here only`;
}

function inOrder(value: unknown): string {
  if (value === undefined) return 'none';
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  );
}
