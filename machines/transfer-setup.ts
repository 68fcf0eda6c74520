import {
  type ActorLogic,
  type AnyActorRef,
  assertEvent,
  assign,
  type DoneActorEvent,
  type EmittedFrom,
  type EventFrom,
  type EventObject,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  type InputFrom,
  type SnapshotFrom,
  setup,
} from 'xstate';
import type { Stage, Step } from '../src/protocol/content.js';
import type { ErrorDetails } from '../src/protocol/errors.js';
import type { TypeChoice } from '../src/protocol/type-choice.js';
import { type Failure, failureOf } from './failure.js';
import type { Comparison, SourceFinding } from './findings.js';
import { notProvided } from './not-provided.js';
import type { RemoteInput, RemoteNotice, remoteMachine } from './remote.machine.js';
import { type ReportedCounts, withReport } from './reported-counts.js';
import {
  noCounts,
  type StageCounts,
  type StageMoved,
  type StageOutput,
  stageMachine,
} from './stage.machine.js';

/** What a transfer is given; see `prepareTransfer`. */
export interface TransferInput {
  /** Input of the `source` and `destination` actors where they are servers, null where not; `report` is added. */
  readonly source: Omit<RemoteInput, 'report'> | null;
  readonly destination: Omit<RemoteInput, 'report'> | null;
  /** The stages that move, in any order; the chart walks them in the protocol's. */
  readonly steps: readonly Step[];
  /** The content types that move. @defaultValue all */
  readonly types?: TypeChoice | undefined;
  /** Milliseconds of rest after each item. @defaultValue 0, none */
  readonly throttle?: number | undefined;
  /** What a server reports, a warning or an error, ends the transfer before it is committed. @defaultValue false */
  readonly strict?: boolean | undefined;
}

/** What a user may send to a transfer. */
export type TransferCommand =
  /** Ends it; `by` completes "was aborted". */
  | { type: 'abort'; by?: string }
  /** Rest before the next stage, until `resume`. */
  | { type: 'pause' }
  | { type: 'resume' }
  /** Cuts the sockets to its servers, as a dead line would: to see what happens. */
  | { type: 'connection.cut' };

/** What moves a transfer: what users send, and what comes from its own actors. */
export type TransferEvent =
  | TransferCommand
  | RemoteNotice
  | StageMoved
  /** An end is gone: the `source` and `destination` actors report it even if no request waits. */
  | { type: 'end.lost'; failure: Failure };

/** What a transfer tells on its way: give these names to `actor.on`. */
export type TransferEmitted =
  | RemoteNotice
  /** A look through the source found something, before the destination is cleared. */
  | { type: 'content.doubted'; text: string }
  | { type: 'stage.started'; step: Stage }
  | StageMoved
  | { type: 'stage.completed'; step: Stage; counts: StageCounts };

/** How a transfer ended, what it moved, and why it failed where it did. */
export type TransferOutput = TransferEnding & {
  readonly counts: Readonly<Partial<Record<Step, StageCounts>>>;
  readonly reported: ReportedCounts;
};

/** Whether a transfer moved everything, and why not. */
export type TransferEnding =
  | { readonly outcome: 'completed'; readonly failure: null }
  | { readonly outcome: 'failed' | 'aborted'; readonly failure: Failure };

/** What a transfer knows: counts and failures, never a row or a token. */
export interface TransferContext {
  readonly ends: Pick<TransferInput, 'source' | 'destination'>;
  readonly steps: readonly Step[];
  readonly types: TypeChoice;
  readonly throttle: number;
  readonly strict: boolean;
  readonly reported: ReportedCounts;
  readonly differences: number;
  readonly counts: Readonly<Partial<Record<Step, StageCounts>>>;
  readonly pauseIsAsked: boolean;
  readonly failure: Failure | null;
}

/** How XState tells of the transfer's own actors, as far as anything follows from what they say. */
export type TransferActorEvent =
  | DoneActorEvent<Comparison, 'compareSchemas'>
  | DoneActorEvent<number, 'handOverSchemas'>
  | DoneActorEvent<StageOutput, 'stage'>
  | DoneActorEvent<readonly SourceFinding[] | undefined, 'checkSource'>
  | DoneActorEvent<ErrorDetails, 'describeReports'>
  | DoneActorEvent<Failure['details'] | undefined, 'rollBack'>;

/** Tags by which other code asks about a state. */
export type TransferTag = 'paused';

type RemoteChart = typeof remoteMachine;

/** The chart `remote` by a name of its own: a declaration of the transfer's chart would spell it out four times. */
export interface RemoteLogic
  extends ActorLogic<
    SnapshotFrom<RemoteChart>,
    EventFrom<RemoteChart>,
    InputFrom<RemoteChart>,
    AnyActorRef['system'],
    EmittedFrom<RemoteChart>
  > {}

/** What an end runs: a server the chart `remote`, any other end nothing. */
type EndLogic = RemoteLogic | typeof noConnection;

export const noConnection = fromCallback<EventObject, { readonly report: AnyActorRef }>(() => {});

const bare = notProvided('transfer', 'prepareTransfer');

export const transferSetup = setup({
  types: {
    context: {} as TransferContext,
    input: {} as TransferInput,
    events: {} as TransferEvent | TransferActorEvent,
    tags: {} as TransferTag,
    emitted: {} as TransferEmitted,
    output: {} as TransferOutput,
  },
  actors: {
    source: noConnection as EndLogic,
    destination: noConnection as EndLogic,
    openEnds: fromPromise<void>(bare),
    compareSchemas: fromPromise<Comparison>(bare),
    checkSource: fromPromise<readonly SourceFinding[]>(bare),
    describeReports: fromPromise<ErrorDetails, ReportedCounts>(bare),
    prepareDestination: fromPromise<void>(bare),
    handOverSchemas: fromPromise<number>(bare),
    stage: stageMachine,
    commit: fromPromise<void>(bare),
    rollBack: fromPromise<Failure['details'] | undefined>(bare),
    closeEnds: fromPromise<void, { readonly completed: boolean }>(bare),
  },
  actions: {
    emitStageStarted: emit((_, { step }: { step: Stage }) => ({ type: 'stage.started' as const, step })),
    emitSchemas: emit(({ event }) => {
      assertEvent(event, 'xstate.done.actor.handOverSchemas');
      const counts = { ...noCounts, items: event.output };
      return { type: 'stage.completed' as const, step: 'schemas' as const, counts };
    }),
    emitFindings: enqueueActions(({ event, enqueue }) => {
      assertEvent(event, 'xstate.done.actor.checkSource');
      for (const { text } of event.output ?? []) enqueue.emit({ type: 'content.doubted', text });
    }),
    emitProgress: emit(({ event }) => {
      assertEvent(event, 'stage.moved');
      return event;
    }),
    emitNotice: emit(({ event }) => {
      assertEvent(event, ['diagnostic.*', 'request.retried']);
      return event;
    }),
    countReport: assign(({ event, context }) => ({
      reported: withReport(context.reported, event, context.types),
    })),
    /** Provided by the caller, to keep the words: the chart only counts the reports. */
    keepReport: enqueueActions(() => {}),
    rememberProgress: assign(({ event, context }) =>
      event.type === 'stage.moved' ? { counts: { ...context.counts, [event.step]: event.counts } } : {},
    ),
    completeStage: enqueueActions(({ event, context, enqueue }) => {
      assertEvent(event, 'xstate.done.actor.stage');
      const { step, counts } = event.output;
      enqueue.assign({ counts: { ...context.counts, [step]: counts } });
      enqueue.emit({ type: 'stage.completed', step, counts });
    }),
    rememberComparison: assign(({ event }) => {
      assertEvent(event, 'xstate.done.actor.compareSchemas');
      return { differences: event.output.differences };
    }),
    rememberMismatch: assign(({ event }) => {
      assertEvent(event, 'xstate.done.actor.compareSchemas');
      return { failure: { code: 'SCHEMA_MISMATCH' as const, details: { differences: event.output.listed } } };
    }),
    rememberReports: assign(({ event, context: { reported } }) => {
      assertEvent(event, 'xstate.done.actor.describeReports');
      const code = reported.unreadTypes > 0 ? ('SOURCE_INCOMPLETE' as const) : ('SERVER_REPORTED' as const);
      return { failure: { code, details: { ...reported, ...event.output } } };
    }),
    // Keep the first failure: later ones come from cleaning up after it.
    rememberFailure: assign(({ event, context }) => ({ failure: context.failure ?? failureOf(event) })),
    rememberStageFailure: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.stage');
      return { failure: context.failure ?? event.output.failure };
    }),
    rememberLoss: assign(({ event, context }) =>
      event.type === 'end.lost' ? { failure: context.failure ?? event.failure } : {},
    ),
    rememberAbort: assign(({ event, context }) => ({
      failure: context.failure ?? {
        code: 'ABORTED' as const,
        details: event.type === 'abort' && event.by !== undefined ? { by: event.by } : {},
      },
    })),
    rememberPause: assign({ pauseIsAsked: true }),
    forgetPause: assign({ pauseIsAsked: false }),
    cutConnections: enqueueActions(({ context, enqueue }) => {
      for (const end of remoteEndsOf(context)) enqueue.sendTo(end, { type: 'connection.cut' });
    }),
    rememberLeftovers: assign(({ event, context }) => {
      assertEvent(event, 'xstate.done.actor.rollBack');
      const { failure } = context;
      if (event.output === undefined || failure === null) return {};
      return { failure: { ...failure, details: { ...failure.details, ...event.output } } };
    }),
  },
  guards: {
    isLeftOut: ({ context }, { step }: { step: Step }) => !context.steps.includes(step),
    stageFailed: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.stage');
      return event.output.failure !== null;
    },
    mayGoOn: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.compareSchemas');
      return event.output.differences === 0 || event.output.ignored;
    },
    wasAborted: ({ context }) => context.failure?.code === 'ABORTED',
    hasFailed: ({ context }) => context.failure !== null,
    isToPause: ({ context }) => context.pauseIsAsked,
    // A transfer of only part of the rows is no success, with or without `strict`.
    isObjectionable: ({ context: { strict, reported } }) =>
      reported.unreadTypes > 0 || (strict && reported.warnings + reported.errors > 0),
    hasRemoteEnd: ({ context }) => remoteEndsOf(context).length > 0,
  },
  delays: {
    /** A polite rollback may wait for a busy disk, but not for ever; a server's goodbye knows how long each part takes. */
    rollbackTimeout: ({ context: { ends } }) => (ends.destination === null ? 10_000 : 120_000),
    closeTimeout: 5_000,
  },
});

function remoteEndsOf({ ends }: TransferContext): readonly ('source' | 'destination')[] {
  return (['source', 'destination'] as const).filter((end) => ends[end] !== null);
}
