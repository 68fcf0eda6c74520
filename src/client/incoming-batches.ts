import type { ActorRefFrom } from 'xstate';
import type { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import { encodeConfirmation } from '../protocol/codec.js';
import { type TransferError, transferErrorOf } from '../protocol/errors.js';
import type { BatchMessage } from '../protocol/messages.js';
import { keepNewest } from '../transport/keep-newest.js';
import type { Wire } from '../transport/socket.actor.js';

type LifecycleRef = ActorRefFrom<typeof lifecycleMachine>;

/** A pull's batches, from the socket to the lifecycle chart: there they are the server's requests. */
export interface IncomingBatches {
  receive(batch: BatchMessage, bytes: number): void;
  /** Offers the batches to the chart; call it after each of its transitions. */
  offer(): void;
  /** The batch of a request that the chart has taken; undefined for a request of the client. */
  claim(uuid: string): BatchMessage | undefined;
}

/** Batches whose uuid is remembered: one that comes again comes soon, mostly right after itself. */
const remembered = 100;

export function createIncomingBatches(
  chart: () => LifecycleRef | undefined,
  wire: Wire,
  breakOff: (error: TransferError) => void,
): IncomingBatches {
  const waiting: { readonly batch: BatchMessage; readonly bytes: number }[] = [];
  /** What has come, by its uuid: a batch from when the chart is told of it until its exchange begins, else null. */
  const known = new Map<string, BatchMessage | null>();

  /** A batch may stand in the same turn as the answer to `start`: it waits until the chart is streaming. */
  const offer = () => {
    const lifecycle = chart();
    while (lifecycle !== undefined && waiting.length > 0) {
      const snapshot = lifecycle.getSnapshot();
      const { step } = snapshot.context;
      if (snapshot.hasTag('starting')) return;
      const next = waiting.shift();
      if (next === undefined) return;
      const { batch, bytes } = next;
      if (snapshot.hasTag('streaming') && step !== null) {
        known.set(batch.uuid, batch);
        lifecycle.send({ type: 'request.stepStream', uuid: batch.uuid, step, bytes });
      } else if (!snapshot.hasTag('ending')) {
        // While a stage is being ended, the rest of it may still be on its way; otherwise:
        breakOff(transferErrorOf('INVALID_MESSAGE', { reason: 'a batch came outside of a stage' }));
      }
    }
  };

  return {
    receive(batch, bytes) {
      // Only Ferry's servers send a batch again: confirm a second one, and drop it.
      if (known.has(batch.uuid)) {
        wire.send(encodeConfirmation(batch.uuid));
        return;
      }
      known.set(batch.uuid, null);
      keepNewest(known, remembered);
      waiting.push({ batch, bytes });
      offer();
    },
    offer,
    claim(uuid) {
      const batch = known.get(uuid) ?? undefined;
      if (batch !== undefined) known.set(uuid, null);
      return batch;
    },
  };
}
