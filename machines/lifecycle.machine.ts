import { assertEvent, assign, emit, enqueueActions, fromPromise, setup } from 'xstate';
import { addExchange, countExchanges, removeExchange, uuidOfExchange } from './concurrent-exchanges.js';
import { closeOf, requestOf } from './exchange-input.js';
import { outcomeOf, wasAccepted } from './exchange-outcome.js';
import { failureOf } from './failure.js';
import { askFor, endOf, fateOnClose } from './fate.js';
import type { ExchangeInput, LifecycleTypes } from './lifecycle-types.js';
import { notProvided } from './not-provided.js';
import { type ExchangeResult, placeOf } from './refusals.js';

export type { Fate } from './fate.js';
export type * from './lifecycle-types.js';
export type { Direction, ExchangeResult, LifecycleMeta, LifecycleRequest, NamedStage } from './refusals.js';

const exchange = fromPromise<ExchangeResult, ExchangeInput>(
  notProvided('lifecycle', 'createRemoteSource, createRemoteDestination or attachTransferServer'),
);

/**
 * The order of the protocol, and nothing else. It is the server's permissive grammar: a client walks one plan
 * through it, a server takes from any client what it allows.
 *
 * Provide `exchange`: **the client's sends the request and waits for the answer; the server's carries it out and
 * answers.** (For a pull's `request.stepStream` the other way round.) It resolves `{accepted: false}` for an answer
 * with an error, and rejects only where nothing can go on.
 */
export const lifecycleMachine = setup({
  types: {} as LifecycleTypes,
  actors: { exchange },
  actions: {
    rememberRequest: assign(({ event }) =>
      'uuid' in event && event.type !== 'request.invalid' ? { request: event } : {},
    ),
    rememberStep: assign(({ event, context }) => ('step' in event ? askFor(event.step, context) : {})),
    endStage: assign(({ event, context }) => (wasAccepted(event) ? endOf(context) : {})),
    beginTransfer: assign({ fate: 'begun', stages: {} }),
    complete: assign(({ event, context }) => (wasAccepted(event) ? { fate: fateOnClose(context) } : {})),
    rollBack: assign({ fate: 'rolledBack' }),
    beginStage: assign({ batches: 0 }),
    rememberAction: assign(({ context }) => {
      const { request } = context;
      if (request?.type === 'request.bootstrap') return { lastAction: 'bootstrap' as const };
      if (request?.type === 'request.beforeTransfer') return { lastAction: 'beforeTransfer' as const };
      return {};
    }),
    forgetTransfer: assign({ lastAction: null, step: null, batches: 0 }),
    startConcurrentExchange: enqueueActions(({ event, enqueue, context }) => {
      assertEvent(event, [
        'request.status',
        'request.getMetadata',
        'request.getSchemas',
        'request.stepStream',
      ]);
      const { id, concurrent } = addExchange(context.concurrent, event.uuid);
      enqueue.spawnChild('exchange', { id, input: { request: event } });
      const batches = context.batches + (event.type === 'request.stepStream' ? 1 : 0);
      enqueue.assign({ concurrent, batches });
    }),
    endConcurrentExchange: enqueueActions(({ event, enqueue, context: { concurrent } }) => {
      assertEvent(event, 'xstate.done.actor.concurrent.*');
      const uuid = uuidOfExchange(concurrent, event.actorId) ?? '';
      // A spawned child that is done stays in `snapshot.children` until it is stopped.
      enqueue.stopChild(event.actorId);
      enqueue.assign({ concurrent: removeExchange(concurrent, uuid) });
      enqueue.emit({ type: 'exchange.done', uuid, ...outcomeOf(event) });
    }),
    emitConcurrentFailure: emit(({ event, context: { concurrent } }) => {
      assertEvent(event, 'xstate.error.actor.concurrent.*');
      const uuid = uuidOfExchange(concurrent, event.actorId) ?? '';
      return { type: 'exchange.failed' as const, uuid, failure: failureOf(event) };
    }),
    emitDone: emit(({ context, event }) => ({
      type: 'exchange.done' as const,
      uuid: context.request?.uuid ?? '',
      ...outcomeOf(event),
    })),
    emitMissedBatch: emit(({ context }) => ({
      type: 'batch.missed' as const,
      step: context.step ?? 'entities',
    })),
    emitFailure: emit(({ context, event }) => ({
      type: 'exchange.failed' as const,
      uuid: context.request?.uuid ?? '',
      failure: failureOf(event),
    })),
  },
  guards: {
    wasAccepted: ({ event }) => wasAccepted(event),
    isPull: ({ context }) => context.direction === 'pull',
    // A batch that has arrived and is still being taken is not overdue.
    batchIsOverdue: ({ context }) => context.direction === 'pull' && countExchanges(context.concurrent) === 0,
    isPush: ({ context }) => context.direction === 'push',
    isOpen: ({ context }) => context.lastAction !== null,
    mayClear: ({ context }) => context.direction === 'push' && context.lastAction !== 'beforeTransfer',
    isOfCurrentStage: ({ context, event }) => 'step' in event && event.step === context.step,
    // The server accepts a later stage without the earlier ones, never an earlier one after a later one;
    // the same stage may start again after it ended. A pull knows no such order.
    isNoEarlierStage: ({ context, event }) =>
      context.direction === 'pull' || ('step' in event && placeOf(event.step) >= placeOf(context.step)),
  },
  delays: {
    batchTimeout: ({ context }) => context.batchTimeout,
  },
}).createMachine({
  id: 'lifecycle',
  context: ({ input }) => ({
    direction: input.direction,
    batchTimeout: input.batchTimeout,
    request: null,
    lastAction: null,
    step: null,
    fate: 'none',
    stages: {},
    concurrent: [],
    batches: 0,
  }),
  initial: 'connected',
  meta: { refuses: { 'request.*': 'ACTION_OUT_OF_ORDER' } },
  on: {
    abort: '.failed',
    'request.status': { actions: 'startConcurrentExchange' },
    'xstate.done.actor.concurrent.*': { actions: 'endConcurrentExchange' },
    'xstate.error.actor.concurrent.*': { target: '.failed', actions: 'emitConcurrentFailure' },
  },
  states: {
    connected: {
      tags: ['unbegun', 'settled'],
      meta: {
        refuses: {
          'request.*': 'NO_TRANSFER',
          'request.end': 'BAD_TRANSFER_ID',
          'request.invalid': 'NO_TRANSFER',
        },
      },
      on: { 'request.init': 'initializing' },
    },
    initializing: {
      tags: ['exchanging'],
      entry: 'rememberRequest',
      invoke: {
        id: 'exchange',
        src: 'exchange',
        input: requestOf,
        onDone: [
          { guard: 'wasAccepted', target: 'preparing', actions: ['beginTransfer', 'emitDone'] },
          { target: 'connected', actions: 'emitDone' },
        ],
        onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
      },
    },
    preparing: {
      meta: {
        refuses: {
          'request.init': 'TRANSFER_IN_PROGRESS',
          'request.stepStart': 'INVALID_STAGE',
          'request.stepStream': 'STAGE_NOT_STARTED',
          'request.stepStream.earlier': 'INVALID_STAGE',
          'request.stepEnd': 'INVALID_STAGE',
        },
      },
      initial: 'unopened',
      states: {
        unopened: {
          meta: {
            refuses: {
              'request.*': 'NOT_BOOTSTRAPPED',
              'request.init': 'TRANSFER_IN_PROGRESS',
              'request.stepStream': 'STAGE_NOT_STARTED',
            },
          },
          on: {
            'request.bootstrap': 'exchanging',
            'request.rollback': { guard: 'isPush', target: '#lifecycle.aborting' },
            'request.end': '#lifecycle.closing.leaving',
          },
        },
        resting: {
          tags: ['resting'],
          on: {
            // A pull may bootstrap again. In a push a second bootstrap is a step back, and is refused.
            'request.bootstrap': { guard: 'isPull', target: 'exchanging' },
            'request.beforeTransfer': { guard: 'mayClear', target: 'exchanging' },
            'request.getMetadata': 'exchanging',
            'request.getSchemas': 'exchanging',
            'request.stepStart': { guard: 'isNoEarlierStage', target: '#lifecycle.transferring.starting' },
            // Strapi's client ends an empty stage without having started it.
            'request.stepEnd': { guard: 'isNoEarlierStage', target: '#lifecycle.transferring.ending' },
            'request.rollback': { guard: 'isPush', target: '#lifecycle.aborting' },
            'request.close': '#lifecycle.closing',
            'request.end': '#lifecycle.closing.leaving',
          },
        },
        exchanging: {
          tags: ['exchanging'],
          entry: 'rememberRequest',
          invoke: {
            id: 'exchange',
            src: 'exchange',
            input: requestOf,
            onDone: [
              { guard: 'wasAccepted', target: 'resting', actions: ['rememberAction', 'emitDone'] },
              { guard: 'isOpen', target: 'resting', actions: 'emitDone' },
              { target: 'unopened', actions: 'emitDone' },
            ],
            onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
          },
        },
      },
    },
    transferring: {
      tags: ['inStages'],
      meta: {
        refuses: {
          'request.init': 'TRANSFER_IN_PROGRESS',
          'request.stepStart': 'STAGE_IN_PROGRESS',
          'request.stepStart.again': 'STAGE_STREAMING',
          'request.stepStream': 'STAGE_NOT_STARTED',
          'request.stepStream.earlier': 'INVALID_STAGE',
          'request.stepEnd': 'STAGE_NOT_STARTED',
          'request.stepEnd.earlier': 'INVALID_STAGE',
        },
      },
      initial: 'starting',
      on: {
        'request.getMetadata': { actions: 'startConcurrentExchange' },
        'request.getSchemas': { actions: 'startConcurrentExchange' },
      },
      states: {
        starting: {
          tags: ['exchanging', 'starting'],
          entry: ['rememberRequest', 'rememberStep', 'beginStage'],
          invoke: {
            id: 'exchange',
            src: 'exchange',
            input: requestOf,
            onDone: [
              { guard: 'wasAccepted', target: 'streaming', actions: 'emitDone' },
              { target: 'between', actions: 'emitDone' },
            ],
            onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
          },
        },
        streaming: {
          tags: ['streaming'],
          description: 'With lanes, batches overlap: they are counted, the state is not left for each.',
          on: {
            'request.stepStream': {
              guard: 'isOfCurrentStage',
              target: 'streaming',
              // Each batch of a pull restarts the wait for the next one.
              reenter: true,
              actions: 'startConcurrentExchange',
            },
            'request.stepEnd': { guard: 'isOfCurrentStage', target: 'ending' },
            'request.rollback': { guard: 'isPush', target: '#lifecycle.aborting' },
            'request.close': '#lifecycle.closing',
            'request.end': '#lifecycle.closing.leaving',
          },
          after: {
            batchTimeout: [
              { guard: 'batchIsOverdue', target: '#lifecycle.failed', actions: 'emitMissedBatch' },
              { guard: 'isPull', target: 'streaming', reenter: true },
            ],
          },
        },
        ending: {
          tags: ['exchanging', 'ending'],
          entry: ['rememberRequest', 'rememberStep'],
          invoke: {
            id: 'exchange',
            src: 'exchange',
            input: requestOf,
            onDone: { target: 'between', actions: ['endStage', 'emitDone'] },
            onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
          },
        },
        between: {
          tags: ['resting'],
          meta: {
            refuses: {
              'request.stepStart': 'INVALID_STAGE',
              'request.stepStream': 'STAGE_CLOSED',
              'request.stepEnd': 'STAGE_ENDED',
            },
          },
          on: {
            'request.stepStart': { guard: 'isNoEarlierStage', target: 'starting' },
            // A pull may end what it has not started.
            'request.stepEnd': { guard: 'isPull', target: 'ending' },
            'request.rollback': { guard: 'isPush', target: '#lifecycle.aborting' },
            'request.close': '#lifecycle.closing',
            'request.end': '#lifecycle.closing.leaving',
          },
        },
      },
    },
    closing: {
      meta: {
        refuses: {
          'request.init': 'TRANSFER_IN_PROGRESS',
          'request.stepStart': 'INVALID_STAGE',
          'request.stepStream': 'INVALID_STAGE',
          'request.stepEnd': 'INVALID_STAGE',
        },
      },
      initial: 'settling',
      states: {
        settling: {
          tags: ['exchanging', 'settling'],
          description:
            'A push is being committed: nothing aborts that any more, and its end says what became of it.',
          entry: 'rememberRequest',
          on: { abort: undefined },
          invoke: {
            id: 'exchange',
            src: 'exchange',
            input: closeOf,
            onDone: { target: 'settled', actions: ['complete', 'emitDone'] },
            onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
          },
        },
        settled: {
          tags: ['settled'],
          description: 'Strapi’s client stops here in a pull: it sends no end.',
          on: {
            'request.getMetadata': { actions: 'startConcurrentExchange' },
            'request.getSchemas': { actions: 'startConcurrentExchange' },
            'request.end': 'leaving',
          },
        },
        leaving: {
          tags: ['exchanging', 'settled'],
          entry: 'rememberRequest',
          invoke: {
            id: 'exchange',
            src: 'exchange',
            input: requestOf,
            onDone: { target: '#lifecycle.ended', actions: 'emitDone' },
            onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
          },
        },
      },
    },
    ended: {
      tags: ['ended', 'settled'],
      description: 'The transfer is forgotten, its id with it; the connection may begin another.',
      entry: 'forgetTransfer',
      meta: {
        refuses: {
          'request.*': 'NO_TRANSFER',
          'request.end': 'BAD_TRANSFER_ID',
          'request.invalid': 'NO_TRANSFER',
        },
      },
      on: { 'request.init': 'initializing' },
    },
    aborting: {
      tags: ['exchanging'],
      entry: 'rememberRequest',
      invoke: {
        id: 'exchange',
        src: 'exchange',
        input: requestOf,
        onDone: [
          { guard: 'wasAccepted', target: 'rolledBack', actions: ['rollBack', 'emitDone'] },
          { target: 'failed', actions: 'emitDone' },
        ],
        onError: { target: '#lifecycle.failed', actions: 'emitFailure' },
      },
    },
    rolledBack: {
      meta: {
        refuses: {
          'request.*': 'TRANSFER_OVER',
          'request.init': 'TRANSFER_IN_PROGRESS',
          'request.bootstrap': 'ACTION_OUT_OF_ORDER',
        },
      },
      description: 'A Strapi restores its settings only after close and end.',
      on: {
        'request.getMetadata': { actions: 'startConcurrentExchange' },
        'request.getSchemas': { actions: 'startConcurrentExchange' },
        'request.close': 'closing',
        'request.end': 'closing.leaving',
      },
    },
    failed: {
      type: 'final',
      meta: {
        refuses: {
          'request.*': 'TRANSFER_TERMINATED',
          'request.invalid': 'TRANSFER_TERMINATED',
          'request.invalid.command': 'TRANSFER_TERMINATED',
        },
      },
    },
  },
});
