import {
  type ActorLogic,
  type AnyActorRef,
  assertEvent,
  assign,
  type DoneActorEvent,
  type EventObject,
  enqueueActions,
  fromPromise,
  type PromiseActorLogic,
  type Snapshot,
  setup,
} from 'xstate';
import { type Failure, failureOf } from './failure.js';
import { notProvided } from './not-provided.js';

/** Which transfer of a merge runs: a pull of an end that is a server, or what comes. */
export interface MergeMove {
  readonly part: 'source' | 'destination' | 'changes';
  /** Of the changes: a Strapi takes files first, then documents. Counts from 0. */
  readonly phase: number;
}

/** How a transfer of a merge ended. */
export interface MoveOutcome {
  readonly failure: Failure | null;
}

/** Runs one transfer of a merge. It takes `abort`, and ends when it has undone what it began. */
export interface MoveLogic
  extends ActorLogic<Snapshot<MoveOutcome>, MergeCommand, MergeMove, AnyActorRef['system'], EventObject> {}

/** What a merge will do, in numbers of documents. */
export interface MergeCounts {
  readonly add: number;
  readonly replace: number;
  readonly keep: number;
  /** Rows of replaced documents that the source does not have. */
  readonly deletedRows: number;
  /** Links of rows that stay, which are removed. */
  readonly lostLinks: number;
  readonly files: number;
}

/** What the planning has found. */
export interface PlannedMerge {
  readonly counts: MergeCounts;
  /** How many transfers carry it out; 0 where nothing changes. */
  readonly phases: number;
  /** What stands afterwards is to be read again, and held against the plan. */
  readonly verifies: boolean;
}

/** What a merge is given; see `createMerge`. */
export interface MergeInput {
  /** Ends that are pulled into a folder first, since a server gives its rows once. */
  readonly pulls: { readonly source: boolean; readonly destination: boolean };
  /** The plan is made, and nothing is changed. @defaultValue false */
  readonly dryRun?: boolean | undefined;
}

/** What a user may send to a merge. */
export type MergeCommand =
  /** Ends it; `by` completes "was aborted". */
  { type: 'abort'; by?: string };

/** How XState tells of the merge's own actors. */
export type MergeActorEvent =
  | DoneActorEvent<MoveOutcome, 'move'>
  | DoneActorEvent<PlannedMerge, 'plan'>
  | DoneActorEvent<boolean, 'confirm'>;

/** What moves a merge. */
export type MergeEvent = MergeCommand | MergeActorEvent;

/** What a merge tells on its way: give these names to `actor.on`. */
export type MergeEmitted = { type: 'merge.planned'; counts: MergeCounts; phases: number };

/** How a merge ended. */
export type MergeOutput =
  | { readonly outcome: 'completed'; readonly failure: null; readonly counts: MergeCounts | null }
  | {
      readonly outcome: 'failed' | 'aborted';
      readonly failure: Failure;
      readonly counts: MergeCounts | null;
    };

/** What a merge knows: numbers and failures, never a row or a token. */
export interface MergeContext {
  readonly pulls: MergeInput['pulls'];
  readonly dryRun: boolean;
  readonly verifies: boolean;
  readonly counts: MergeCounts | null;
  readonly phases: number;
  readonly phase: number;
  /** A user wants it to end; null where none does. */
  readonly abortIsAsked: Failure | null;
  readonly failure: Failure | null;
}

/** Tags by which other code asks about a state. */
export type MergeTag = 'moving';

const bare = notProvided('merge', 'createMerge');

/**
 * A merge: both ends are read and compared, what would change is planned and confirmed, then it is carried out.
 *
 * Nothing is open at the destination before the plan is confirmed: an open push of a Strapi keeps its database locked.
 *
 * Provide `checkEnds` (rejects where an end cannot be used), `move` (one transfer, see {@link MergeMove}), `compare` (chooses what comes, and matches it with what stands),
 * `plan` (what is added, replaced, kept and lost; rejects where that is refused), `confirm` (whether it is wanted), `verify`
 * (rejects where what stands is not what was planned) and `closeEnds`.
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
    compare: fromPromise<void>(bare),
    plan: fromPromise<PlannedMerge>(bare),
    confirm: fromPromise<boolean>(bare),
    verify: fromPromise<void>(bare),
    closeEnds: fromPromise<void>(bare),
  },
  actions: {
    rememberPlan: enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'xstate.done.actor.plan');
      const { counts, phases, verifies } = event.output;
      enqueue.assign({ counts, phases, verifies });
      enqueue.emit({ type: 'merge.planned', counts, phases });
    }),
    nextPhase: assign(({ context }) => ({ phase: context.phase + 1 })),
    rememberFailure: assign(({ event, context }) => ({ failure: context.failure ?? failureOf(event) })),
    rememberMoveFailure: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.move');
      return { failure: context.failure ?? event.output.failure };
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
    rememberWish: assign(({ context }) => ({ failure: context.failure ?? context.abortIsAsked })),
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
    isConfirmed: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.confirm');
      return event.output;
    },
    /** A person may have thought about it: what stands is read again, where the server does not look itself. */
    isConfirmedLongAfter: ({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.confirm');
      return event.output && context.verifies;
    },
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
    counts: null,
    phases: 0,
    phase: 0,
    abortIsAsked: null,
    failure: null,
  }),
  output: ({ context: { counts, failure } }) =>
    failure === null
      ? { outcome: 'completed', failure, counts }
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
      initial: 'choosing',
      states: {
        choosing: { always: [{ guard: 'pullsSource', target: 'source' }, { target: 'chosen' }] },
        source: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: { part: 'source', phase: 0 },
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberMoveFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: 'chosen' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
        chosen: {
          always: [{ guard: 'pullsDestination', target: 'destination' }, { target: '#merge.comparing' }],
        },
        destination: {
          tags: 'moving',
          on: { abort: { actions: 'abortMove' } },
          invoke: {
            id: 'move',
            src: 'move',
            input: { part: 'destination', phase: 0 },
            onDone: [
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberMoveFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: '#merge.comparing' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
      },
    },
    comparing: {
      description: 'What comes is chosen, and its documents are matched with those that stand.',
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
          { guard: 'isConfirmedLongAfter', target: 'applying.rereading' },
          { guard: 'isConfirmed', target: 'applying.moving' },
          { target: 'closing', actions: 'rememberRefusal' },
        ],
        onError: { target: 'closing', actions: 'rememberFailure' },
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
              { guard: 'endsEarly', target: '#merge.closing', actions: 'rememberWish' },
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
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberMoveFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: 'moving' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
      },
    },
    verifying: {
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
              { guard: 'moveFailed', target: '#merge.closing', actions: 'rememberMoveFailure' },
              { guard: 'abortIsAsked', target: '#merge.closing', actions: 'rememberWish' },
              { target: 'comparing' },
            ],
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
          },
        },
        comparing: {
          invoke: {
            src: 'verify',
            onDone: '#merge.closing',
            onError: { target: '#merge.closing', actions: 'rememberFailure' },
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

function abortOf(event: EventObject & { readonly by?: string }): Failure {
  return { code: 'ABORTED', details: event.by === undefined ? {} : { by: event.by } };
}
