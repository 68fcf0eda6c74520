import { fillTemplate, type TransferError } from './errors.js';
import type { BatchMessage, WireError } from './messages.js';

/** The reason that a client is told when the real one is for the operator: it may name paths, addresses, processes. */
const ownFault = "a fault of the server's own, its log says more";

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

/** What a request is answered with. */
export interface Answer {
  /** Of the request; absent where the message had none. */
  readonly uuid?: string | undefined;
  readonly data?: unknown;
  /** Worded as a Strapi does where it has the same error; else by its code, without what is for the operator. */
  readonly error?: TransferError | undefined;
}

/** The answer to a request, as a frame. */
export const encodeAnswer = ({ uuid, data = null, error }: Answer): string =>
  JSON.stringify({ uuid, data, error: error === undefined ? null : wireErrorOf(error) });

/** A batch of a pull, the server's request, as a frame. Its client confirms with `{uuid}`. */
export const encodeBatch = ({ uuid, id, items, ended, error }: BatchMessage): string =>
  JSON.stringify({ uuid, data: { type: 'transfer', data: items, ended, error, id } });
