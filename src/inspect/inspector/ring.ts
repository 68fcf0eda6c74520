import type { InspectionRecord, RecordingHeader } from '../records.js';
import { createFold, type Fold, type InspectionState } from '../state.js';

/** Records that came together, as they are sent. */
interface Group {
  /** `[…]` */
  readonly json: string;
  readonly count: number;
}

/** The records of one process: the latest whole, those before them added up. */
export interface Reported {
  readonly name: string;
  readonly header: RecordingHeader;
  isGone: boolean;
  /** Number of the first group that is kept, and of the one that comes next. */
  readonly first: number;
  readonly next: number;
  /** `undefined` where it is not kept (any more). */
  group(number: number): string | undefined;
  /** Where everything stood before the first group that is kept. */
  before(): InspectionState;
  /** Records that are not kept any more. */
  readonly dropped: number;
  add(records: readonly InspectionRecord[]): void;
}

/** A bounded memory of what several processes report. */
export interface Ring {
  /** In the order in which they came. */
  readonly reported: readonly Reported[];
  open(header: RecordingHeader): Reported;
}

/** Records of a group at most: a page takes a group at a time, and does nothing else meanwhile. */
const largestGroup = 500;

/** Processes that are gone are forgotten beyond this many. */
const mostReported = 20;

/** @param keep Bytes of records that are kept, of all processes together */
export function createRing(keep: number): Ring {
  const all: (Reported & { readonly size: number; evict(): void })[] = [];
  let opened = 0;

  function makeRoom(): void {
    while (all.reduce((sum, { size }) => sum + size, 0) > keep) {
      // Of the one that takes most; its last group stays, however long it is.
      const [largest] = all.filter(({ first, next }) => next - first > 1).sort((a, b) => b.size - a.size);
      if (largest === undefined) return;
      largest.evict();
    }
  }

  return {
    reported: all,
    open(header) {
      const fold: Fold = createFold();
      const groups = new Map<number, Group>();
      let [first, next, size, dropped] = [0, 0, 0, 0];
      opened += 1;
      const reported = {
        name: `p${opened}`,
        header,
        isGone: false,
        get first() {
          return first;
        },
        get next() {
          return next;
        },
        get size() {
          return size;
        },
        get dropped() {
          return dropped;
        },
        group: (number: number) => groups.get(number)?.json,
        before: () => fold.state(),
        add(records: readonly InspectionRecord[]) {
          for (let at = 0; at < records.length; at += largestGroup) {
            const group = records.slice(at, at + largestGroup);
            const json = JSON.stringify(group);
            groups.set(next, { json, count: group.length });
            next += 1;
            size += json.length;
          }
          makeRoom();
        },
        evict() {
          const group = groups.get(first);
          if (group === undefined) return;
          groups.delete(first);
          first += 1;
          size -= group.json.length;
          dropped += group.count;
          for (const record of JSON.parse(group.json) as InspectionRecord[]) fold.add(record);
        },
      };
      all.push(reported);
      if (all.length > mostReported) {
        const place = all.findIndex(({ isGone }) => isGone);
        if (place !== -1) all.splice(place, 1);
      }
      return reported;
    },
  };
}
