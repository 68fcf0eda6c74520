import { TransferError } from '../../protocol/errors.js';
import { storeError } from '../store-error.js';

/** Bytes that are not what their format says; thrown where nobody knows yet of which archive. */
export class Damaged extends Error {}

/** Any failure to read the archive at `path` as a TransferError. */
export function archiveError(path: string, thrown: unknown): TransferError {
  if (thrown instanceof Damaged)
    return new TransferError('DAMAGED_ARCHIVE', { path, reason: thrown.message });
  return storeError(path, thrown);
}
