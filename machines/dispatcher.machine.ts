import { assertEvent, assign, emit, enqueueActions, setup } from 'xstate';
import type { ErrorCode } from '../src/protocol/errors.js';
import type { RetryMessageOptions } from '../src/protocol/retry.js';

/** A message as a chart knows it: never its bytes. The line keeps the frame under its uuid. */
export interface DispatchedRequest {
  readonly uuid: string;
  /** What it asks, for people and for the inspector: `init`, `bootstrap`, `entities.stream`, … */
  readonly kind: string;
  readonly bytes: number;
  /** Other limits than the dispatcher's own, for this message alone. */
  readonly retry?: RetryMessageOptions;
  /** Older requests of other lanes are unanswered: the timer waits for `line.advanced`. */
  readonly inLine?: boolean;
}

/** How long an answer is waited for, and how often a request is sent again. */
export interface DispatcherInput {
  readonly retryMessageOptions: RetryMessageOptions;
}

/** What a dispatcher knows of the request that it carries. */
export interface DispatcherContext {
  readonly retryMessageOptions: RetryMessageOptions;
  readonly request: DispatchedRequest | null;
  readonly retries: number;
  readonly failure: ErrorCode | null;
}

/** What moves a dispatcher: requests, answers, and the loss of its connection. */
export type DispatcherEvent =
  | { type: 'connection.opened' }
  | { type: 'connection.lost'; code: ErrorCode }
  | ({ type: 'request' } & DispatchedRequest)
  | { type: 'frame.sent'; uuid: string }
  /** Size and code of an error are for people and for the inspector: an answer with an error is an answer. */
  | { type: 'answer.received'; uuid: string; bytes?: number; error?: string }
  | { type: 'line.advanced' }
  | { type: 'abort' };

/** What a dispatcher tells of the request that it carries. */
export type DispatcherEmitted =
  | { type: 'request.answered'; uuid: string; retries: number }
  | { type: 'request.retried'; uuid: string; kind: string; retry: number }
  | { type: 'request.failed'; uuid: string; code: ErrorCode }
  /** It takes no request now: it has no connection yet, or has a request already. Nothing was sent. */
  | { type: 'request.refused'; uuid: string; code: 'DISPATCHER_NOT_READY' };

/** Why a dispatcher has ended. */
export interface DispatcherOutput {
  readonly failure: ErrorCode | null;
}

const uuidOf = ({ request }: DispatcherContext) => request?.uuid ?? '';

/**
 * One request at a time over one connection. This is the diagram of the protocol's documentation, edge for edge;
 * an answer with an error is an answer. Several requests in flight are several of these ("lanes") over one socket.
 *
 * Provide `sendFrame`: it hands the frame of `uuid` to the socket and, once the frame has left, sends `frame.sent`
 * back; no later than the answer.
 */
export const dispatcherMachine = setup({
  types: {
    context: {} as DispatcherContext,
    input: {} as DispatcherInput,
    events: {} as DispatcherEvent,
    emitted: {} as DispatcherEmitted,
    output: {} as DispatcherOutput,
    tags: {} as 'ready',
  },
  actions: {
    sendFrame: (_, _params: { uuid: string }) => {},
    rememberRequest: assign(({ event }) => {
      if (event.type !== 'request') return {};
      const { type: _, ...request } = event;
      return { request, retries: 0 };
    }),
    leaveLine: assign(({ context: { request } }) =>
      request === null ? {} : { request: { ...request, inLine: false } },
    ),
    countRetry: enqueueActions(({ context, enqueue }) => {
      const retry = context.retries + 1;
      enqueue.assign({ retries: retry });
      if (context.request === null) return;
      const { uuid, kind } = context.request;
      enqueue.emit({ type: 'request.retried', uuid, kind, retry });
    }),
    reportAnswer: emit(({ context }) => ({
      type: 'request.answered' as const,
      uuid: uuidOf(context),
      retries: context.retries,
    })),
    emitRefusal: emit(({ event }) => {
      assertEvent(event, 'request');
      return { type: 'request.refused' as const, uuid: event.uuid, code: 'DISPATCHER_NOT_READY' as const };
    }),
    forgetRequest: assign({ request: null, retries: 0 }),
    failTimedOut: assign({ failure: 'REQUEST_TIMED_OUT' }),
    failLost: assign(({ event }) => ({
      failure: event.type === 'connection.lost' ? event.code : ('CONNECTION_CLOSED' as const),
    })),
    failAborted: assign({ failure: 'ABORTED' }),
    emitFailure: enqueueActions(({ context, enqueue }) => {
      if (context.request === null || context.failure === null) return;
      enqueue.emit({ type: 'request.failed', uuid: context.request.uuid, code: context.failure });
    }),
  },
  guards: {
    isForTheRequest: ({ context, event }) => 'uuid' in event && event.uuid === context.request?.uuid,
    isForTheRequestInLine: ({ context, event }) =>
      'uuid' in event && event.uuid === context.request?.uuid && context.request.inLine === true,
    hasRetriesLeft: ({ context }) =>
      context.retries < (context.request?.retry ?? context.retryMessageOptions).retryMessageMaxRetries,
  },
  delays: {
    retryMessageTimeout: ({ context }) =>
      (context.request?.retry ?? context.retryMessageOptions).retryMessageTimeout,
  },
}).createMachine({
  id: 'dispatcher',
  context: ({ input }) => ({ ...input, request: null, retries: 0, failure: null }),
  output: ({ context }) => ({ failure: context.failure }),
  initial: 'init',
  on: {
    abort: { target: '.stopped', actions: 'failAborted' },
    'connection.lost': { target: '.error', actions: 'failLost' },
    request: { actions: 'emitRefusal' },
  },
  states: {
    init: {
      description: 'No connection yet.',
      on: { 'connection.opened': 'ready' },
    },
    ready: {
      tags: 'ready',
      entry: 'forgetRequest',
      on: { request: { target: 'dispatching', actions: 'rememberRequest' } },
    },
    dispatching: {
      description: 'The frame is on its way to the socket. A slow upload is no missing answer: no timer yet.',
      entry: { type: 'sendFrame', params: ({ context }) => ({ uuid: uuidOf(context) }) },
      on: {
        'line.advanced': { actions: 'leaveLine' },
        'frame.sent': [
          { guard: 'isForTheRequestInLine', target: 'waitingResponse.inLine' },
          { guard: 'isForTheRequest', target: 'waitingResponse.counting' },
        ],
      },
    },
    waitingResponse: {
      on: {
        // Drop a late or second answer: it carries another uuid, or no request waits.
        'answer.received': { guard: 'isForTheRequest', target: 'ready', actions: 'reportAnswer' },
      },
      initial: 'counting',
      states: {
        inLine: {
          description: 'A peer answers in order: the timer runs for the oldest unanswered request only.',
          on: { 'line.advanced': { target: 'counting', actions: 'leaveLine' } },
        },
        counting: {
          after: {
            retryMessageTimeout: [
              { guard: 'hasRetriesLeft', target: '#dispatcher.retrying' },
              { target: '#dispatcher.error', actions: 'failTimedOut' },
            ],
          },
        },
      },
    },
    retrying: {
      description: 'The same frame, the same uuid.',
      entry: ['countRetry', { type: 'sendFrame', params: ({ context }) => ({ uuid: uuidOf(context) }) }],
      on: { 'frame.sent': { guard: 'isForTheRequest', target: 'waitingResponse' } },
    },
    error: { type: 'final', entry: 'emitFailure' },
    stopped: { type: 'final', entry: 'emitFailure' },
  },
});
