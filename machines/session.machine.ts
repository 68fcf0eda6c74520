import {
  type ActorRefFrom,
  assign,
  type DoneActorEvent,
  enqueueActions,
  fromPromise,
  sendTo,
  setup,
} from 'xstate';
import { type ErrorCode, type ErrorRow, errorTable } from '../src/protocol/errors.js';
import type { LinkOptions } from '../src/protocol/link.js';
import type { InvalidRequest, SessionRequest } from '../src/protocol/requests.js';
import type { RetryMessageOptions } from '../src/protocol/retry.js';
import { type ConnectionEmitted, type ConnectionEnd, connectionMachine } from './connection.machine.js';
import { dispatcherMachine } from './dispatcher.machine.js';
import { type Direction, type LifecycleRequest, lifecycleMachine } from './lifecycle.machine.js';
import { refusalOf } from './requests.js';
import { takes } from './taking.js';

/** How long a session may be silent. Milliseconds. */
export interface SessionLimits {
  /** From the handshake to `init`. */
  readonly initTimeout: number;
  /** From one message to the next. */
  readonly idleTimeout: number;
  /** Messages that may wait for their turn. */
  readonly queue: number;
  /** Bytes of messages that may wait for their turn. */
  readonly queueBytes: number;
}

/** What a session is given when its socket was accepted. */
export interface SessionInput {
  readonly direction: Direction;
  readonly linkOptions: LinkOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly limits: SessionLimits;
}

export type { InvalidRequest, SessionRequest };

/** A message that waits. */
export interface Queued {
  readonly request: SessionRequest;
  readonly bytes: number;
}

/** What moves a session: messages, its socket, the server that stops, and who steers it. */
export type SessionEvent =
  | ConnectionEmitted
  /** A message has arrived; its content waits beside the charts. */
  | { type: 'message.received'; request: SessionRequest; bytes: number }
  /** The peer has confirmed a batch of a pull. */
  | { type: 'confirmation.received' }
  /** A message that cannot even be answered. */
  | { type: 'message.broken'; code: ErrorCode }
  | { type: 'exchange.settled'; uuid: string }
  /** The server stops, or whatever `code` says: the client is told. */
  | { type: 'leave'; code?: ErrorCode }
  | { type: 'abort'; code?: ErrorCode }
  /** As if the line were cut. */
  | { type: 'connection.cut' };

/** What a session knows: who waits, what is in work. Never a row or a token. */
export interface SessionContext {
  readonly input: SessionInput;
  readonly lifecycle: ActorRefFrom<typeof lifecycleMachine>;
  /** First in, first out. */
  readonly queue: readonly Queued[];
  readonly current: SessionRequest | null;
  /** Why the current message is refused. */
  readonly refusal: ErrorCode | null;
  /** Why the session ends, where it is not as asked. */
  readonly failure: ErrorCode | null;
}

const provideRole = () => Promise.reject(new Error('provide the actors of a server'));

/**
 * One accepted connection, on the server: its messages in their order, each authorized, decided and carried out.
 * A message is: validated, de-duplicated by its uuid, queued, authorized, held against the lifecycle, exchanged.
 *
 * Provide `connection`, `dispatcher` and `lifecycle`, the machines of those names with the server's implementations;
 * `authorize` (resolves with a code where the token no longer holds); `cleanUp` (rolls back what was not committed,
 * closes the stores); the guard `wasSeen`; and the actions `attach`, `repeatAnswer` and `refuse`, which answers the
 * current message with `context.refusal`.
 */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent,
    output: {} as ErrorCode | null,
  },
  actors: {
    connection: connectionMachine,
    dispatcher: dispatcherMachine,
    lifecycle: lifecycleMachine,
    authorize: fromPromise<ErrorCode | null, { request: SessionRequest | null }>(provideRole),
    cleanUp: fromPromise<void>(provideRole),
  },
  actions: {
    attach: () => {},
    repeatAnswer: () => {},
    refuse: () => {},
    take: assign(({ event }) => ('request' in event ? { current: event.request } : {})),
    takeNext: assign(({ context: { queue } }) => ({
      current: queue[0]?.request ?? null,
      queue: queue.slice(1),
    })),
    enqueue: assign(({ context, event }) =>
      event.type === 'message.received'
        ? { queue: [...context.queue, { request: event.request, bytes: event.bytes }] }
        : {},
    ),
    openLane: enqueueActions(({ enqueue, context: { input } }) => {
      const { retryMessageOptions } = input;
      enqueue.spawnChild('dispatcher', { id: 'lane.0', input: { retryMessageOptions } });
      enqueue.sendTo('lane.0', { type: 'connection.opened' });
    }),
    toLifecycle: sendTo(
      ({ context }) => context.lifecycle,
      ({ context }) => context.current as LifecycleRequest,
    ),
    abortLifecycle: enqueueActions(({ enqueue, context: { lifecycle } }) => {
      // What is over stays over: there is nothing left to abort.
      if (lifecycle.getSnapshot().status !== 'active' || isOver(lifecycle)) return;
      enqueue.sendTo(lifecycle, { type: 'abort' });
    }),
    refuseUnauthorized: assign(({ event }) => ({
      refusal: (event as unknown as DoneActorEvent<ErrorCode | null>).output,
    })),
    refuseOutOfOrder: assign(({ context: { lifecycle, current } }) => ({
      refusal: refusalFor(lifecycle, current),
    })),
    failIdle: assign({ failure: 'SESSION_IDLE' }),
    failFull: assign({ failure: 'SESSION_OVERRUN' }),
    failStopped: assign(({ event }) => ({
      failure: (event.type === 'leave' ? event.code : undefined) ?? 'SERVER_STOPPED',
    })),
    failAborted: assign(({ event }) => ({
      failure: (event.type === 'abort' ? event.code : undefined) ?? 'ABORTED',
    })),
    failUnexpected: assign({ failure: 'UNEXPECTED' }),
    failBroken: assign(({ event }) => (event.type === 'message.broken' ? { failure: event.code } : {})),
    // Strapi's client never closes its socket, it just exits: after `close` that is a success.
    failLost: assign(({ event, context: { failure, lifecycle } }) => ({
      failure: failure ?? (isOver(lifecycle) ? null : (connectionEnd(event)?.code ?? null)),
    })),
    closeConnection: sendTo('connection', ({ context: { failure } }) => ({
      type: 'connection.close' as const,
      closeCode: failure === null ? 1000 : closeCodeOf(failure),
      reason: failure ?? '',
    })),
    cutConnection: sendTo('connection', { type: 'abort' }),
    relayCut: sendTo('connection', { type: 'connection.cut' }),
  },
  guards: {
    wasSeen: () => false,
    isAuthorized: ({ event }) => (event as unknown as DoneActorEvent<ErrorCode | null>).output === null,
    queueIsEmpty: ({ context }) => context.queue.length === 0,
    queueIsFull: ({ context: { queue, input }, event }) => {
      const waiting = queue.reduce((sum, { bytes }) => sum + bytes, 'bytes' in event ? event.bytes : 0);
      return queue.length >= input.limits.queue || waiting > input.limits.queueBytes;
    },
    // The order of the protocol is the lifecycle's, and nobody else's.
    lifecycleTakes: ({ context: { lifecycle, current } }) => {
      if (current === null || current.type === 'request.invalid') return false;
      return takes(lifecycle.getSnapshot(), current);
    },
    isOfCurrent: ({ context, event }) => 'uuid' in event && event.uuid === context.current?.uuid,
  },
  delays: {
    patience: ({ context: { input, lifecycle } }) =>
      lifecycle.getSnapshot().matches('connected') ? input.limits.initTimeout : input.limits.idleTimeout,
  },
}).createMachine({
  id: 'session',
  context: ({ input, spawn }) => ({
    input,
    lifecycle: spawn('lifecycle', {
      id: 'lifecycle',
      input: { direction: input.direction, batchTimeout: input.linkOptions.batchTimeout },
    }),
    queue: [],
    current: null,
    refusal: null,
    failure: null,
  }),
  output: ({ context }) => context.failure,
  entry: 'attach',
  invoke: {
    id: 'connection',
    src: 'connection',
    input: ({ context, self }) => ({ options: context.input.linkOptions, report: self }),
    onDone: { target: '.cleaning', actions: 'failLost' },
  },
  initial: 'opening',
  on: {
    'message.broken': { target: '.closing', actions: 'failBroken' },
    leave: { target: '.closing', actions: 'failStopped' },
    abort: { target: '.cutting', actions: 'failAborted' },
    'connection.cut': { actions: 'relayCut' },
  },
  states: {
    opening: {
      on: { 'connection.opened': { target: 'serving', actions: 'openLane' } },
    },
    serving: {
      initial: 'idle',
      on: {
        'message.received': [
          { guard: 'wasSeen', actions: 'repeatAnswer' },
          { guard: 'queueIsFull', target: 'closing', actions: 'failFull' },
          { actions: 'enqueue' },
        ],
      },
      states: {
        idle: {
          on: {
            'message.received': [
              { guard: 'wasSeen', target: 'idle', reenter: true, actions: 'repeatAnswer' },
              { target: 'authorizing', actions: 'take' },
            ],
            'confirmation.received': { target: 'idle', reenter: true },
          },
          after: { patience: { target: '#session.closing', actions: 'failIdle' } },
        },
        authorizing: {
          invoke: {
            src: 'authorize',
            input: ({ context }) => ({ request: context.current }),
            onDone: [
              { guard: 'isAuthorized', target: 'deciding' },
              { target: 'next', actions: ['refuseUnauthorized', 'refuse'] },
            ],
            onError: { target: '#session.cutting', actions: 'failUnexpected' },
          },
        },
        deciding: {
          always: [
            { guard: 'lifecycleTakes', target: 'exchanging' },
            { target: 'next', actions: ['refuseOutOfOrder', 'refuse'] },
          ],
        },
        exchanging: {
          entry: 'toLifecycle',
          on: { 'exchange.settled': { guard: 'isOfCurrent', target: 'next' } },
        },
        next: {
          always: [
            { guard: 'queueIsEmpty', target: 'idle' },
            { target: 'authorizing', actions: 'takeNext' },
          ],
        },
      },
    },
    closing: {
      entry: ['abortLifecycle', 'closeConnection'],
      on: { leave: undefined, 'connection.cut': undefined, 'message.broken': undefined },
    },
    cutting: {
      entry: ['abortLifecycle', 'cutConnection'],
      on: { leave: undefined, abort: undefined, 'connection.cut': undefined, 'message.broken': undefined },
    },
    cleaning: {
      description: 'The socket is gone; what was not committed is undone.',
      entry: 'abortLifecycle',
      on: { leave: undefined, abort: undefined, 'connection.cut': undefined, 'message.broken': undefined },
      invoke: { src: 'cleanUp', onDone: 'over', onError: 'over' },
    },
    over: { type: 'final' },
  },
});

/** Where nothing has begun, that comes first; otherwise what is wrong with the message itself. */
function refusalFor(
  lifecycle: ActorRefFrom<typeof lifecycleMachine>,
  request: SessionRequest | null,
): ErrorCode | null {
  return request === null ? null : refusalOf(lifecycle.getSnapshot(), request);
}

/** Nothing is left undone if the client goes now. */
function isOver(lifecycle: ActorRefFrom<typeof lifecycleMachine>): boolean {
  const snapshot = lifecycle.getSnapshot();
  return (
    ['connected', 'ended'].some((state) => snapshot.value === state) ||
    snapshot.matches({ closing: 'settled' })
  );
}

function connectionEnd(event: unknown): ConnectionEnd | null {
  return (event as DoneActorEvent<ConnectionEnd | null>).output;
}

function closeCodeOf(code: ErrorCode): number {
  const row: ErrorRow = errorTable[code];
  return row.close ?? 1011;
}
