import type { InspectionRecord } from '../../../inspect/records.js';
import type { History } from './history.js';

/** A record in the order of all processes. */
export interface Entry {
  readonly history: History;
  readonly record: InspectionRecord;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** Entries by time. Each has a place, which stays the same when the oldest entries are dropped. */
export interface Entries extends Iterable<Entry> {
  readonly size: number;
  /** Place of the oldest entry that is kept. */
  readonly first: number;
  /** Place of the newest entry; `first - 1` if there is none. */
  readonly last: number;
  /** Times of the oldest and the newest entry; 0 if there is none. */
  readonly from: number;
  readonly to: number;
  /** Time of the very first entry, kept or not; the page shows all times relative to it. 0 if there is none. */
  readonly began: number;
  at(place: number): Entry | undefined;
  /** Place of the last entry up to a time; `first - 1` if there is none. */
  placeAt(at: number): number;
  /** Place of the last entry of a process up to a `seq`; `first - 1` if there is none. */
  placeOf(history: History, seq: number): number;
}

/** The entries of the time line, which inserts them. */
export interface KeptEntries extends Entries {
  /** Whether the entry came to stand at the end; otherwise the places of those behind it have changed. */
  insert(entry: Entry): boolean;
  /** Drops the oldest entries of a process. Gives another object if places of remaining entries change. */
  drop(history: History, count: number): KeptEntries;
  /** The same entries as another object: a reader of the old object must start over. */
  renewed(): KeptEntries;
}

interface Told {
  readonly first: number;
  readonly began: number;
}

export function createEntries(
  list: Entry[] = [],
  told: Told = { first: 0, began: Number.POSITIVE_INFINITY },
): KeptEntries {
  let { first, began } = told;

  /** Index of the first entry that is not before, if all those before it are. */
  function indexAfter(isBefore: (one: Entry) => boolean): number {
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = list[middle];
      if (one !== undefined && isBefore(one)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  const entries: KeptEntries = {
    get size() {
      return list.length;
    },
    get first() {
      return first;
    },
    get last() {
      return first + list.length - 1;
    },
    get from() {
      return list[0]?.at ?? 0;
    },
    get to() {
      return list.at(-1)?.at ?? 0;
    },
    get began() {
      return list.length === 0 ? 0 : began;
    },
    at: (place) => list[place - first],
    placeAt: (at) => first + indexAfter((one) => one.at <= at) - 1,
    // Entries of one process are ordered by `seq`; those of others lie between them.
    placeOf: (history, seq) =>
      first + list.findLastIndex((one) => one.history === history && one.record.seq <= seq),
    [Symbol.iterator]: () => list[Symbol.iterator](),
    /**
     * Most entries arrive in order. Those of two processes overtake each other by the time that a group is gathered, or
     * by the difference of two clocks, which can be a whole recording.
     */
    insert(entry) {
      began = Math.min(began, entry.at);
      const last = list.at(-1);
      if (last === undefined || !isLater(last, entry)) {
        list.push(entry);
        return true;
      }
      list.splice(
        indexAfter((one) => !isLater(one, entry)),
        0,
        entry,
      );
      return false;
    },
    drop(history, count) {
      const staying: Entry[] = [];
      let passed = 0;
      // Visits only the dropped entries and those of other processes between them, never all that are kept.
      for (const one of list) {
        if (passed - staying.length === count) break;
        passed += 1;
        if (one.history !== history) staying.push(one);
      }
      if (staying.length > 0) {
        return createEntries(staying.concat(list.slice(passed)), { first: first + count, began });
      }
      list.splice(0, passed);
      first += passed;
      return entries;
    },
    renewed: () => createEntries(list.slice(), { first, began }),
  };
  return entries;
}

const isLater = (one: Entry, other: Entry) =>
  one.at > other.at || (one.at === other.at && one.history.order > other.history.order);
