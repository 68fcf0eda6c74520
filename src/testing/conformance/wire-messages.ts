import { type ErrorCode, type ErrorRow, errorTable } from '../../protocol/errors.js';
import type { WireError } from '../../protocol/messages.js';
import { isObject } from '../../protocol/plain-object.js';
import { messageOf } from '../../protocol/request-words.js';
import { type Move, nonsenseMessage } from './moves.js';
import type { WireMessage } from './wire.js';

/** What a message of a move is made with. */
export interface MoveContent {
  readonly uuid: string;
  readonly transferID: string;
  readonly initParams: Readonly<Record<string, unknown>>;
  /** The items of a `stream`. */
  readonly items: readonly unknown[];
}

/** A move as it goes over the wire, under a uuid of its own. */
export function messageOfMove({ request, how }: Move, content: MoveContent): WireMessage {
  const { uuid, items, initParams } = content;
  const transferID = transferIDFor(how, content.transferID);
  if (request.type === 'request.invalid') {
    const named = how === 'no transferID' ? {} : { transferID };
    return { ...nonsenseMessage(request.uuid), uuid, ...named };
  }
  const data = request.type === 'request.stepStream' ? items : undefined;
  const message = messageOf({ ...request, uuid }, { transferID, data });
  if (request.type === 'request.init') return { ...message, params: initParams };
  if (how !== 'no transferID') return { ...message };
  if (request.type === 'request.end') return { ...message, params: {} };
  return { ...message, transferID: undefined };
}

/** An id of the same form, with its first character changed. */
function transferIDFor(how: Move['how'], transferID: string): string {
  if (how !== 'another transferID') return transferID;
  return `${transferID.startsWith('0') ? '1' : '0'}${transferID.slice(1)}`;
}

/** The params of an `init` that offers less than usual, or what no server knows. */
export function offerOf(how: Move['how'], params: Readonly<Record<string, unknown>>): typeof params {
  const { checksums: _, assetEncoding: __, ferry: ___, ...rest } = params;
  if (how === 'offers nothing') return rest;
  if (how === 'offers nonsense') return { ...rest, checksums: 'maybe', assetEncoding: 'rot13', dream: [7] };
  return params;
}

/**
 * What is wrong with a refusal, in words; null where it has that code, with any values in the placeholders of its
 * message.
 */
export function faultOfRefusal(error: WireError, code: ErrorCode, wording: 'exact' | 'any'): string | null {
  if (wording === 'any') return null;
  if (!isErrorOf(error, code)) return error.message;
  const { wire }: ErrorRow = errorTable[code];
  if (!isObject(error.details)) return `${error.message}, without details`;
  const { step, details } = error.details;
  if (wire?.step !== undefined && step !== wire.step)
    return `${error.message}, without details.step: ${wire.step}`;
  return wire?.detailed === true && !isObject(details) ? `${error.message}, without details.details` : null;
}

function isErrorOf(error: WireError, code: ErrorCode): boolean {
  const { wire }: ErrorRow = errorTable[code];
  if (wire === undefined) return error.code === code;
  const pattern = wire.message
    .split(/\{\w+\}/)
    .map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('[^]*');
  return error.code === (wire.code ?? 'Error') && new RegExp(`^${pattern}$`).test(error.message);
}
