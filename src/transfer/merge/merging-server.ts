import type { RemoteOptions } from '../../client/options.js';
import { createRemoteDestination, type RemoteDestination } from '../../client/remote-destination.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { isObject } from '../../protocol/plain-object.js';

/** A server of Ferry's that merges what comes. Its words for what it refuses are those of a folder: DESTINATION_CHANGED, MERGE_INCOMPLETE. */
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
        throw refusalOf(toTransferError(thrown), destination.name);
      }
    },
  };
}

function refusalOf(error: TransferError, end: string): TransferError {
  const { peer } = error.details;
  if (!isObject(peer)) return error;
  const said = String(peer['message']);
  if (peer['code'] === 'MERGE_INCOMPLETE') {
    const [, type = 'a type'] = /^Not all rows of (\S+) came/.exec(said) ?? [];
    return new TransferError('MERGE_INCOMPLETE', { type, end }, error);
  }
  if (peer['code'] !== 'DESTINATION_CHANGED') return error;
  const [what] = said.split(' is not what it was ');
  return new TransferError('DESTINATION_CHANGED', { what, end }, error);
}
