import { fillTemplate, TransferError } from '../protocol/errors.js';
import type { WireError } from '../protocol/messages.js';
import { storeError } from '../stores/store-error.js';

/** The reason that a client is told when the real one is for the operator: it may name paths, addresses, processes. */
const ownFault = "a fault of the server's own, its log says more";

/** Whether the reason is for the operator alone, and not for the client. */
export const isOperators = ({ row: { wire } }: TransferError): boolean =>
  wire === undefined || wire.operator === true;

/**
 * An error as a Strapi words it in an answer: its typed errors have a `step` and their details inside `details`, its
 * plain ones have neither. Strapi's own code is `Error` for all that is not about the token.
 */
export function wireErrorOf(error: TransferError): WireError {
  const { row, details, code } = error;
  if (row.wire === undefined) return { code, message: `${code}: ${ownFault}`, details: {} };
  const { message, step, detailed, code: named = 'Error' } = row.wire;
  const inner = detailed === true ? { details: details['wire'] } : {};
  return {
    code: named,
    message: fillTemplate(message, details),
    details: step === undefined ? {} : { step, ...inner },
  };
}

/** What was thrown while a request was carried out, as an error of the table; `store`: the name of what is served. */
export function exchangeError(thrown: unknown, store: string): TransferError {
  const cause = thrown instanceof TransferError ? thrown.cause : thrown;
  // Content that is nested so deeply that it cannot be written is the peer's fault.
  if (cause instanceof RangeError && /call stack/.test(cause.message)) {
    return new TransferError('INVALID_MESSAGE', { url: 'The client', reason: cause.message }, cause);
  }
  return storeError(store, thrown);
}
