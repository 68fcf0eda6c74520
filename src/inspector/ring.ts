import type { InspectionRecord, RecordingHeader } from '../inspect/records.js';
import { createFold, type Fold, type InspectionState } from '../inspect/state.js';

interface Group {
  /** `[…]` */
  readonly json: string;
  readonly count: number;
}

export interface Reported {
  readonly name: string;
  readonly header: RecordingHeader;
  isGone: boolean;
  /** The number of the first kept group, and of the next one to come. */
  readonly first: number;
  readonly next: number;
  group(number: number): string | undefined;
  before(): InspectionState;
  readonly dropped: number;
  add(records: readonly InspectionRecord[]): void;
}

export interface Ring {
  readonly reported: readonly Reported[];
  open(header: RecordingHeader): Reported;
}

/** The most records of a group: a page handles one group at a time, and nothing else until it is done. */
const largestGroup = 500;

/** The most processes; beyond it the oldest that has ended is forgotten. */
const mostReported = 20;

/** @param keep Bytes of records that are kept, of all processes together */
export function createRing(keep: number): Ring {
  const all: (Reported & { readonly size: number; evict(): void })[] = [];
  let opened = 0;

  function makeRoom(): void {
    while (all.reduce((sum, { size }) => sum + size, 0) > keep) {
      // Evicts from the largest process; its last group stays, however large.
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
