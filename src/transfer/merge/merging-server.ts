import type { RemoteOptions } from '../../client/options.js';
import { createRemoteDestination, type RemoteDestination } from '../../client/remote-destination.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';

/** A server of Ferry's that merges what comes. Its word for content that has changed is that of a folder: DESTINATION_CHANGED. */
export function mergingServer(options: RemoteOptions): RemoteDestination {
  const destination = createRemoteDestination({ ...options, strategy: 'merge' });
  return {
    ...destination,
    // Only what the plan concerns is replaced.
    keepsRest: true,
    async schemas() {
      await destination.schemas();
      // As a folder does it takes types and fields that it did not have: a comparison would cut them.
      return null;
    },
    async commit() {
      try {
        await destination.commit();
      } catch (thrown) {
        const error = toTransferError(thrown);
        const { peer } = error.details;
        if (!isObject(peer) || peer['code'] !== 'DESTINATION_CHANGED') throw error;
        const [what] = String(peer['message']).split(' is not what it was ');
        throw new TransferError('DESTINATION_CHANGED', { what, end: destination.name }, error);
      }
    },
  };
}
