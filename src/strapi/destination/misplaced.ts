import { TransferError } from '../../protocol/errors.js';

export function misplaced(reason: string): TransferError {
  return new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
}
