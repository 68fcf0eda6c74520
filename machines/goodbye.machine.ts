import { assertEvent, assign, type DoneActorEvent, fromPromise, setup } from 'xstate';
import { queuesItsMessages, takesABarrier } from '../src/protocol/version.js';
import type { Fate, LifecycleContext } from './lifecycle.machine.js';
import { notProvided } from './not-provided.js';

/** How far a push had come when it was broken off. */
export interface PushProgress {
  readonly fate: Fate;
  /** Whether the server was asked to clear its content, and whether it said that it did. */
  readonly clearing: 'no' | 'asked' | 'done';
  /** The server has begun with the assets, and their `end` is not answered: it may be storing some. */
  readonly assetsAreOpen: boolean;
  /** `end` of the assets was asked: a Strapi deletes its uploads from before when it has stored all. */
  readonly assetsAreEnding: boolean;
  /** `close` was asked: the server may have committed. */
  readonly closeWasAsked: boolean;
}

/** What the lifecycle of a push knows of it, in any state, the failed one included. */
export function pushProgressOf(
  order: Pick<LifecycleContext, 'fate' | 'lastAction' | 'request' | 'stages'>,
): PushProgress {
  const { fate, lastAction, request, stages } = order;
  const wasAsked = request?.type === 'request.beforeTransfer' ? 'asked' : 'no';
  return {
    fate,
    clearing: lastAction === 'beforeTransfer' || Object.keys(stages).length > 0 ? 'done' : wasAsked,
    assetsAreOpen: stages.assets === 'asked',
    assetsAreEnding: stages.assets === 'asked' && request?.type === 'request.stepEnd',
    closeWasAsked: request?.type === 'request.close',
  };
}

/** What the goodbye depends on: the progress of the push, its connection, and the server. */
export interface GoodbyeInput {
  readonly progress: PushProgress;
  /** `lost`: it was closed; `silent`: the server was asked, and did not answer in time. */
  readonly connection: 'open' | 'lost' | 'silent';
  /** The server is Ferry's: it always undoes what was not committed. */
  readonly isFerry: boolean;
  /** What a Strapi says of itself. */
  readonly version?: unknown;
}

/** What stands at the destination after a push that did not complete. */
export type Stands =
  /** The server was not asked to change anything. */
  | 'untouched'
  /** The server has rolled back. */
  | 'asBefore'
  /** The server answers, and rolls back on its own: it did not say so. */
  | 'rollsBack'
  /** The server did not answer afterwards. */
  | 'silent'
  /** The server was asked to commit, and did not say whether it did. */
  | 'unknown'
  /** The server has committed. */
  | 'new';

/** The one actor whose answer moves a goodbye. */
export type GoodbyeEvent = DoneActorEvent<boolean, 'probe'>;

/** What stands at the destination. */
export type GoodbyeOutput = Stands;

/** What a goodbye knows. */
export interface GoodbyeContext extends GoodbyeInput {
  /** The server has answered the rollback. */
  readonly rolledBack: boolean;
  /** Whether the server answered after the goodbye; null where it was not asked. */
  readonly answers: boolean | null;
}

const bare = notProvided('goodbye', 'createRemoteDestination');

/**
 * How a push is broken off. A Strapi answers `end` of an asset before it has stored it: a rollback then takes the
 * transaction from under the upload, and the process ends. Which goodbye it survives depends on the stage and on its
 * version:
 *
 * - outside of the assets `rollback`, `close`, `end`;
 * - in the assets no `rollback`: what is on its way is answered first, then the socket is closed (from 5.53 on a Strapi
 *   stops the uploads then);
 * - earlier ones do not: from 5.49 on a message that waits behind the uploads is sent first (the barrier), before that a
 *   moment is waited.
 *
 * Provide `drain` (takes no more from the transfer and resolves when nothing is in flight), `bar` (resolves when the
 * barrier is answered), `rollBack` (rollback, close, end), `hangUp` (resolves when the socket is closed) and `probe`
 * (whether the server still answers).
 */
export const goodbyeMachine = setup({
  types: {
    context: {} as GoodbyeContext,
    input: {} as GoodbyeInput,
    events: {} as GoodbyeEvent,
    output: {} as GoodbyeOutput,
  },
  actors: {
    drain: fromPromise<void>(bare),
    bar: fromPromise<void>(bare),
    rollBack: fromPromise<void>(bare),
    hangUp: fromPromise<void>(bare),
    probe: fromPromise<boolean>(bare),
  },
  actions: {
    rememberRollback: assign({ rolledBack: true, answers: true }),
    rememberAnswer: assign(({ event }) => {
      assertEvent(event, 'xstate.done.actor.probe');
      return { answers: event.output };
    }),
    rememberSilence: assign({ answers: false }),
  },
  guards: {
    isOver: ({ context: { progress } }) => progress.fate !== 'begun',
    connectionIsSilent: ({ context }) => context.connection === 'silent',
    connectionIsLost: ({ context }) => context.connection === 'lost',
    uploadsMayRun: ({ context: { isFerry, progress } }) => !isFerry && progress.assetsAreOpen,
    stopsItsUploads: ({ context }) => queuesItsMessages(context.version),
    takesABarrier: ({ context }) => takesABarrier(context.version),
    // A server is unharmed before it clears its content, and a Ferry server outlives any client.
    needNotAsk: ({ context: { isFerry, progress } }) => isFerry || progress.clearing === 'no',
  },
  delays: {
    /** A server that stops its uploads by itself loses nothing when the wait is short. */
    drainTimeout: ({ context }) => (queuesItsMessages(context.version) ? 10_000 : 30_000),
    barrierTimeout: 60_000,
    uploadsTime: 1_000,
    /** A Strapi never answers if an asset failed while more of its messages were in flight. */
    rollbackTimeout: 8_000,
    probeTimeout: 10_000,
  },
}).createMachine({
  id: 'goodbye',
  context: ({ input }) => ({ ...input, rolledBack: false, answers: null }),
  output: ({ context }) => standsAfter(context),
  initial: 'choosing',
  states: {
    choosing: {
      always: [
        { guard: 'isOver', target: 'over' },
        { guard: 'connectionIsSilent', target: 'over', actions: 'rememberSilence' },
        { guard: 'connectionIsLost', target: 'asking' },
        { guard: 'uploadsMayRun', target: 'draining' },
        { target: 'rollingBack' },
      ],
    },
    draining: {
      invoke: {
        src: 'drain',
        onDone: [
          { guard: 'stopsItsUploads', target: 'hangingUp' },
          { guard: 'takesABarrier', target: 'barring' },
          { target: 'waiting' },
        ],
        onError: 'hangingUp',
      },
      after: { drainTimeout: 'hangingUp' },
    },
    barring: {
      invoke: { src: 'bar', onDone: 'hangingUp', onError: 'waiting' },
      after: { barrierTimeout: 'hangingUp' },
    },
    waiting: {
      description: 'No message waits behind the uploads of such a Strapi: they are given a moment.',
      after: { uploadsTime: 'hangingUp' },
    },
    rollingBack: {
      description:
        'A Strapi restores its settings only after rollback, close and end; a second rollback is never answered.',
      invoke: {
        src: 'rollBack',
        onDone: { target: 'over', actions: 'rememberRollback' },
        onError: 'hangingUp',
      },
      after: { rollbackTimeout: 'hangingUp' },
    },
    hangingUp: {
      description: 'A server that loses its client rolls back.',
      invoke: { src: 'hangUp', onDone: 'asking', onError: 'asking' },
    },
    asking: {
      always: { guard: 'needNotAsk', target: 'over' },
      invoke: {
        id: 'probe',
        src: 'probe',
        onDone: { target: 'over', actions: 'rememberAnswer' },
        onError: { target: 'over', actions: 'rememberSilence' },
      },
      after: { probeTimeout: { target: 'over', actions: 'rememberSilence' } },
    },
    over: { type: 'final' },
  },
});

function standsAfter({ progress, rolledBack, answers }: GoodbyeContext): Stands {
  if (progress.fate === 'completed') return 'new';
  if (progress.fate === 'none' || progress.clearing === 'no') return 'untouched';
  if (rolledBack || progress.fate === 'rolledBack') return 'asBefore';
  if (progress.closeWasAsked) return 'unknown';
  return answers === false ? 'silent' : 'rollsBack';
}
