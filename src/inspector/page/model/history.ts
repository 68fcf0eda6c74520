import type { ActorRecord, InspectionRecord, RecordingHeader } from '../../../inspect/records.js';
import { createFold, type Fold, type InspectionState } from '../../../inspect/state.js';

/** Consecutive records, and the state before the first of them. */
interface Chunk {
  readonly before: InspectionState;
  readonly records: InspectionRecord[];
}

/** The records of one process, in pieces: going back in time begins at the start of a piece. */
export interface History {
  /** `p1`, `p2`, …, as the inspector calls it. */
  readonly name: string;
  /** Orders records of the same moment. */
  readonly order: number;
  readonly header: RecordingHeader;
  /** Start of the records in milliseconds since the epoch; `ms` of each record counts from it. */
  readonly epoch: number;
  isGone: boolean;
  /** The number of records that are no longer kept, or never came. */
  dropped: number;
  readonly size: number;
  /** Time of the last record of the oldest piece; Infinity if there is none. */
  readonly oldestEnd: number;
  /** `seq` of the last record; 0 before the first. */
  readonly lastSeq: number;
  actor(id: string): ActorRecord | undefined;
  add(record: InspectionRecord): void;
  /** Restarts from a state: the records that lead to it are missing. */
  restart(state: InspectionState): void;
  /** Forgets the oldest piece. Gives the number of its records. */
  evict(): number;
  /** The state after the record with this `seq`; the earliest known state if that record is no longer kept. */
  stateAt(seq: number): InspectionState;
  /** `seq` of the last record up to a time; 0 if there is none. */
  seqAt(ms: number): number;
}

const emptyState = createFold().state();

export function createHistory(
  name: string,
  order: number,
  header: RecordingHeader,
  chunkSize: number,
): History {
  const chunks: Chunk[] = [];
  const names = new Map<string, ActorRecord>();
  let head: Fold = createFold();
  let size = 0;
  /** The state of the last request, from which a step forward goes on. */
  let walk: { readonly chunk: Chunk; readonly fold: Fold; next: number } | null = null;

  function begin(before: InspectionState): Chunk {
    const chunk = { before, records: [] };
    chunks.push(chunk);
    return chunk;
  }

  const history: History = {
    name,
    order,
    header,
    epoch: Date.parse(header.startedAt),
    isGone: false,
    dropped: 0,
    get size() {
      return size;
    },
    get oldestEnd() {
      return history.epoch + (chunks[0]?.records.at(-1)?.ms ?? Number.POSITIVE_INFINITY);
    },
    get lastSeq() {
      const chunk = chunks.at(-1);
      return chunk?.records.at(-1)?.seq ?? chunk?.before.seq ?? 0;
    },
    actor: (id) => names.get(id),
    add(record) {
      let chunk = chunks.at(-1);
      if (chunk === undefined || chunk.records.length >= chunkSize) chunk = begin(head.state());
      chunk.records.push(record);
      size += 1;
      if (record.type === 'actor') names.set(record.actor, record);
      else if (record.type === 'dropped') history.dropped += record.count;
      head.add(record);
    },
    restart(state) {
      history.dropped += Math.max(0, state.seq - history.lastSeq);
      head = createFold(state);
      for (const { actor } of state.actors) names.set(actor.actor, actor);
      // No record has come since the previous restart.
      if (chunks.at(-1)?.records.length === 0) chunks.pop();
      begin(state);
    },
    evict() {
      const gone = chunks.shift();
      if (gone === undefined) return 0;
      size -= gone.records.length;
      history.dropped += gone.records.length;
      if (walk?.chunk === gone) walk = null;
      const before = (chunks[0] ?? begin(head.state())).before;
      const known = new Set(before.actors.map(({ actor }) => actor.actor));
      const begun = gone.records.filter((record) => record.type === 'actor');
      for (const { actor } of [...gone.before.actors.map((one) => one.actor), ...begun]) {
        if (!known.has(actor)) names.delete(actor);
      }
      return gone.records.length;
    },
    stateAt(seq) {
      const chunk =
        chunks.findLast(({ before, records }) => (records[0]?.seq ?? before.seq) <= seq) ?? chunks[0];
      if (chunk === undefined) return emptyState;
      const isAhead = walk?.chunk === chunk && (chunk.records[walk.next - 1]?.seq ?? 0) <= seq;
      if (walk === null || !isAhead) walk = { chunk, fold: createFold(chunk.before), next: 0 };
      for (
        let one = chunk.records[walk.next];
        one !== undefined && one.seq <= seq;
        one = chunk.records[walk.next]
      ) {
        walk.fold.add(one);
        walk.next += 1;
      }
      return walk.fold.state();
    },
    seqAt(ms) {
      const chunk = chunks.findLast(({ records }) => records.length > 0 && (records[0]?.ms ?? 0) <= ms);
      return chunk?.records.findLast((record) => record.ms <= ms)?.seq ?? 0;
    },
  };
  return history;
}
