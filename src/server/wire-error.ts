import { fillTemplate, type TransferError } from '../protocol/errors.js';
import type { WireError } from '../protocol/messages.js';

/**
 * An error as a Strapi words it in an answer: its typed errors have a `step` and their details inside `details`, its
 * plain ones have neither. Strapi's own code is `Error` wherever it
 * is not about the token.
 */
export function wireErrorOf(error: TransferError): WireError {
  const { row, details, code } = error;
  // Without a wording of its own on the wire, an error is told in words, and by our code.
  if (row.wire === undefined) return { code, message: error.message, details: {} };
  const { message, step, detailed, code: named = 'Error' } = row.wire;
  const inner = detailed === true ? { details: details['wire'] } : {};
  return {
    code: named,
    message: fillTemplate(message, details),
    details: step === undefined ? {} : { step, ...inner },
  };
}
