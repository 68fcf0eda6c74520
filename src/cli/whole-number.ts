import { TransferError } from '../protocol/errors.js';

/** @throws TransferError INVALID_OPTION where it is not made of digits alone */
export function wholeNumber(flag: string, value: unknown): number {
  // Number('') is 0, Number('0x10') is 16: only digits are meant.
  if (typeof value === 'string' && /^\d+$/.test(value)) return Number(value);
  throw new TransferError('INVALID_OPTION', {
    option: flag,
    value: String(value),
    reason: 'it must be a whole number',
  });
}
