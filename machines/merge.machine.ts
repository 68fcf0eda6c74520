import { assertEvent, assign, enqueueActions, fromPromise, type PromiseActorLogic, setup } from 'xstate';
import { failureOf } from './failure.js';
import { abortOf, inPhase, ofPull, unverified } from './merge-failures.js';
import type {
  MergeContext,
  MergeEmitted,
  MergeEvent,
  MergeInput,
  MergeMove,
  MergeOutput,
  MergeTag,
  MoveLogic,
  MoveOutcome,
  PlannedMerge,
} from './merge-types.js';
import { notProvided } from './not-provided.js';

export type * from './merge-types.js';

const bare = notProvided('merge', 'createMerge');

/**
 * A merge: both ends are read and compared, what would change is planned and confirmed, then it is carried out.
 *
 * Nothing is open at the destination before the plan is confirmed: an open push of a Strapi keeps its database locked.
 *
 * Provide `checkEnds` (rejects where an end cannot be used), `move` (one transfer, see {@link MergeMove}), `choose` (what comes of the source),
 * `compare` (matches that with what stands), `plan` (what is added, replaced, kept and lost; rejects where that is refused), `confirm` (whether it is wanted), `probe`
 * (asks a server that was not tried what it would delete; rejects where that is too much), `verify` (rejects where what stands is
 * not what was planned) and `closeEnds`.
 */
export const mergeMachine = setup({
  types: {
    context: {} as MergeContext,
    input: {} as MergeInput,
    events: {} as MergeEvent,
    tags: {} as MergeTag,
    emitted: {} as MergeEmitted,
    output: {} as MergeOutput,
  },
  actors: {
    move: fromPromise<MoveOutcome, MergeMove>(bare) as MoveLogic | PromiseActorLogic<MoveOutcome, MergeMove>,
    checkEnds: fromPromise<void>(bare),
    choose: fromPromise<void>(bare),
    compare: fromPromise<void>(bare),
    plan: fromPromise<PlannedMerge>(bare),
    confirm: fromPromise<boolean>(bare),
    probe: fromPromise<void>(bare),
    verify: fromPromise<void>(bare),
    closeEnds: fromPromise<void>(bare),
  },
  actions: {
    rememberPlan: enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'xstate.done.actor.plan');
      const { counts, phases, verifies, fetches } = event.output;
      enqueue.assign({ counts, phases, verifies, fetches });
      enqueue.emit({ type: 'merge.planned', counts, phases });
    }),
    nextPhase: assign(({ context }) => ({ phase: context.phase + 1 })),
    rememberFailure: assign(({ event, context }) => ({ failure: context.failure ?? failureOf(event) })),
    rememberMoveFailure: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.move');
      return { failure: context.failure ?? inPhase(event.output.failure, context) };
    }),
    /** What stands in the folder that it went into concerns no user. */
    rememberPullFailure: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.move');
      return { failure: context.failure ?? inPhase(ofPull(event.output.failure), context) };
    }),
    rememberUnverified: assign(({ event, context }) => ({
      failure: context.failure ?? unverified(failureOf(event)),
    })),
    rememberPullUnverified: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.move');
      return { failure: context.failure ?? unverified(ofPull(event.output.failure)) };
    }),
    askToAbort: assign(({ event }) => {
      assertEvent(event, 'abort');
      return { abortIsAsked: abortOf(event) };
    }),
    rememberRefusal: assign(({ context }) => ({
      failure: context.failure ?? {
        code: 'ABORTED' as const,
        details: { when: 'at the question', because: 'nothing was changed' },
      },
    })),
    rememberAbort: assign(({ event, context }) => ({
      failure: context.failure ?? abortOf(event),
    })),
    rememberWish: assign(({ context }) => ({
      failure: context.failure ?? inPhase(context.abortIsAsked, context),
    })),
    /** It ended before the next phase. */
    rememberWishAfterPhase: assign(({ context }) => ({
      phase: context.phase + 1,
      failure: context.failure ?? inPhase(context.abortIsAsked, { ...context, phase: context.phase + 1 }),
    })),
    /** A transfer that is aborted undoes what it began, and says what it could not undo. */
    abortMove: enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'abort');
      enqueue.assign({ abortIsAsked: abortOf(event) });
      enqueue.sendTo('move', event);
    }),
  },
  guards: {
    moveFailed: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.move');
      return event.output.failure !== null;
    },
    abortIsAsked: ({ context }) => context.abortIsAsked !== null,
    pullsSource: ({ context }) => context.pulls.source,
    pullsDestination: ({ context }) => context.pulls.destination,
    changesNothing: ({ event, context: { dryRun } }) => {
      assertEvent(event, 'xstate.done.actor.plan');
      return dryRun || event.output.phases === 0;
    },
    isConfirmedWithFiles: ({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.confirm');
      return event.output && context.fetches;
    },
    isConfirmed: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.confirm');
      return event.output;
    },
    /** A person may have thought about it: what stands is read again, where the server does not look itself. */
    isConfirmedLongAfter: ({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.confirm');
      return event.output && context.verifies;
    },
    looksAgain: ({ context }) => context.verifies,
    hasMorePhases: ({ context: { phase, phases } }) => phase + 1 < phases,
    /** After the last phase an abort comes too late. */
    endsEarly: ({ context: { abortIsAsked, phase, phases } }) => abortIsAsked !== null && phase + 1 < phases,
    verifies: ({ context }) => context.verifies && context.abortIsAsked === null,
    wasAborted: ({ context }) => context.failure?.code === 'ABORTED',
    hasFailed: ({ context }) => context.failure !== null,
  },
  delays: {
    closeTimeout: 10_000,
  },
}).createMachine({
  id: 'merge',
  context: ({ input: { pulls, dryRun } }) => ({
    pulls,
    dryRun: dryRun ?? false,
    verifies: false,
    fetches: false,
    counts: null,
    phases: 0,
    phase: 0,
    abortIsAsked: null,
    failure: null,
  }),
  output: ({ context: { counts, failure, verifies, abortIsAsked } }) =>
    failure === null
      ? { outcome: 'completed', failure, counts, isUnverified: verifies && abortIsAsked !== null }
      : { outcome: failure.code === 'ABORTED' ? 'aborted' : 'failed', failure, counts },
  initial: 'checking',
  on: { abort: { target: '.closing', actions: 'rememberAbort' } },
  states: {
    checking: {
      description: 'What cannot be read or written is found before anything is pulled.',
      invoke: {
        src: 'checkEnds',
        onDone: 'reading',
        onError: { target: 'closing', actions: 'rememberFailure' },
      },
    },
    reading: {
      initial: 'beginning',
      states: {
        beginning: { always: [{ guard: 'pullsSource', target: 'source' }, { target: 'choosing' }] },
        source: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: { part: 'source', phase: 0 },
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberPullFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: 'choosing' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
        choosing: {
          description:
            'What comes is chosen first: a server that can is asked for what that concerns, and for no more.',
          invoke: {
            id: 'choose',
            src: 'choose',
            onDone: [{ guard: 'pullsDestination', target: 'destination' }, { target: '#merge.comparing' }],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
        destination: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: { part: 'destination', phase: 0 },
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberPullFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: '#merge.comparing' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
      },
    },
    comparing: {
      description: 'The documents that come are matched with those that stand.',
      invoke: {
        id: 'compare',
        src: 'compare',
        onDone: 'planning',
        onError: { target: 'closing', actions: 'rememberFailure' },
      },
    },
    planning: {
      invoke: {
        id: 'plan',
        src: 'plan',
        onDone: [
          { guard: 'changesNothing', target: 'closing', actions: 'rememberPlan' },
          { target: 'confirming', actions: 'rememberPlan' },
        ],
        onError: { target: 'closing', actions: 'rememberFailure' },
      },
    },
    confirming: {
      description: 'No connection is open: an open push of a Strapi keeps its database locked.',
      invoke: {
        id: 'confirm',
        src: 'confirm',
        onDone: [
          { guard: 'isConfirmedWithFiles', target: 'fetching' },
          { guard: 'isConfirmedLongAfter', target: 'probing' },
          { guard: 'isConfirmed', target: 'applying.moving' },
          { target: 'closing', actions: 'rememberRefusal' },
        ],
        onError: { target: 'closing', actions: 'rememberFailure' },
      },
    },
    fetching: {
      description: 'A server is asked for files once it is known which of them come.',
      tags: 'moving',
      on: { abort: { actions: 'abortMove' } },
      invoke: {
        id: 'move',
        src: 'move',
        input: { part: 'files', phase: 0 },
        onDone: [
          { guard: 'moveFailed', target: 'closing', actions: 'rememberPullFailure' },
          { guard: 'abortIsAsked', target: 'closing', actions: 'rememberWish' },
          { guard: 'looksAgain', target: 'probing' },
          { target: 'applying.moving' },
        ],
        onError: { target: 'closing', actions: 'rememberFailure' },
      },
    },
    probing: {
      description: 'An abort waits for the goodbye: the server undoes what the question began.',
      on: { abort: { actions: 'askToAbort' } },
      invoke: {
        src: 'probe',
        onDone: [
          { guard: 'abortIsAsked', target: 'closing', actions: 'rememberWish' },
          { target: 'applying.rereading' },
        ],
        onError: [
          { guard: 'abortIsAsked', target: 'closing', actions: 'rememberWish' },
          { target: 'closing', actions: 'rememberFailure' },
        ],
      },
    },
    applying: {
      description:
        'One transfer after another. A destination that cannot look itself is read again before each of them.',
      initial: 'moving',
      states: {
        moving: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: ({ context }) => ({ part: 'changes', phase: context.phase }),
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberMoveFailure' },
              { guard: 'endsEarly', target: '#merge.closing', actions: 'rememberWishAfterPhase' },
              { guard: 'hasMorePhases', target: 'rereading', actions: 'nextPhase' },
              { target: '#merge.verifying' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
        rereading: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: ({ context }) => ({ part: 'destination', phase: context.phase }),
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberPullFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: 'moving' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
      },
    },
    verifying: {
      description: 'All is done: an abort ends this, and completes the merge.',
      initial: 'choosing',
      states: {
        choosing: { always: [{ guard: 'verifies', target: 'rereading' }, { target: '#merge.closing' }] },
        rereading: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: ({ context }) => ({ part: 'destination', phase: context.phase + 1 }),
            onDone: [
              { guard: 'abortIsAsked', target: '#merge.closing' },
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberPullUnverified' },
              { target: 'comparing' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberUnverified' },
          },
        },
        comparing: {
          on: { abort: { target: '#merge.closing', actions: 'askToAbort' } },
          invoke: {
            src: 'verify',
            onDone: '#merge.closing',
            onError: { target: '#merge.closing', actions: 'rememberUnverified' },
          },
        },
      },
    },
    closing: {
      on: { abort: undefined },
      invoke: { src: 'closeEnds', onDone: 'over', onError: 'over' },
      after: { closeTimeout: 'over' },
    },
    over: {
      always: [
        { guard: 'wasAborted', target: 'aborted' },
        { guard: 'hasFailed', target: 'failed' },
        { target: 'completed' },
      ],
    },
    completed: { type: 'final' },
    failed: { type: 'final' },
    aborted: { type: 'final' },
  },
});
