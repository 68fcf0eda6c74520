import type { ActorRefFrom } from 'xstate';
import type { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import type { ExchangeResult } from '../../machines/lifecycle.machine.js';
import { type ErrorDetails, TransferError, transferErrorOf } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { AnswerMessage } from '../protocol/messages.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { type Deferred, deferred } from './deferred.js';
import type { Wire } from './socket.actor.js';

/** A lane: a running dispatcher chart. */
export type DispatcherRef = ActorRefFrom<typeof dispatcherMachine>;

/** A request beside the charts, which know it by its uuid. */
export interface LineRequest {
  readonly uuid: string;
  /** Its name for people: `init`, `entities.stream`. */
  readonly kind: string;
  readonly frame: Frame;
  /** Limits of this request alone. */
  readonly retry?: RetryMessageOptions | undefined;
}

/** A request and its answer. */
export interface Answered {
  readonly request: LineRequest;
  readonly answer: AnswerMessage;
  /** How often the request was sent again: a copy of it may still be on its way out. */
  readonly retries: number;
}

/** What a line stands on, and what it tells. */
export interface LineOptions {
  /** Takes the frames. */
  readonly wire: Wire;
  /** The dispatchers over the socket, each of which carries one request at a time. */
  readonly lanes: () => readonly DispatcherRef[];
  /** Those of the dispatchers. */
  readonly retryMessageOptions: RetryMessageOptions;
  /** A request is sent again: `retry` counts from 1. */
  readonly onRetry?: ((kind: string, retry: number) => void) | undefined;
  /** A request was sent until no retries were left: the details of REQUEST_TIMED_OUT. */
  readonly onExhausted: (details: ErrorDetails) => void;
}

/** A dispatcher chart, as its action `sendFrame` is given it. */
export interface FrameListener {
  /** Tells that the frame has been handed over. */
  send(event: { type: 'frame.sent'; uuid: string }): void;
  /** `status` is `active` until the chart ends. */
  getSnapshot(): { readonly status: string };
}

/** The requests over one socket, each from asked to settled. */
export interface Line {
  /**
   * Resolves when the request is answered and settled. `enter` brings it into the order of the protocol: the lifecycle
   * invokes `exchange`, moves, and `settle` is called. A request without it stands outside of that order.
   */
  ask(request: LineRequest, enter?: () => void): Promise<Answered>;
  /**
   * Sends a request as soon as a lane is free, in the order of these calls, and resolves when it is answered.
   * @throws TransferError NOT_RESUMABLE for a request that this process did not ask
   */
  exchange(uuid: string): Promise<ExchangeResult>;
  /** The action `sendFrame` of a dispatcher chart: it sends `frame.sent` once, no later than the answer. */
  sendFrame(chart: { readonly self: FrameListener }, params: { readonly uuid: string }): void;
  /** An answer of so many bytes has arrived. False for a late or second one, which is dropped. */
  answered(answer: AnswerMessage, bytes?: number): boolean;
  /** The lifecycle has moved to the state that the exchange led to. */
  settle(uuid: string): void;
  /** Whether a request of this name was asked and is not settled. */
  waits(uuid: string): boolean;
  /** Sets how many lanes may be used: one for a peer that does not queue its messages. */
  limit(depth: number): void;
  /**
   * Ends the order of the protocol: requests made in it reject. Resolves when all that was sent is answered, and
   * rejects if `fail` comes first.
   */
  drain(error: TransferError): Promise<void>;
  /** The connection is gone: every request rejects. */
  fail(error: TransferError): void;
}

/** One request, from asked to settled. */
interface Entry {
  readonly request: LineRequest;
  readonly answered: Deferred<Answered>;
  readonly settled: Deferred<Answered>;
  /** Whether the lifecycle settles it. */
  isInOrder: boolean;
  lane: DispatcherRef | null;
  answer: AnswerMessage | null;
  /** The answer, once its lane is free again. */
  outcome: Answered | null;
  wasSent: boolean;
  left: () => void;
}

/**
 * The requests over one socket: each waits for a free lane, and for its answer. Charts know a request by its uuid; the
 * line has its frame.
 */
export function createLine({ wire, lanes, retryMessageOptions, onRetry, onExhausted }: LineOptions): Line {
  const entries = new Map<string, Entry>();
  /** Entries without a lane, in the order in which they leave. */
  const waiting: Entry[] = [];
  /** Entries with a lane, the oldest first: the timer runs for that one only. */
  const inFlight: Entry[] = [];
  const heard = new WeakSet<DispatcherRef>();
  let depth = 1;

  function fill(): void {
    for (const lane of lanes().slice(0, depth)) {
      if (inFlight.some((entry) => entry.lane === lane)) continue;
      const entry = waiting.shift();
      if (entry === undefined) return;
      hear(lane);
      const { uuid, kind, frame, retry } = entry.request;
      const inLine = inFlight.length > 0;
      entry.lane = lane;
      inFlight.push(entry);
      const limits = retry === undefined ? {} : { retry };
      lane.send({ type: 'request', uuid, kind, bytes: frame.length, ...limits, inLine });
    }
  }

  function hear(lane: DispatcherRef): void {
    if (heard.has(lane)) return;
    heard.add(lane);
    lane.on('request.answered', ({ uuid, retries }) => {
      const place = inFlight.findIndex(({ request }) => request.uuid === uuid);
      const [entry] = place === -1 ? [] : inFlight.splice(place, 1);
      if (entry?.answer == null) return;
      if (place === 0) inFlight[0]?.lane?.send({ type: 'line.advanced' });
      entry.outcome = { request: entry.request, answer: entry.answer, retries };
      entry.answered.resolve(entry.outcome);
      if (!entry.isInOrder) settle(uuid);
      // The lane stands in `ready` only after this event: the next request waits in its mailbox until then.
      fill();
    });
    lane.on('request.retried', ({ kind, retry }) => onRetry?.(kind, retry));
    lane.on('request.refused', ({ uuid, code }) => {
      const entry = entries.get(uuid);
      if (entry !== undefined) drop(entry, transferErrorOf(code, { request: entry.request.kind }));
    });
    lane.on('request.failed', ({ uuid, code }) => {
      const request = entries.get(uuid)?.request;
      // When the connection is gone the lanes are aborted too: the reason of the connection counts.
      if (code !== 'REQUEST_TIMED_OUT' || request === undefined) return;
      const { retryMessageTimeout: ms, retryMessageMaxRetries } = request.retry ?? retryMessageOptions;
      onExhausted({ request: request.kind, ms, attempts: retryMessageMaxRetries + 1 });
    });
  }

  /** Nothing of it was sent, and its lane is none. */
  function drop(entry: Entry, error: TransferError): void {
    entries.delete(entry.request.uuid);
    inFlight.splice(inFlight.indexOf(entry), 1);
    entry.answered.reject(error);
    entry.settled.reject(error);
  }

  function submit(entry: Entry): void {
    waiting.push(entry);
    fill();
  }

  function settle(uuid: string): void {
    const entry = entries.get(uuid);
    if (entry?.outcome == null) return;
    entries.delete(uuid);
    entry.settled.resolve(entry.outcome);
  }

  return {
    ask(request, enter) {
      const entry: Entry = {
        request,
        answered: deferred(),
        settled: deferred(),
        isInOrder: enter !== undefined,
        lane: null,
        answer: null,
        outcome: null,
        wasSent: false,
        left: () => {},
      };
      entries.set(request.uuid, entry);
      if (enter === undefined) submit(entry);
      else enter();
      return entry.settled.promise;
    },
    async exchange(uuid) {
      const entry = entries.get(uuid);
      if (entry === undefined) throw new TransferError('NOT_RESUMABLE');
      submit(entry);
      const { error } = (await entry.answered.promise).answer;
      return error === null ? { accepted: true } : { accepted: false, code: error.code };
    },
    sendFrame({ self }, { uuid }) {
      const entry = entries.get(uuid);
      if (entry === undefined) return;
      entry.left = () => {
        entry.left = () => {};
        // The frame may leave after its lane has ended: ignore that.
        if (self.getSnapshot().status === 'active') self.send({ type: 'frame.sent', uuid });
      };
      wire.send(entry.request.frame, () => entry.left(), entry.wasSent);
      entry.wasSent = true;
    },
    answered(answer, bytes) {
      const { uuid, error } = answer;
      const entry = entries.get(uuid);
      if (entry?.lane == null || entry.answer !== null) return false;
      entry.answer = answer;
      entry.left();
      const size = bytes === undefined ? {} : { bytes };
      entry.lane.send({ type: 'answer.received', uuid, ...size, ...(error && { error: error.code }) });
      return true;
    },
    settle,
    waits: (uuid) => entries.has(uuid),
    limit(lanes) {
      depth = lanes;
      fill();
    },
    async drain(error) {
      const due = [...waiting, ...inFlight].map(({ answered }) => answered.promise);
      for (const entry of entries.values()) {
        if (!entry.isInOrder) continue;
        entry.isInOrder = false;
        entry.settled.reject(error);
      }
      await Promise.all(due);
    },
    fail(error) {
      const all = [...entries.values()];
      entries.clear();
      waiting.length = 0;
      inFlight.length = 0;
      for (const entry of all) {
        // A frame may leave after its lane has ended: ignore that.
        entry.left = () => {};
        entry.answered.reject(error);
        entry.settled.reject(error);
      }
    },
  };
}

/**
 * An answer's data. `url` names the server in messages.
 * @throws TransferError PEER_ERROR for an answer with an error
 */
export function dataOf({ request, answer: { data, error } }: Answered, url: string): unknown {
  if (error === null) return data;
  const { code, message, details } = error;
  const peer = { code, message, details };
  throw new TransferError('PEER_ERROR', { url, request: request.kind, answer: message || code, peer });
}
