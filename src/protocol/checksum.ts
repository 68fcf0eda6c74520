import type { Checksum } from './content.js';
import { TransferError } from './errors.js';

/** @throws TransferError CHECKSUM_MISMATCH where an asset's bytes, by their sha256, are not those that its sender had. */
export function assertChecksum(filename: string, told: Checksum | undefined, actual: string): void {
  if (told?.algorithm === 'sha256' && told.value === actual) return;
  throw new TransferError('CHECKSUM_MISMATCH', { filename, expected: told?.value ?? 'none', actual });
}
