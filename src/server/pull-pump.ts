import type { ActorRefFrom } from 'xstate';
import type { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import type { Ids } from '../ports/ids.js';
import type { Step } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import type { Answered, Line } from '../transport/line.js';
import { type BatchFrame, createBatchFrame } from './batch-frame.js';
import { type Batch, batchesOf, writeBatch } from './pull-batches.js';

interface RunningStage {
  readonly step: Step;
  readonly id: string;
  readonly memory: BatchFrame;
  stopped: boolean;
  /** Its last batch was confirmed. */
  done: boolean;
  /** Ends the wait for the batch that is in flight. */
  wake: () => void;
}

/** The transfer whose content is pulled. */
export interface PulledTransfer {
  readonly source: TransferSource;
  readonly checksums: boolean;
  /** The client is Ferry's. Strapi's takes a batch that comes twice for two batches. */
  readonly isFerry: boolean;
}

export interface PullPumpOptions {
  readonly ids: Ids;
  readonly line: Line;
  readonly lifecycle: () => ActorRefFrom<typeof lifecycleMachine>;
  /** How long a confirmation is waited for where the batch may not be sent again. Milliseconds. */
  readonly batchTimeout: number;
  /** Resolves once the peer has answered a ping. */
  readonly roundTrip: () => Promise<void>;
  /** How many sessions there are. */
  readonly sessions: () => number;
  /** Whether the client still may pull; where not, the session is ended. */
  readonly mayHaveBatch: () => Promise<boolean>;
  /** The error for the client when the source cannot be read. */
  readonly errorOf: (thrown: unknown) => TransferError;
  /** A batch was confirmed. */
  readonly moved: (step: Step, items: number, bytes: number) => void;
}

/**
 * Sends the batches of a pull: the server's requests. Each goes through the lifecycle chart like a client's, so that
 * a stage that was ended, or a transfer that failed, stops it.
 */
export interface PullPump {
  /**
   * Readies a stage; what `start` answers. The batches begin to flow once the exchange that this is called in is done,
   * and the chart is streaming.
   */
  prepare(step: Step): { readonly id: string; readonly totals?: object };
  stop(): void;
}

export function createPullPump(
  { source, checksums, isFerry }: PulledTransfer,
  options: PullPumpOptions,
): PullPump {
  const { ids, line, lifecycle, roundTrip, sessions, mayHaveBatch, errorOf, moved } = options;
  const once = { retryMessageTimeout: options.batchTimeout, retryMessageMaxRetries: 0 };
  let stage: RunningStage | null = null;

  /** One batch, as a request of the server's; false where the chart takes it no longer. */
  async function deliver(current: RunningStage, batch: Batch | null, error?: TransferError) {
    const { step, id, memory } = current;
    const uuid = ids.uuid();
    const event = { type: 'request.stepStream', uuid, step } as const;
    if (current.stopped || !(await mayHaveBatch())) return false;
    if (current.stopped || !lifecycle().getSnapshot().can(event)) return false;
    const frame = writeBatch(memory, { uuid, id }, batch, error);
    const request = { uuid, kind: `${step}.batch`, frame, ...(isFerry ? {} : { retry: once }) };
    const answered = await new Promise<Answered | null>((resolve) => {
      current.wake = () => resolve(null);
      line.ask(request, () => lifecycle().send(event)).then(resolve, current.wake);
    });
    // A confirmed batch has arrived, but a second copy of it may still be on its way out.
    if (answered?.retries !== 0) memory.leave();
    if (answered === null) return false;
    if (batch !== null) moved(step, batch.items, batch.bytes);
    return true;
  }

  async function run(current: RunningStage): Promise<void> {
    // Strapi's client loses a batch that it reads in the same turn as the answer to `start`.
    if (!isFerry) await roundTrip();
    const settings = { checksums, ids, sessions, frame: current.memory };
    try {
      for await (const batch of batchesOf(source, current.step, settings)) {
        if (!(await deliver(current, batch))) return;
      }
      current.done = await deliver(current, null);
    } catch (thrown) {
      await deliver(current, null, errorOf(thrown));
    }
  }

  return {
    prepare(step) {
      // Do not reuse the memory of a stage that was stopped: its last batch may still be on its way out.
      const memory = stage?.done === true ? stage.memory : createBatchFrame();
      const current = { step, id: ids.uuid(), memory, stopped: false, done: false, wake: () => {} };
      stage = current;
      const started = lifecycle().on('exchange.done', () => {
        started.unsubscribe();
        void run(current);
      });
      const { bytes, count } = (step === 'assets' ? source.totals?.(step) : undefined) ?? {};
      if (bytes === undefined || count === undefined) return { id: current.id };
      return { id: current.id, totals: { totalBytes: bytes, totalCount: count } };
    },
    stop() {
      if (stage === null) return;
      stage.stopped = true;
      stage.wake();
    },
  };
}
