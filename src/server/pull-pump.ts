import type { ActorRefFrom } from 'xstate';
import type { ExchangeResult, lifecycleMachine } from '../../machines/lifecycle.machine.js';
import type { Ids } from '../ports/ids.js';
import type { Step } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import { type BatchFrame, createBatchFrame } from './batch-frame.js';
import type { ServedTransfer } from './exchange.js';
import { type Batch, batchesOf, encodeBatch } from './pull-sender.js';

interface RunningStage {
  readonly step: Step;
  readonly id: string;
  readonly memory: BatchFrame;
  stopped: boolean;
  /** Its last batch was confirmed. */
  done: boolean;
}

export interface PullPumpOptions {
  readonly ids: Ids;
  readonly lifecycle: () => ActorRefFrom<typeof lifecycleMachine>;
  readonly transfer: () => ServedTransfer;
  /** Sends a batch and resolves when it was confirmed: whether nothing of it can be on its way out any more. */
  readonly send: (uuid: string, step: Step, frame: Uint8Array) => Promise<boolean>;
  /** Resolves once the peer has answered a ping. */
  readonly roundTrip: () => Promise<void>;
  /** How many sessions there are. */
  readonly sessions: () => number;
  /** Whether the client still may pull; where not, the session is ended. */
  readonly mayHaveBatch: () => Promise<boolean>;
  /** What the client is told of a source that cannot be read. */
  readonly errorOf: (thrown: unknown) => TransferError;
  /** A batch was confirmed. */
  readonly moved: (step: Step, items: number, bytes: number) => void;
}

/**
 * Sends the batches of a pull: the server's requests. Each goes through the lifecycle chart like a client's, so that
 * a stage that was ended, or a transfer that failed, stops it.
 */
export interface PullPump {
  /** Readies a stage; what `start` answers. The batches begin to flow once the chart is streaming. */
  prepare(step: Step): { readonly id: string; readonly totals?: object };
  owns(uuid: string): boolean;
  exchange(uuid: string): Promise<ExchangeResult>;
  /** The chart stands where an exchange led. */
  settled(uuid: string): void;
  stop(): void;
}

export function createPullPump(options: PullPumpOptions): PullPump {
  const { ids, lifecycle, transfer, send, roundTrip, sessions, mayHaveBatch, errorOf, moved } = options;
  const frames = new Map<string, { step: Step; frame: Uint8Array; memory: BatchFrame }>();
  const waiting = new Map<string, () => void>();
  let stage: RunningStage | null = null;
  let isNew = false;

  /** One batch, as a request of the server's; false where the chart takes it no longer. */
  async function deliver(current: RunningStage, batch: Batch | null, error?: TransferError) {
    const chart = lifecycle();
    const uuid = ids.uuid();
    const event = { type: 'request.stepStream', uuid, step: current.step } as const;
    if (current.stopped || !(await mayHaveBatch())) return false;
    if (current.stopped || !chart.getSnapshot().can(event)) return false;
    frames.set(uuid, {
      step: current.step,
      memory: current.memory,
      frame: encodeBatch(current.memory, { uuid, id: current.id }, batch, error),
    });
    const settledHere = new Promise<void>((resolve) => waiting.set(uuid, resolve));
    chart.send(event);
    await settledHere;
    if (current.stopped) return false;
    if (batch !== null) moved(current.step, batch.items, batch.bytes);
    return true;
  }

  async function run(current: RunningStage): Promise<void> {
    const { source, checksums, isFerry } = transfer();
    if (source === null) return;
    if (!isFerry) await roundTrip();
    try {
      for await (const batch of batchesOf(source, current.step, {
        checksums,
        ids,
        sessions,
        frame: current.memory,
      })) {
        if (!(await deliver(current, batch))) return;
      }
      current.done = await deliver(current, null);
    } catch (thrown) {
      await deliver(current, null, errorOf(thrown));
    }
  }

  return {
    prepare(step) {
      // What a stage that was stopped has sent may still be on its way out: its memory is not used again.
      const memory = stage?.done === true ? stage.memory : createBatchFrame();
      stage = { step, id: ids.uuid(), memory, stopped: false, done: false };
      isNew = true;
      const known = step === 'assets' ? transfer().source?.totals?.(step) : undefined;
      const { bytes, count } = known ?? {};
      const totals =
        bytes === undefined || count === undefined
          ? {}
          : { totals: { totalBytes: bytes, totalCount: count } };
      return { id: stage.id, ...totals };
    },
    owns: (uuid) => frames.has(uuid),
    async exchange(uuid) {
      const batch = frames.get(uuid);
      frames.delete(uuid);
      if (batch === undefined) return { accepted: true };
      let hasLeft = false;
      try {
        hasLeft = await send(uuid, batch.step, batch.frame);
      } finally {
        if (!hasLeft) batch.memory.leave();
      }
      return { accepted: true };
    },
    settled(uuid) {
      waiting.get(uuid)?.();
      waiting.delete(uuid);
      if (!isNew || stage === null) return;
      isNew = false;
      void run(stage);
    },
    stop() {
      if (stage !== null) stage.stopped = true;
      for (const wake of waiting.values()) wake();
      waiting.clear();
    },
  };
}
