import type { Clock } from '../ports/clock.js';
import type { InspectionRecord, RecordingHeader } from './records.js';

/** A consumer of records: a page, a recorder, another inspector. */
export interface Sink {
  /** Receives peers' words too, diagnostics and reasons of failures: they can quote a row. @defaultValue false */
  readonly data?: boolean;
  /** Called before the first records. */
  begin?(header: RecordingHeader): void;
  /** Receives records in order; none while its promise is pending, and none after it has thrown or rejected. */
  write(records: readonly InspectionRecord[]): void | Promise<void>;
  /** Called after the last records. */
  close?(): void | Promise<void>;
}

export interface SinkQueueOptions {
  readonly header: RecordingHeader;
  readonly waiting: number;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Separates a sink from the charts: it never runs within a transition, and loses records that it is too slow for. */
export interface SinkQueue {
  push(record: InspectionRecord): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A hanging sink must not keep the process alive. Milliseconds. */
const closeTimeout = 2000;

/** A group is written this long after its first record, or once it has `fullGroup` records. Milliseconds. */
const gathering = 100;
const fullGroup = 1000;

export function createSinkQueue(sink: Sink, options: SinkQueueOptions): SinkQueue {
  const { waiting, clock, onError } = options;
  let pending: InspectionRecord[] = [];
  let missing: { count: number; seq: number; ms: number } | null = null;
  let timer: { readonly id: unknown } | null = null;
  let draining: Promise<void> | null = null;
  let hasBegun = false;
  let isOff = false;

  function fail(error: unknown): void {
    if (isOff) return;
    isOff = true;
    pending = [];
    onError(error);
  }

  async function drain(): Promise<void> {
    // The sink must not run within a transition of the chart that it watches.
    await Promise.resolve();
    const records = pending;
    pending = [];
    if (missing !== null) records.push(droppedRecord(missing));
    missing = null;
    try {
      if (!hasBegun) sink.begin?.(options.header);
      hasBegun = true;
      const written = sink.write(records);
      if (written !== undefined) await written;
    } catch (error) {
      fail(error);
    }
    draining = null;
    if (isWaiting()) gather();
  }

  const isWaiting = () => !isOff && (pending.length > 0 || missing !== null);

  function start(): Promise<void> {
    if (timer !== null) clock.clearTimeout(timer.id);
    timer = null;
    draining ??= drain();
    return draining;
  }

  function gather(): void {
    if (pending.length >= fullGroup) void start();
    else timer ??= { id: clock.setTimeout(start, gathering) };
  }

  const flush = async () => {
    while (draining !== null || isWaiting()) await start();
  };

  return {
    push(record) {
      if (isOff) return;
      if (pending.length >= waiting || missing !== null) {
        missing = { count: (missing?.count ?? 0) + 1, seq: record.seq, ms: record.ms };
      } else pending.push(record);
      if (draining === null) gather();
    },
    flush,
    async close() {
      let patience: unknown;
      const longEnough = new Promise<void>((resolve) => {
        patience = clock.setTimeout(resolve, closeTimeout);
      });
      const closing = flush().then(() => (isOff ? undefined : sink.close?.()));
      await Promise.race([closing, longEnough]).catch(fail);
      clock.clearTimeout(patience);
      if (timer !== null) clock.clearTimeout(timer.id);
      isOff = true;
    },
  };
}

function droppedRecord({ count, seq, ms }: { count: number; seq: number; ms: number }): InspectionRecord {
  return { type: 'dropped', seq, ms, count, reason: 'the sink was too slow' };
}
