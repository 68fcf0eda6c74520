import type { Clock } from '../ports/clock.js';
import type { InspectionRecord, RecordingHeader } from './records.js';

/** One who is told: a page, a recorder, another inspector. */
export interface Sink {
  /** The words of peers too, diagnostics and reasons of failures: they can quote a row. @defaultValue false */
  readonly data?: boolean;
  /** Before the first records. */
  begin?(header: RecordingHeader): void;
  /** In order. While a promise that it gives is open it gets no more. One that throws or rejects gets none ever after. */
  write(records: readonly InspectionRecord[]): void | Promise<void>;
  /** After the last records. */
  close?(): void | Promise<void>;
}

export interface SinkQueueOptions {
  readonly header: RecordingHeader;
  /** Records that may wait. */
  readonly waiting: number;
  readonly clock: Clock;
  readonly onError: (error: unknown) => void;
}

/** Keeps a sink away from the charts: nothing of it runs within a transition, and what it is too slow for is dropped. */
export interface SinkQueue {
  push(record: InspectionRecord): void;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** A sink that hangs must not keep the process. Milliseconds. */
const closeTimeout = 2000;

/** Records are handed over in groups: so long after the first of one, or as soon as it has so many. Milliseconds. */
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

  /** One group; what comes meanwhile is gathered for the next. */
  async function drain(): Promise<void> {
    // Whatever the sink does, it does not do it within a transition of the chart that is being watched.
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

/** Stands where the last of them would have. */
function droppedRecord({ count, seq, ms }: { count: number; seq: number; ms: number }): InspectionRecord {
  return { type: 'dropped', seq, ms, count, reason: 'the sink was too slow' };
}
