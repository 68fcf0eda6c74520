import type { InspectionRecord, RecordingHeader } from '../../../inspect/records.js';
import type { InspectionState } from '../../../inspect/state.js';
import type { ToPage } from '../../live-messages.js';
import { createEntries, type Entries, type Entry } from './entries.js';
import { createHistory, type History } from './history.js';

/** The last record that has happened at this moment, and how long ago; null for now. */
export type Moment = {
  readonly reporter: string;
  readonly seq: number;
  /** Milliseconds after that record: a moment can lie in a silence. @default 0 */
  readonly after?: number;
} | null;

/** The state of one process at a moment. */
export interface View {
  readonly history: History;
  readonly state: InspectionState;
}

export interface TimelineOptions {
  /** The number of records that are kept, of all processes together. */
  readonly keep?: number;
  /** The number of records in one piece of a history. */
  readonly chunk?: number;
}

/** Everything that the page knows: the records of several processes side by side. It is bounded. */
export interface Timeline {
  /** Grows with every change. */
  readonly version: number;
  readonly histories: readonly History[];
  /** Another object whenever places of entries have changed; a reader of the same object may go on where it stopped. */
  readonly entries: Entries;
  /** The total of missing records. */
  readonly dropped: number;
  take(message: ToPage): void;
  open(reporter: string, header: RecordingHeader): void;
  add(reporter: string, records: readonly InspectionRecord[]): void;
  close(reporter: string): void;
  clear(): void;
  /** Place of the entry of a moment: the last one for now, `first - 1` if it is no longer kept. */
  placeOf(moment: Moment): number;
  momentAt(place: number): Moment;
  /** The moment of a time in milliseconds since the epoch; that of the first entry if it lies before. */
  momentOf(at: number): Moment;
  /** The time of a moment; null for now, and where its record is no longer kept. */
  timeOf(moment: Moment): number | null;
  viewsAt(moment: Moment): readonly View[];
  /** Calls the listener after each change; gives a function that ends it. */
  subscribe(listener: () => void): () => void;
}

export function createTimeline(options: TimelineOptions = {}): Timeline {
  const { keep = 100_000, chunk = 1000 } = options;
  const histories: History[] = [];
  const listeners = new Set<() => void>();
  let entries = createEntries();
  let version = 0;

  function changed(): void {
    version += 1;
    for (const listener of listeners) listener();
  }

  const find = (reporter: string) => histories.find(({ name }) => name === reporter);

  function makeRoom(): void {
    while (histories.reduce((sum, { size }) => sum + size, 0) > keep) {
      const [oldest] = [...histories].sort((a, b) => a.oldestEnd - b.oldestEnd);
      if (oldest === undefined) return;
      entries = entries.drop(oldest, oldest.evict());
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
        isInOrder = entries.insert({ history, record, at: history.epoch + record.ms }) && isInOrder;
      }
      if (!isInOrder) entries = entries.renewed();
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
      entries = createEntries();
      changed();
    },
    placeOf(moment) {
      if (moment === null) return entries.last;
      const history = find(moment.reporter);
      return history === undefined ? entries.last : entries.placeOf(history, moment.seq);
    },
    momentAt(place) {
      const entry = entries.at(place);
      return entry === undefined ? null : { reporter: entry.history.name, seq: entry.record.seq };
    },
    momentOf(at) {
      const place = Math.max(entries.first, entries.placeAt(at));
      const moment = timeline.momentAt(place);
      const after = Math.round(at - (entries.at(place)?.at ?? at));
      return moment === null || after < 1 ? moment : { ...moment, after };
    },
    timeOf(moment) {
      const entry = moment === null ? undefined : entries.at(timeline.placeOf(moment));
      return entry === undefined ? null : entry.at + (moment?.after ?? 0);
    },
    viewsAt(moment) {
      const entry = moment === null ? undefined : entries.at(timeline.placeOf(moment));
      return histories.map((history) => ({ history, state: history.stateAt(seqAt(history, entry, moment)) }));
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  return timeline;
}

function seqAt(history: History, entry: Entry | undefined, moment: Moment): number {
  if (moment === null) return history.lastSeq;
  // The moment is no longer kept: gives the earliest state that is.
  if (entry === undefined) return 0;
  if (entry.history === history) return entry.record.seq;
  const isBefore = history.order < entry.history.order;
  const ms = entry.at - history.epoch;
  return history.seqAt(isBefore ? ms : ms - 0.0005);
}
