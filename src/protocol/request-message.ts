import { stages } from './content.js';
import { type ErrorCode, type ErrorDetails, TransferError } from './errors.js';
import { type Frame, parseFrame } from './frame-bytes.js';
import { type JsonLimits, OverLimit } from './json.js';
import { defaultLimits } from './limits.js';
import { actions, commands } from './messages.js';
import { isObject } from './plain-object.js';
import type { Direction, LifecycleRequest, SessionRequest } from './requests.js';

/** What a client sends, before anything is decided about it. */
export type ClientMessage =
  /** A pull's batch was confirmed. */
  | { readonly kind: 'confirmation'; readonly uuid: string }
  /** There is no uuid to answer to. */
  | { readonly kind: 'unaddressed' }
  | {
      readonly kind: 'request';
      readonly request: SessionRequest;
      /** Fills the message of a refusal. */
      readonly about: ErrorDetails;
      /** Of a command: its params; of a step: its items; of an action of ferry's clients: what comes with it. */
      readonly content?: unknown;
    };

const actionsOf: Record<Direction, readonly string[]> = {
  push: actions,
  pull: ['bootstrap', 'close', 'getMetadata', 'getSchemas'],
};

/**
 * A frame from a client, of a push or of a pull. Throws if it is no message. A message that is no request of this
 * direction becomes an invalid request, which is refused when its turn comes. `limits`: what the frame may hold, see
 * {@link Limits}.
 * @throws TransferError INVALID_MESSAGE where it is no message; MESSAGE_LIMIT
 */
export function parseRequestMessage(
  frame: Frame,
  direction: Direction,
  limits: JsonLimits = defaultLimits,
): ClientMessage {
  const value = parse(frame, limits);
  const { uuid, type } = value;
  if (typeof uuid !== 'string' || uuid === '') return { kind: 'unaddressed' };
  if (uuid.length > 128) throw broken('its uuid is too long');
  if (type === undefined) return { kind: 'confirmation', uuid };
  if (type === 'command') return readCommand(uuid, value);
  if (type === 'transfer' && value['kind'] === 'action') return readAction(uuid, value, direction);
  if (type === 'transfer' && value['kind'] === 'step') return readStep(uuid, value, direction);
  return invalid(uuid, 'BAD_REQUEST', { request: word(type).slice(0, 40) });
}

function readCommand(uuid: string, value: Record<string, unknown>): ClientMessage {
  const { command, params } = value;
  if (!isOneOf(commands, command)) return invalid(uuid, 'INVALID_COMMAND', { request: word(command) });
  const request: LifecycleRequest = { type: `request.${command}`, uuid };
  // `end` is the only command that names a transfer, in its params.
  const { transferID } = Object(params) as { transferID?: unknown };
  return {
    kind: 'request',
    request: naming(transferID, request),
    about: { request: command },
    content: params,
  };
}

function readAction(uuid: string, value: Record<string, unknown>, direction: Direction): ClientMessage {
  const { action, data, transferID } = value;
  const validActions = actionsOf[direction];
  if (!isOneOf(actions, action) || !validActions.includes(action)) {
    const wire = { action: word(action), validActions };
    return invalid(uuid, 'INVALID_ACTION', { request: word(action), action: word(action), wire });
  }
  const request: LifecycleRequest = { type: `request.${action}`, uuid };
  const about = { request: action, action, wire: { action } };
  return { kind: 'request', request: naming(transferID, request), about, content: data };
}

function readStep(uuid: string, value: Record<string, unknown>, direction: Direction): ClientMessage {
  const { action, step, data, transferID } = value;
  const about = {
    request: `${word(step)}.${word(action)}`,
    stage: word(step),
    wire: { step: { kind: 'transfer', stage: word(step) } },
  };
  const type = stepRequests[word(action)];
  // In a pull the server streams, not the client.
  const isTheServers = direction === 'pull' && type === 'request.stepStream';
  if (type === undefined || isTheServers) return invalid(uuid, 'BAD_REQUEST', about);
  const named = isOneOf(stages, step) ? step : 'unknown';
  return { kind: 'request', request: naming(transferID, { type, uuid, step: named }), about, content: data };
}

const stepRequests: Readonly<
  Record<string, 'request.stepStart' | 'request.stepStream' | 'request.stepEnd' | undefined>
> = Object.assign(Object.create(null), {
  start: 'request.stepStart',
  stream: 'request.stepStream',
  end: 'request.stepEnd',
});

function invalid(uuid: string, code: ErrorCode, about: ErrorDetails): ClientMessage {
  return { kind: 'request', request: { type: 'request.invalid', uuid, code }, about };
}

function naming(transferID: unknown, request: LifecycleRequest): SessionRequest {
  return typeof transferID === 'string' ? { ...request, transferID } : request;
}

function parse(frame: Frame, limits: JsonLimits): Record<string, unknown> {
  let value: unknown;
  try {
    value = parseFrame(frame, limits);
  } catch (cause) {
    if (cause instanceof OverLimit)
      throw new TransferError('MESSAGE_LIMIT', { url: 'The client', ...cause.details });
    throw broken('it is not JSON');
  }
  if (!isObject(value)) throw broken('it is no object');
  return value;
}

function isOneOf<T extends string>(words: readonly T[], value: unknown): value is T {
  return typeof value === 'string' && (words as readonly string[]).includes(value);
}

function word(value: unknown): string {
  if (typeof value === 'string') return value.slice(0, 100);
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'an object';
  return String(value);
}

function broken(reason: string): TransferError {
  return new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
}
