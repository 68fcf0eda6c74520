import type { Action, Command, InitParams, RequestMessage, StepAction } from './messages.js';
import { commands } from './messages.js';
import type { LifecycleRequest } from './requests.js';

/** What a message says beside its request. */
export interface MessageContent {
  /** The id that `init` was answered with; every later message but `status` names it. @defaultValue '' */
  readonly transferID?: string | undefined;
  /** Of `init`: what is offered. */
  readonly params?: Partial<InitParams> | undefined;
  /** The items of a `stream`; of `beforeTransfer` between Ferry's own ends: metadata and schemas. */
  readonly data?: unknown;
}

const isCommand = (name: string): name is Command => (commands as readonly string[]).includes(name);

/**
 * A request of the lifecycle chart as its message, for `encodeRequest`. `parseRequestMessage` is the way back. A step
 * `unknown` becomes a message that names the stage `unknown`, which no server knows.
 */
export function messageOf(request: LifecycleRequest, content: MessageContent = {}): RequestMessage {
  const { uuid, type } = request;
  const { transferID = '', params, data } = content;
  const name = type.slice('request.'.length);
  const brought = data === undefined ? {} : { data };
  if (isCommand(name)) {
    const said = { init: params, end: { transferID }, status: undefined }[name];
    return { type: 'command', command: name, ...(said === undefined ? {} : { params: said }), uuid };
  }
  if (!('step' in request)) {
    return { type: 'transfer', kind: 'action', action: name as Action, ...brought, uuid, transferID };
  }
  const action = name.slice('step'.length).toLowerCase() as StepAction;
  return { type: 'transfer', kind: 'step', action, step: request.step, ...brought, uuid, transferID };
}

/** The name of a request for people, as the charts and the inspector have it: `init`, `links.start`. */
export function requestName(request: LifecycleRequest): string {
  const name = request.type.slice('request.'.length);
  return 'step' in request ? `${request.step}.${name.slice('step'.length).toLowerCase()}` : name;
}
