import type { ToPage } from '../../live.js';
import type { InspectionRecord, RecordingHeader } from '../../records.js';
import type { InspectionState } from '../../state.js';
import { createHistory, type History } from './history.js';

/** A record in the order of all processes. */
export interface Entry {
  readonly history: History;
  readonly record: InspectionRecord;
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** A record that was the last one to have happened; null: now. */
export type Moment = { readonly reporter: string; readonly seq: number } | null;

/** Where one process stood at a moment. */
export interface View {
  readonly history: History;
  readonly state: InspectionState;
}

export interface TimelineOptions {
  /** Records that are kept, of all processes together. */
  readonly keep?: number;
  /** Records between two places to begin from. */
  readonly chunk?: number;
}

/** What the page knows: the records of several processes, laid side by side. Bounded. */
export interface Timeline {
  /** Grows with every change. */
  readonly version: number;
  readonly histories: readonly History[];
  /** By time. Another array whenever anything but its end has changed: who has read it may go on from there. */
  readonly entries: readonly Entry[];
  /** Records that are missing, all in all. */
  readonly dropped: number;
  take(message: ToPage): void;
  open(reporter: string, header: RecordingHeader): void;
  add(reporter: string, records: readonly InspectionRecord[]): void;
  close(reporter: string): void;
  clear(): void;
  /** Index of the entry that a moment is; the last one for now, -1 where there is none. */
  placeOf(moment: Moment): number;
  momentAt(place: number): Moment;
  /** Index of the last entry up to then, -1 before the first. */
  placeAt(at: number): number;
  viewsAt(moment: Moment): readonly View[];
  /** Calls when something has changed; gives what ends it. */
  subscribe(listener: () => void): () => void;
}

export function createTimeline(options: TimelineOptions = {}): Timeline {
  const { keep = 100_000, chunk = 1000 } = options;
  const histories: History[] = [];
  const listeners = new Set<() => void>();
  let entries: Entry[] = [];
  let version = 0;

  function changed(): void {
    version += 1;
    for (const listener of listeners) listener();
  }

  const find = (reporter: string) => histories.find(({ name }) => name === reporter);

  /**
   * Most come in order. Those of two processes overtake each other by as long as a group is gathered, or by as much as
   * two clocks differ, which can be a whole recording. Gives whether it came to stand at the end.
   */
  function insert(entry: Entry): boolean {
    const last = entries.at(-1);
    if (last === undefined || !isLater(last, entry)) {
      entries.push(entry);
      return true;
    }
    let [low, high] = [0, entries.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const one = entries[middle];
      if (one !== undefined && isLater(one, entry)) high = middle;
      else low = middle + 1;
    }
    entries.splice(low, 0, entry);
    return false;
  }

  function makeRoom(): void {
    while (histories.reduce((sum, { size }) => sum + size, 0) > keep) {
      const oldest = [...histories].sort((a, b) => a.epoch + a.oldestMs - (b.epoch + b.oldestMs))[0];
      if (oldest === undefined) return;
      const gone = oldest.evict();
      entries = entries.filter(({ history, record }) => history !== oldest || record.seq > gone);
    }
  }

  const timeline: Timeline = {
    get version() {
      return version;
    },
    histories,
    get entries() {
      return entries;
    },
    get dropped() {
      return histories.reduce((sum, { dropped }) => sum + dropped, 0);
    },
    take(message) {
      if (message.type === 'hello') timeline.clear();
      else if (message.type === 'reporter') timeline.open(message.reporter, message.header);
      else if (message.type === 'records') timeline.add(message.reporter, message.records);
      else if (message.type === 'gone') timeline.close(message.reporter);
      else if (message.type === 'state') {
        const history = find(message.reporter);
        if (history === undefined) return;
        history.restart(message.state);
        changed();
      }
    },
    open(reporter, header) {
      histories.push(createHistory(reporter, histories.length, header, chunk));
      changed();
    },
    add(reporter, records) {
      const history = find(reporter);
      if (history === undefined) return;
      let isInOrder = true;
      for (const record of records) {
        history.add(record);
        isInOrder = insert({ history, record, at: history.epoch + record.ms }) && isInOrder;
      }
      if (!isInOrder) entries = entries.slice();
      makeRoom();
      changed();
    },
    close(reporter) {
      const history = find(reporter);
      if (history !== undefined) history.isGone = true;
      changed();
    },
    clear() {
      histories.length = 0;
      entries = [];
      changed();
    },
    placeOf(moment) {
      if (moment === null) return entries.length - 1;
      const history = find(moment.reporter);
      if (history === undefined) return entries.length - 1;
      // Entries of one process are ordered by seq; those of others lie between them.
      const place = entries.findLastIndex((one) => one.history === history && one.record.seq <= moment.seq);
      return place;
    },
    momentAt(place) {
      const entry = entries[place];
      return entry === undefined ? null : { reporter: entry.history.name, seq: entry.record.seq };
    },
    placeAt(at) {
      let [low, high] = [0, entries.length];
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle]?.at ?? 0) <= at) low = middle + 1;
        else high = middle;
      }
      return low - 1;
    },
    viewsAt(moment) {
      const entry = moment === null ? undefined : entries[timeline.placeOf(moment)];
      return histories.map((history) => ({ history, state: history.stateAt(seqAt(history, entry, moment)) }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return timeline;
}

const isLater = (one: Entry, other: Entry) =>
  one.at > other.at || (one.at === other.at && one.history.order > other.history.order);

function seqAt(history: History, entry: Entry | undefined, moment: Moment): number {
  if (moment === null) return history.lastSeq;
  // A moment that is not kept any more: the earliest that is.
  if (entry === undefined) return 0;
  if (entry.history === history) return entry.record.seq;
  const isBefore = history.order < entry.history.order;
  const ms = entry.at - history.epoch;
  return history.seqAt(isBefore ? ms : ms - 0.0005);
}
