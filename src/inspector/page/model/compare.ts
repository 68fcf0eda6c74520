import type { StepRecord } from '../../../inspect/records.js';
import type { Entry } from './entries.js';
import { eventText, stateText } from './text.js';

/** A step of a chart, as far as two runs can have the same one: without times, sizes and ids. */
export interface ComparedStep {
  readonly event: string;
  readonly state: string;
  /** Guards and actions. */
  readonly detail: string;
  /** Milliseconds since its recording began. */
  readonly ms: number;
  readonly seq: number;
  /** The number of equal steps in a row: the pace of a run decides on it. */
  readonly times: number;
}

/** The same place of two runs of an actor; null where a run has no step any more. */
export interface Pair {
  /** Counts from 1. */
  readonly number: number;
  readonly left: ComparedStep | null;
  readonly right: ComparedStep | null;
}

/** The steps of one chart's actor in two recordings. */
export interface ComparedActor {
  /** `transfer/destination/lane.0`; the second actor of a path is `…#2`. */
  readonly path: string;
  readonly pairs: readonly Pair[];
  /** Index of the first pair that is not the same; null if all are. */
  readonly divergence: number | null;
}

/** Two recordings, aligned by their actors and the steps of each. */
export interface Comparison {
  readonly actors: readonly ComparedActor[];
  /** The actor that was the first to do something else; null if none did. */
  readonly first: ComparedActor | null;
}

/**
 * Compares what the charts of two recordings did. Actors are aligned by their path and their number on it, their steps
 * by order. Actors that overtake each other are no divergence.
 */
export function compareRuns(left: Iterable<Entry>, right: Iterable<Entry>): Comparison {
  const [lefts, rights] = [stepsByActor(left), stepsByActor(right)];
  const paths = new Set([...lefts.keys(), ...rights.keys()]);
  const actors = [...paths].map((path) => compareActor(path, lefts.get(path) ?? [], rights.get(path) ?? []));
  const diverging = actors.filter(({ divergence }) => divergence !== null);
  const [first] = diverging.sort((one, other) => momentOf(one) - momentOf(other));
  return { actors, first: first ?? null };
}

function compareActor(
  path: string,
  left: readonly ComparedStep[],
  right: readonly ComparedStep[],
): ComparedActor {
  const pairs = Array.from({ length: Math.max(left.length, right.length) }, (_, index) => ({
    number: index + 1,
    left: left[index] ?? null,
    right: right[index] ?? null,
  }));
  const divergence = pairs.findIndex((pair) => !isSame(pair));
  return { path, pairs, divergence: divergence === -1 ? null : divergence };
}

export const isSame = ({ left, right }: Omit<Pair, 'number'>) =>
  left !== null && right !== null && identityOf(left) === identityOf(right);

const identityOf = ({ event, state, detail }: Omit<ComparedStep, 'times'>) => `${event}\n${state}\n${detail}`;

/** When the actor did something else, in the run that was there first. Milliseconds. */
function momentOf({ pairs, divergence }: ComparedActor): number {
  const { left, right } = pairs[divergence ?? 0] ?? { left: null, right: null };
  return Math.min(left?.ms ?? Number.POSITIVE_INFINITY, right?.ms ?? Number.POSITIVE_INFINITY);
}

/** The steps of each chart's actor, by its path. Equal ones in a row are one. */
function stepsByActor(entries: Iterable<Entry>): ReadonlyMap<string, readonly ComparedStep[]> {
  const steps = new Map<string, ComparedStep[]>();
  const paths = new Map<string, string>();
  const counts = new Map<string, number>();
  let began: number | null = null;
  for (const { history, record, at } of entries) {
    began ??= at;
    if (record.type === 'actor' && record.kind === 'machine') {
      const count = (counts.get(record.path) ?? 0) + 1;
      counts.set(record.path, count);
      const path = count === 1 ? record.path : `${record.path}#${count}`;
      paths.set(`${history.name}/${record.actor}`, path);
      steps.set(path, []);
    } else if (record.type === 'step') {
      const list = steps.get(paths.get(`${history.name}/${record.actor}`) ?? '');
      if (list !== undefined) append(list, comparedStep(record, at - began));
    }
  }
  return steps;
}

function append(list: ComparedStep[], step: ComparedStep): void {
  const last = list.at(-1);
  if (last === undefined || identityOf(last) !== identityOf(step)) list.push(step);
  else list[list.length - 1] = { ...last, times: last.times + 1 };
}

function comparedStep({ event, value, status, transitions, actions, seq }: StepRecord, ms: number) {
  const guards = transitions.flatMap(({ guard }) => (guard === undefined ? [] : [`if ${guard}`]));
  const state = stateText(value);
  return {
    event: eventText(event),
    state: status === 'active' ? state : `${state} (${status})`,
    detail: [...guards, ...actions].join(', '),
    ms,
    seq,
    times: 1,
  };
}

/** The pairs around the divergence: enough to see how it came to it, and what followed. */
export function around({ pairs, divergence }: ComparedActor, before = 5, after = 6): readonly Pair[] {
  const middle = divergence ?? pairs.length;
  return pairs.slice(Math.max(0, middle - before), middle + after);
}
