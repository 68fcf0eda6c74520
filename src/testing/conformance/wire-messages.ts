import { type ErrorCode, type ErrorRow, errorTable } from '../../protocol/errors.js';
import type { WireError } from '../../protocol/messages.js';
import { isObject } from '../../protocol/plain-object.js';
import { type Move, nonsenseMessage } from './moves.js';
import type { WireMessage } from './wire.js';

/** What a message of a move is made with. */
export interface MessageContent {
  readonly uuid: string;
  readonly transferID: string;
  readonly initParams: Readonly<Record<string, unknown>>;
  /** The items of a `stream`. */
  readonly items: readonly unknown[];
}

/** A move as it goes over the wire, under a uuid of its own. */
export function messageOf({ request, how }: Move, content: MessageContent): WireMessage {
  const { uuid, items } = content;
  const id = how === 'no transferID' ? {} : { transferID: transferIDFor(how, content.transferID) };
  if (request.type === 'request.invalid') return { ...nonsenseMessage(request.uuid), uuid, ...id };
  const name = request.type.slice('request.'.length);
  if (name === 'init') return { type: 'command', command: name, params: content.initParams, uuid };
  if (name === 'end') return { type: 'command', command: name, params: id, uuid };
  if (name === 'status') return { type: 'command', command: name, uuid };
  if (!('step' in request)) return { type: 'transfer', kind: 'action', action: name, uuid, ...id };
  const action = name.slice('step'.length).toLowerCase();
  const data = action === 'stream' ? { data: items } : {};
  return { type: 'transfer', kind: 'step', action, step: request.step, ...data, uuid, ...id };
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
