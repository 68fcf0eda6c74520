import type { Ids } from '../ports/ids.js';
import { encodeRequest, encodeStream } from '../protocol/codec.js';
import type { Step } from '../protocol/content.js';
import { naming, TransferError } from '../protocol/errors.js';
import { createByteFrames, type Frame, type StreamItem } from '../protocol/frame-bytes.js';
import type { Action, InitParams } from '../protocol/messages.js';
import { type Negotiated, negotiate } from '../protocol/negotiation.js';
import type { MessageContent } from '../protocol/request-words.js';
import type { LifecycleRequest } from '../protocol/requests.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { lineRequest } from './line-request.js';
import type { Remote } from './remote.js';

/** The protocol's requests, a method each. Every one but `init` carries the transferID that `init` answered. */
export interface Requests {
  /** Parses an answer's data; the error of a wrong answer names the server. */
  read<T>(parse: (data: unknown) => T, data: unknown): T;
  init(offer: InitParams): Promise<Negotiated>;
  action(action: Action, data?: unknown): Promise<unknown>;
  start(step: Step, retry?: RetryMessageOptions): Promise<unknown>;
  stream(step: Step, items: readonly StreamItem[]): Promise<unknown>;
  end(step: Step): Promise<unknown>;
  /**
   * Resolves when a Strapi has stored the assets that have ended: a row of configuration that changes nothing, in a stage
   * that was never started, waits behind them. Stands outside of the order of the protocol.
   */
  waitBehindUploads(): Promise<void>;
  /** The command `end`: the transfer is over. */
  leave(): Promise<unknown>;
}

const isText = (item: StreamItem) => typeof item === 'string';

export function createRequests(remote: Remote, ids: Ids): Requests {
  const frames = createByteFrames();
  let transferID: string | null = null;

  const agreed = () => {
    if (transferID === null) throw new TransferError('NO_TRANSFER', { request: 'a message' });
    return transferID;
  };
  const step = (action: 'start' | 'stream' | 'end', name: Step, uuid: string) =>
    ({ type: 'transfer', kind: 'step', action, step: name, uuid, transferID: agreed() }) as const;

  const read = <T>(parse: (data: unknown) => T, data: unknown) =>
    naming({ url: remote.input.url }, () => parse(data));
  const send = (event: LifecycleRequest, kind: string, frame: Frame, retry?: RetryMessageOptions) =>
    remote.request({ event, kind, frame, retry });
  const ask = (event: LifecycleRequest, content: MessageContent, retry?: RetryMessageOptions) => {
    const { kind, frame } = lineRequest(event, content);
    return send(event, kind, frame, retry);
  };

  return {
    read,
    async init(offer) {
      const data = await ask({ type: 'request.init', uuid: ids.uuid() }, { params: offer });
      const negotiated = read((answer) => negotiate(offer, answer), data);
      transferID = negotiated.transferID;
      return negotiated;
    },
    async action(action, data) {
      return ask({ type: `request.${action}`, uuid: ids.uuid() }, { transferID: agreed(), data });
    },
    async start(name, retry) {
      const request = { type: 'request.stepStart', uuid: ids.uuid(), step: name } as const;
      return ask(request, { transferID: agreed() }, retry);
    },
    async stream(name, items) {
      const uuid = ids.uuid();
      const message = step('stream', name, uuid);
      const frame = items.every(isText) ? encodeStream(message, items) : frames.encode(message, items);
      const answer = await send({ type: 'request.stepStream', uuid, step: name }, `${name}.stream`, frame);
      // An answered request is not sent again.
      if (typeof frame !== 'string') frames.free(frame);
      return answer;
    },
    async end(name) {
      return ask({ type: 'request.stepEnd', uuid: ids.uuid(), step: name }, { transferID: agreed() });
    },
    async waitBehindUploads() {
      const name = 'configuration';
      const say = (action: 'start' | 'end') => {
        const uuid = ids.uuid();
        return remote.say({
          uuid,
          kind: `${name}.${action}`,
          frame: encodeRequest(step(action, name, uuid)),
        });
      };
      // End the stage in progress. If none is, the error changes nothing.
      await say('end').catch(() => {});
      await say('start');
      const uuid = ids.uuid();
      const frame = encodeStream(step('stream', name, uuid), ['{"type":"noop","value":{}}']);
      await remote.say({ uuid, kind: `${name}.stream`, frame });
    },
    async leave() {
      return ask({ type: 'request.end', uuid: ids.uuid() }, { transferID: agreed() });
    },
  };
}
