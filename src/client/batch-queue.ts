import type { TransferError } from '../protocol/errors.js';
import type { BatchMessage } from '../protocol/messages.js';

/** Batches of a pull between the socket and the source that reads them. */
export interface BatchQueue {
  /** Resolves when there is room for another batch: its confirmation is what the server waits for. */
  push(batch: BatchMessage): Promise<void>;
  take(): Promise<BatchMessage>;
  /** No more will come: `take` rejects with this error once the batches that are here were taken. */
  fail(error: TransferError): void;
}

/** Batches fetched ahead of the reader: more would only fill memory. */
const prefetched = 1;

export function createBatchQueue(): BatchQueue {
  const batches: BatchMessage[] = [];
  let failure: TransferError | null = null;
  let wakeTaker = () => {};
  let wakePushers: (() => void)[] = [];
  const makeRoom = () => {
    const waiting = wakePushers;
    wakePushers = [];
    for (const wake of waiting) wake();
  };

  return {
    async push(batch) {
      batches.push(batch);
      wakeTaker();
      if (batches.length <= prefetched) return;
      await new Promise<void>((resolve) => wakePushers.push(resolve));
    },
    async take() {
      while (batches.length === 0) {
        if (failure !== null) throw failure;
        await new Promise<void>((resolve) => {
          wakeTaker = resolve;
        });
      }
      const batch = batches.shift();
      if (batch === undefined) throw new Error('a batch queue is taken from by one reader at a time');
      if (batches.length <= prefetched) makeRoom();
      return batch;
    },
    fail(error) {
      failure ??= error;
      wakeTaker();
      makeRoom();
    },
  };
}
