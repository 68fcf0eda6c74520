import type { ToPage } from '../../live.js';
import type { InspectionRecord, RecordingHeader } from '../../records.js';
import type { InspectionState } from '../../state.js';
import { createEntries, type Entries, type Entry } from './entries.js';
import { createHistory, type History } from './history.js';

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
  /** Another object whenever an entry has another place than before: who has read it may go on from there. */
  readonly entries: Entries;
  /** Records that are missing, all in all. */
  readonly dropped: number;
  take(message: ToPage): void;
  open(reporter: string, header: RecordingHeader): void;
  add(reporter: string, records: readonly InspectionRecord[]): void;
  close(reporter: string): void;
  clear(): void;
  /** Place of the entry that a moment is; the last one for now, before the first where it is not kept. */
  placeOf(moment: Moment): number;
  momentAt(place: number): Moment;
  viewsAt(moment: Moment): readonly View[];
  /** Calls when something has changed; gives what ends it. */
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
  // A moment that is not kept any more: the earliest that is.
  if (entry === undefined) return 0;
  if (entry.history === history) return entry.record.seq;
  const isBefore = history.order < entry.history.order;
  const ms = entry.at - history.epoch;
  return history.seqAt(isBefore ? ms : ms - 0.0005);
}
