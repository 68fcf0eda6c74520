import { assertEvent, assign, emit, enqueueActions, fromPromise, raise, sendTo, setup } from 'xstate';
import { type ErrorCode, type ErrorRow, errorTable } from '../src/protocol/errors.js';
import type { SessionRequest } from '../src/protocol/requests.js';
import { connectionMachine } from './connection.machine.js';
import { dispatcherMachine } from './dispatcher.machine.js';
import { lifecycleMachine } from './lifecycle.machine.js';
import { namesTransfer } from './names-transfer.js';
import { notProvided } from './not-provided.js';
import type {
  SessionActorEvent,
  SessionContext,
  SessionEmitted,
  SessionEvent,
  SessionInput,
  SessionOutput,
} from './session-types.js';

export type * from './session-types.js';

const bare = notProvided('session', 'attachTransferServer');

/**
 * One accepted connection, on the server: its messages in their order, each authorized, decided and carried out.
 * A message is: validated, de-duplicated by its uuid, queued, authorized, held against the lifecycle, exchanged.
 *
 * Provide `connection`, `dispatcher` and `lifecycle`, the machines of those names with the server's implementations;
 * what the lifecycle emits is sent to the session;
 * `authorize` (resolves with a code where the token no longer holds); `cleanUp` (rolls back what was not committed,
 * closes the stores); the guard `wasSeen` and the action `remember`, which notes what the guard reads; and the actions
 * `repeatAnswer` and `refuse`, which answers the current message with `context.refusal`.
 */
export const sessionMachine = setup({
  types: {
    context: {} as SessionContext,
    input: {} as SessionInput,
    events: {} as SessionEvent | SessionActorEvent,
    emitted: {} as SessionEmitted,
    output: {} as SessionOutput,
  },
  actors: {
    connection: connectionMachine,
    dispatcher: dispatcherMachine,
    lifecycle: lifecycleMachine,
    authorize: fromPromise<ErrorCode | null, { request: SessionRequest | null }>(bare),
    cleanUp: fromPromise<void>(bare),
  },
  actions: {
    remember: () => {},
    repeatAnswer: () => {},
    refuse: () => {},
    emitRefusal: emit(({ context: { current, refusal, state } }) => ({
      type: 'request.refused' as const,
      uuid: current?.uuid ?? '',
      request: current?.type ?? 'request.invalid',
      code: refusal ?? 'UNEXPECTED',
      state,
    })),
    rememberMove: assign(({ event }) => {
      assertEvent(event, 'lifecycle.moved');
      return { state: event.state, standing: event.standing };
    }),
    rememberTransfer: assign(({ event }) => {
      assertEvent(event, 'exchange.settled');
      return event.transferID === undefined ? {} : { transferID: event.transferID };
    }),
    take: assign(({ event }) => ('request' in event ? { current: event.request } : {})),
    takeNext: assign(({ context: { queue } }) => ({
      current: queue[0]?.request ?? null,
      queue: queue.slice(1),
    })),
    offerRequest: enqueueActions(({ enqueue, context: { lifecycle, current } }) => {
      if (current === null) return;
      const { transferID: _, ...request } = current;
      enqueue.sendTo(lifecycle, request);
    }),
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
    abortLifecycle: enqueueActions(({ enqueue, context: { lifecycle, standing } }) => {
      // Where no transfer is in progress there is nothing to abort. Whether a commit takes an abort is the lifecycle's to say.
      if (standing === 'open' || standing === 'settling') enqueue.sendTo(lifecycle, { type: 'abort' });
    }),
    refuseUnauthorized: assign(({ event }) => {
      assertEvent(event, 'xstate.done.actor.authorize');
      return { refusal: event.output };
    }),
    refuseTerminated: assign({ refusal: 'TRANSFER_TERMINATED' }),
    refuseMisnamed: assign({ refusal: 'BAD_TRANSFER_ID' }),
    refuseOutOfOrder: assign(({ event }) => {
      assertEvent(event, 'request.refused');
      return { refusal: event.code };
    }),
    failIdle: assign({ failure: 'SESSION_IDLE' }),
    failFull: assign({ failure: 'SESSION_OVERRUN' }),
    failStopped: assign(({ event }) => {
      assertEvent(event, 'leave');
      return { failure: event.code ?? 'SERVER_STOPPED', words: event.words ?? '' };
    }),
    beginFarewell: raise({ type: 'farewell.over' }, { id: 'farewell', delay: 'farewell' }),
    failAborted: assign(({ event }) => ({
      failure: (event.type === 'abort' ? event.code : undefined) ?? 'ABORTED',
    })),
    failUnexpected: assign({ failure: 'UNEXPECTED' }),
    failBroken: assign(({ event }) => (event.type === 'message.broken' ? { failure: event.code } : {})),
    // Strapi's client never closes its socket, it just exits: after `close` that is a success, even where the server was about to stop.
    failLost: assign(({ event, context: { failure, standing } }) => {
      assertEvent(event, 'xstate.done.actor.connection');
      const needsItsClient = standing === 'open' || standing === 'failed';
      if (needsItsClient) return { failure: failure ?? event.output?.code ?? null };
      return { failure: event.output === null ? failure : null };
    }),
    closeConnection: sendTo('connection', ({ context: { failure, words } }) => ({
      type: 'connection.close' as const,
      closeCode: failure === null ? 1000 : closeCodeOf(failure),
      reason: words === '' ? (failure ?? '') : `${failure}: ${words}`,
    })),
    cutConnection: sendTo('connection', { type: 'abort' }),
    relayCut: sendTo('connection', { type: 'connection.cut' }),
  },
  guards: {
    wasSeen: () => false,
    isUnauthorized: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.authorize');
      return event.output !== null;
    },
    // After a failure every message is answered with that failure, even if it names another transfer.
    transferHasFailed: ({ context }) => context.standing === 'failed',
    namesTheTransfer: ({ context: { current, transferID } }) =>
      transferID === null || (current !== null && namesTransfer(current, transferID)),
    queueIsEmpty: ({ context }) => context.queue.length === 0,
    queueIsFull: ({ context: { queue, input }, event }) => {
      const waiting = queue.reduce((sum, { bytes }) => sum + bytes, 'bytes' in event ? event.bytes : 0);
      return queue.length >= input.limits.queue || waiting > input.limits.queueBytes;
    },
    // What a push could not write is missing: nothing can be committed any more.
    isOfLostRows: ({ context: { current }, event }) => {
      assertEvent(event, 'exchange.settled');
      return event.uuid === current?.uuid && current.type === 'request.stepStream' && !event.accepted;
    },
    // What is settled cannot be aborted: its client may be about to end it.
    mayLeave: ({ context: { standing } }) => standing !== 'settling' && standing !== 'settled',
    isUnwanted: ({ context: { standing }, event }) => {
      assertEvent(event, 'leave');
      return standing === 'ended' && event.code === 'ABORTED';
    },
    // A commit goes on to its end, and its client is answered.
    mayLeaveLater: ({ context: { standing }, event }) => {
      assertEvent(event, 'leave');
      return standing === 'settling' && event.code !== 'ABORTED';
    },
    mayPart: ({ context: { standing, failure }, event }) => {
      assertEvent(event, 'leave');
      return standing === 'settled' && failure === null && event.code !== 'ABORTED';
    },
    isToPart: ({ context: { current, failure }, event }) => {
      assertEvent(event, 'exchange.settled');
      return event.uuid === current?.uuid && current.type === 'request.close' && failure !== null;
    },
    commitIsOver: ({ context }) => context.standing !== 'settling',
    isOfCurrent: ({ context, event }) => 'uuid' in event && event.uuid === context.current?.uuid,
  },
  delays: {
    patience: ({ context: { input, standing } }) =>
      standing === 'unbegun' ? input.limits.initTimeout : input.limits.idleTimeout,
    // A round trip of a slow line, within the patience of those who stop servers.
    farewell: 5_000,
  },
}).createMachine({
  id: 'session',
  context: ({ input, spawn }) => ({
    input,
    lifecycle: spawn('lifecycle', {
      id: 'lifecycle',
      input: { direction: input.direction, batchTimeout: input.connectionOptions.batchTimeout },
    }),
    state: 'connected',
    standing: 'unbegun',
    transferID: null,
    queue: [],
    current: null,
    refusal: null,
    failure: null,
    words: '',
  }),
  output: ({ context }) => context.failure,
  invoke: {
    id: 'connection',
    src: 'connection',
    input: ({ context, self }) => ({ options: context.input.connectionOptions, report: self }),
    onDone: { target: '.cleaning', actions: 'failLost' },
  },
  initial: 'opening',
  on: {
    'message.broken': { target: '.closing', actions: 'failBroken' },
    leave: [
      { guard: 'isUnwanted', target: '.closing' },
      { guard: 'mayLeave', target: '.closing', actions: 'failStopped' },
    ],
    'farewell.over': '.closing',
    abort: { target: '.cutting', actions: 'failAborted' },
    'connection.cut': { actions: 'relayCut' },
    'lifecycle.moved': { actions: 'rememberMove' },
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
          { actions: ['remember', 'enqueue'] },
        ],
        leave: [
          { guard: 'mayLeaveLater', actions: 'failStopped' },
          { guard: 'mayPart', actions: ['failStopped', 'beginFarewell'] },
        ],
      },
      states: {
        idle: {
          on: {
            'message.received': [
              { guard: 'wasSeen', target: 'idle', reenter: true, actions: 'repeatAnswer' },
              { target: 'authorizing', actions: ['remember', 'take'] },
            ],
            'confirmation.received': { target: 'idle', reenter: true },
          },
          after: { patience: { target: '#session.closing', actions: 'failIdle' } },
        },
        authorizing: {
          invoke: {
            id: 'authorize',
            src: 'authorize',
            input: ({ context }) => ({ request: context.current }),
            onDone: [
              {
                guard: 'isUnauthorized',
                target: 'next',
                actions: ['refuseUnauthorized', 'refuse', 'emitRefusal'],
              },
              {
                guard: 'transferHasFailed',
                target: 'next',
                actions: ['refuseTerminated', 'refuse', 'emitRefusal'],
              },
              { guard: 'namesTheTransfer', target: 'exchanging' },
              { target: 'next', actions: ['refuseMisnamed', 'refuse', 'emitRefusal'] },
            ],
            onError: { target: '#session.cutting', actions: 'failUnexpected' },
          },
        },
        exchanging: {
          description: 'The order of the protocol is the lifecycle’s: it takes the request, or refuses it.',
          entry: 'offerRequest',
          on: {
            'exchange.settled': [
              { guard: 'isToPart', target: 'next', actions: ['rememberTransfer', 'beginFarewell'] },
              { guard: 'isOfLostRows', target: 'next', actions: 'abortLifecycle' },
              { guard: 'isOfCurrent', target: 'next', actions: 'rememberTransfer' },
            ],
            'request.refused': {
              guard: 'isOfCurrent',
              target: 'next',
              actions: ['refuseOutOfOrder', 'refuse', 'emitRefusal'],
            },
          },
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
      on: {
        leave: undefined,
        'farewell.over': undefined,
        'connection.cut': undefined,
        'message.broken': undefined,
      },
    },
    cutting: {
      entry: ['abortLifecycle', 'cutConnection'],
      on: {
        leave: undefined,
        abort: undefined,
        'farewell.over': undefined,
        'connection.cut': undefined,
        'message.broken': undefined,
      },
    },
    cleaning: {
      description: 'The socket is gone. A commit under way ends first; what was not committed is undone.',
      entry: 'abortLifecycle',
      on: {
        leave: undefined,
        abort: undefined,
        'farewell.over': undefined,
        'connection.cut': undefined,
        'message.broken': undefined,
      },
      initial: 'waiting',
      states: {
        waiting: { always: { guard: 'commitIsOver', target: 'undoing' } },
        undoing: { invoke: { src: 'cleanUp', onDone: '#session.over', onError: '#session.over' } },
      },
    },
    over: { type: 'final' },
  },
});

function closeCodeOf(code: ErrorCode): number {
  const row: ErrorRow = errorTable[code];
  return row.close ?? 1011;
}
