import { TransferError } from '../protocol/errors.js';
import { storeError } from '../stores/store-error.js';

/** Whether the reason is for the operator alone, and not for the client. */
export const isOperators = ({ row: { wire } }: TransferError): boolean =>
  wire === undefined || wire.operator === true;

/** What was thrown while a request was carried out, as an error of the table; `store`: the name of what is served. */
export function exchangeError(thrown: unknown, store: string): TransferError {
  const cause = thrown instanceof TransferError ? thrown.cause : thrown;
  // Content that is nested so deeply that it cannot be written is the peer's fault.
  if (cause instanceof RangeError && /call stack/.test(cause.message)) {
    return new TransferError('INVALID_MESSAGE', { url: 'The client', reason: cause.message }, cause);
  }
  return storeError(store, thrown);
}
