import type { TransferDestination } from '../stores/store.js';
import type { End } from './ends.js';

/**
 * The destination of a transfer that changes nothing: it is opened and compared, takes what comes, counts it, and is
 * left as it was.
 */
export function dryRunOf(destination: End<TransferDestination>): End<TransferDestination> {
  return {
    ...destination,
    async prepare() {},
    async rowWriter() {
      let count = 0;
      return {
        async write(rows) {
          count += rows.length;
        },
        end: async () => ({ started: count, finished: count }),
      };
    },
    async assetWriter() {
      let count = 0;
      return {
        async write(asset) {
          for await (const _ of asset.stream({ reuse: true }));
          count += 1;
        },
        end: async () => ({ started: count, finished: count }),
      };
    },
    // A server was told of a transfer: tell it that nothing comes of it.
    async commit() {
      await destination.rollback();
    },
  };
}
