import { TransferError } from '../../protocol/errors.js';
import { storeError } from '../store-error.js';

/** Bytes that break their format; thrown by code that does not know the archive's name. */
export class Damaged extends Error {}

export function archiveError(path: string, thrown: unknown): TransferError {
  if (thrown instanceof Damaged)
    return new TransferError('DAMAGED_ARCHIVE', { path, reason: thrown.message });
  return storeError(path, thrown);
}
