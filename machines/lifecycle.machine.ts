import { assign, type DoneActorEvent, emit, enqueueActions, fromPromise, setup } from 'xstate';
import { type Beside, countBeside, placeBeside, uuidBeside, withoutBeside } from './beside.js';
import { askFor, endOf, type Fate, type FateContext, fateOnClose } from './fate.js';
import {
  type Direction,
  type ExchangeResult,
  type LifecycleMeta,
  type LifecycleRequest,
  type NamedStage,
  nothingBegun,
  outputOf,
  placeOf,
} from './requests.js';

export type { Direction, ExchangeResult, Fate, LifecycleMeta, LifecycleRequest, NamedStage };

export type LifecycleEvent = LifecycleRequest | { type: 'abort' };

export interface LifecycleInput {
  readonly direction: Direction;
  /** In a pull, milliseconds from one batch of a stage to the next. */
  readonly batchTimeout: number;
}

/** The outcome of each exchange, told once the chart stands where it led. */
export type LifecycleEmitted =
  | { type: 'exchange.done'; uuid: string; accepted: boolean }
  | { type: 'exchange.failed'; uuid: string }
  | { type: 'batch.missed'; step: NamedStage };

export interface LifecycleContext extends FateContext {
  readonly batchTimeout: number;
  /** The request whose exchange decides where the chart goes. */
  readonly request: LifecycleRequest | null;
  /** `bootstrap` and `beforeTransfer` have their order in a push; this is the last one that was taken. */
  readonly lastAction: 'bootstrap' | 'beforeTransfer' | null;
  /** Streamed batches, and what may be asked at any time. */
  readonly beside: Beside;
  /** Batches of the current stage. */
  readonly batches: number;
}

const exchange = fromPromise<ExchangeResult, { request: LifecycleRequest }>(() =>
  Promise.reject(new Error('provide the exchange actor of a role')),
);

/** The parts of an invocation that every deciding exchange shares. */
const deciding = {
  id: 'exchange',
  src: 'exchange',
  input: ({ context }: { context: LifecycleContext }) => {
    if (context.request === null) throw new Error('an exchange needs its request');
    return { request: context.request };
  },
  onError: { target: '#lifecycle.failed', actions: 'reportFailure' },
} as const;

/** What may be asked beside everything else. */
const questions = {
  'request.getMetadata': { actions: 'exchangeBeside' },
  'request.getSchemas': { actions: 'exchangeBeside' },
} as const;

/** How a transfer that was opened is left. */
const waysOut = {
  'request.rollback': { guard: 'isPush', target: '#lifecycle.aborting', actions: 'rememberRequest' },
  'request.close': { target: '#lifecycle.closing', actions: 'rememberRequest' },
  'request.end': { target: '#lifecycle.closing.leaving', actions: 'rememberRequest' },
} as const;

/**
 * The order of the protocol, and nothing else. It is the server's permissive grammar: a client walks one plan
 * through it, a server takes from any client what it allows.
 *
 * Provide `exchange`: **the client's sends the request and waits for the answer; the server's carries it out and
 * answers.** (For a pull's `request.stepStream` the other way round.) It resolves `{accepted: false}` for an answer
 * with an error, and rejects only where nothing can go on.
 */
export const lifecycleMachine = setup({
  types: {
    context: {} as LifecycleContext,
    input: {} as LifecycleInput,
    events: {} as LifecycleEvent,
    emitted: {} as LifecycleEmitted,
    meta: {} as LifecycleMeta,
  },
  actors: { exchange },
  actions: {
    rememberRequest: assign(({ event }) => ({ request: event as LifecycleRequest })),
    rememberStep: assign(({ event, context }) => ('step' in event ? askFor(event.step, context) : {})),
    endStage: assign(({ event, context }) => (outputOf(event).accepted ? endOf(context) : {})),
    beginTransfer: assign({ fate: 'begun', stages: {} }),
    complete: assign(({ event, context }) =>
      outputOf(event).accepted ? { fate: fateOnClose(context) } : {},
    ),
    rollBack: assign({ fate: 'rolledBack' }),
    beginStage: assign({ batches: 0 }),
    rememberAction: assign(({ context }) => {
      const { request } = context;
      if (request?.type === 'request.bootstrap') return { lastAction: 'bootstrap' as const };
      if (request?.type === 'request.beforeTransfer') return { lastAction: 'beforeTransfer' as const };
      return {};
    }),
    forgetTransfer: assign({ lastAction: null, step: null, batches: 0 }),
    exchangeBeside: enqueueActions(({ event, enqueue, context }) => {
      const request = event as LifecycleRequest;
      const { id, beside } = placeBeside(context.beside, request.uuid);
      enqueue.spawnChild('exchange', { id, input: { request } });
      const batches = context.batches + (request.type === 'request.stepStream' ? 1 : 0);
      enqueue.assign({ beside, batches });
    }),
    settleBeside: enqueueActions(({ event, enqueue, context: { beside } }) => {
      const { actorId, output } = event as unknown as DoneActorEvent<ExchangeResult> & { actorId: string };
      const uuid = uuidBeside(beside, actorId) ?? '';
      // A spawned child that is done stays in `snapshot.children` until it is stopped.
      enqueue.stopChild(actorId);
      enqueue.assign({ beside: withoutBeside(beside, uuid) });
      enqueue.emit({ type: 'exchange.done', uuid, accepted: output.accepted });
    }),
    reportFailureBeside: emit(({ event, context: { beside } }) => ({
      type: 'exchange.failed' as const,
      uuid: uuidBeside(beside, (event as unknown as { actorId: string }).actorId) ?? '',
    })),
    reportDone: emit(({ context, event }) => ({
      type: 'exchange.done' as const,
      uuid: context.request?.uuid ?? '',
      accepted: outputOf(event).accepted,
    })),
    reportMissedBatch: emit(({ context }) => ({
      type: 'batch.missed' as const,
      step: context.step ?? 'entities',
    })),
    reportFailure: emit(({ context }) => ({
      type: 'exchange.failed' as const,
      uuid: context.request?.uuid ?? '',
    })),
  },
  guards: {
    wasAccepted: ({ event }) => outputOf(event).accepted,
    isPull: ({ context }) => context.direction === 'pull',
    // Not while one that has come is still being taken.
    batchIsOverdue: ({ context }) => context.direction === 'pull' && countBeside(context.beside) === 0,
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
    beside: [],
    batches: 0,
  }),
  initial: 'connected',
  meta: { refuses: { 'request.*': 'ACTION_OUT_OF_ORDER' } },
  on: {
    abort: '.failed',
    'request.status': { actions: 'exchangeBeside' },
    'xstate.done.actor.beside.*': { actions: 'settleBeside' },
    'xstate.error.actor.beside.*': { target: '.failed', actions: 'reportFailureBeside' },
  },
  states: {
    connected: {
      meta: { refuses: nothingBegun },
      on: { 'request.init': { target: 'initializing', actions: 'rememberRequest' } },
    },
    initializing: {
      invoke: {
        ...deciding,
        onDone: [
          { guard: 'wasAccepted', target: 'preparing', actions: ['beginTransfer', 'reportDone'] },
          { target: 'connected', actions: 'reportDone' },
        ],
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
            'request.bootstrap': { target: 'exchanging', actions: 'rememberRequest' },
            'request.rollback': waysOut['request.rollback'],
            'request.end': waysOut['request.end'],
          },
        },
        resting: {
          on: {
            // A pull's bootstrap may come again; a push's steps back in its flow, and that is refused.
            'request.bootstrap': { guard: 'isPull', target: 'exchanging', actions: 'rememberRequest' },
            'request.beforeTransfer': { guard: 'mayClear', target: 'exchanging', actions: 'rememberRequest' },
            'request.getMetadata': { target: 'exchanging', actions: 'rememberRequest' },
            'request.getSchemas': { target: 'exchanging', actions: 'rememberRequest' },
            'request.stepStart': {
              guard: 'isNoEarlierStage',
              target: '#lifecycle.transferring.starting',
              actions: ['rememberRequest', 'rememberStep'],
            },
            // Strapi's client ends an empty stage without having started it.
            'request.stepEnd': {
              guard: 'isNoEarlierStage',
              target: '#lifecycle.transferring.ending',
              actions: ['rememberRequest', 'rememberStep'],
            },
            ...waysOut,
          },
        },
        exchanging: {
          invoke: {
            ...deciding,
            onDone: [
              { guard: 'wasAccepted', target: 'resting', actions: ['rememberAction', 'reportDone'] },
              { guard: 'isOpen', target: 'resting', actions: 'reportDone' },
              { target: 'unopened', actions: 'reportDone' },
            ],
          },
        },
      },
    },
    transferring: {
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
      on: { ...questions },
      states: {
        starting: {
          entry: 'beginStage',
          invoke: {
            ...deciding,
            onDone: [
              { guard: 'wasAccepted', target: 'streaming', actions: 'reportDone' },
              { target: 'between', actions: 'reportDone' },
            ],
          },
        },
        streaming: {
          description: 'With lanes, batches overlap: they are counted, the state is not left for each.',
          on: {
            'request.stepStream': {
              guard: 'isOfCurrentStage',
              target: 'streaming',
              // Each batch of a pull begins the wait for the next one anew.
              reenter: true,
              actions: 'exchangeBeside',
            },
            'request.stepEnd': { guard: 'isOfCurrentStage', target: 'ending', actions: 'rememberRequest' },
            ...waysOut,
          },
          after: {
            batchTimeout: [
              { guard: 'batchIsOverdue', target: '#lifecycle.failed', actions: 'reportMissedBatch' },
              { guard: 'isPull', target: 'streaming', reenter: true },
            ],
          },
        },
        ending: {
          invoke: {
            ...deciding,
            onDone: { target: 'between', actions: ['endStage', 'reportDone'] },
          },
        },
        between: {
          meta: {
            refuses: {
              'request.stepStart': 'INVALID_STAGE',
              'request.stepStream': 'STAGE_CLOSED',
              'request.stepEnd': 'STAGE_ENDED',
            },
          },
          on: {
            'request.stepStart': {
              guard: 'isNoEarlierStage',
              target: 'starting',
              actions: ['rememberRequest', 'rememberStep'],
            },
            // A pull may end what it has not started.
            'request.stepEnd': {
              guard: 'isPull',
              target: 'ending',
              actions: ['rememberRequest', 'rememberStep'],
            },
            ...waysOut,
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
          invoke: {
            ...deciding,
            onDone: { target: 'settled', actions: ['complete', 'reportDone'] },
          },
        },
        settled: {
          description: 'Strapi’s client stops here in a pull: it sends no end.',
          on: {
            ...questions,
            'request.end': { target: 'leaving', actions: 'rememberRequest' },
          },
        },
        leaving: {
          invoke: {
            ...deciding,
            onDone: { target: '#lifecycle.ended', actions: 'reportDone' },
          },
        },
      },
    },
    ended: {
      description: 'The transfer is forgotten, its id with it; the connection may begin another.',
      entry: 'forgetTransfer',
      meta: { refuses: nothingBegun },
      on: { 'request.init': { target: 'initializing', actions: 'rememberRequest' } },
    },
    aborting: {
      invoke: {
        ...deciding,
        onDone: [
          { guard: 'wasAccepted', target: 'rolledBack', actions: ['rollBack', 'reportDone'] },
          { target: 'failed', actions: 'reportDone' },
        ],
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
        ...questions,
        'request.close': { target: 'closing', actions: 'rememberRequest' },
        'request.end': { target: 'closing.leaving', actions: 'rememberRequest' },
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
