import type { Entry } from './entries.js';
import { stateText } from './text.js';

/** How long the actors of one chart were in a state, over a whole run. */
export interface TimeInState {
  /** `transfer/destination/lane.0` */
  readonly path: string;
  readonly state: string;
  readonly visits: number;
  /** Milliseconds, of all visits together. */
  readonly total: number;
  /** Milliseconds, of the longest visit. */
  readonly longest: number;
  /** Whether an actor is in it still, or was when the records end. */
  readonly isOpen: boolean;
}

interface Visit {
  readonly path: string;
  readonly state: string;
  readonly since: number;
}

/** The time in each state, the longest first. A visit ends with the step that leaves it, or with the last entry. */
export function timesOf(entries: Iterable<Entry>): readonly TimeInState[] {
  const rows = new Map<string, TimeInState>();
  const visits = new Map<string, Visit>();
  const paths = new Map<string, string>();
  let last = 0;

  function add({ path, state, since }: Visit, until: number, isOpen: boolean): void {
    const key = `${path}\n${state}`;
    const { visits: count, total, longest } = rows.get(key) ?? { visits: 0, total: 0, longest: 0 };
    const took = until - since;
    rows.set(key, {
      path,
      state,
      visits: count + 1,
      total: total + took,
      longest: Math.max(longest, took),
      isOpen: isOpen || (rows.get(key)?.isOpen ?? false),
    });
  }

  for (const { history, record, at } of entries) {
    last = at;
    if (record.type === 'actor' && record.kind === 'machine')
      paths.set(`${history.name}/${record.actor}`, record.path);
    if (record.type !== 'step') continue;
    const key = `${history.name}/${record.actor}`;
    const path = paths.get(key);
    if (path === undefined) continue;
    const state = stateText(record.value);
    const visit = visits.get(key);
    if (visit?.state === state && record.status === 'active') continue;
    if (visit !== undefined) add(visit, at, false);
    if (record.status === 'active') visits.set(key, { path, state, since: at });
    else visits.delete(key);
  }
  for (const visit of visits.values()) add(visit, last, true);
  return [...rows.values()].sort((one, other) => other.total - one.total);
}
