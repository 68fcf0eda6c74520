import {
  type AnyActorRef,
  assign,
  type DoneActorEvent,
  emit,
  enqueueActions,
  fromCallback,
  fromPromise,
  setup,
} from 'xstate';
import type { Stage, Step } from '../src/protocol/content.js';
import type { ErrorDetails } from '../src/protocol/errors.js';
import type { TypeChoice } from '../src/protocol/type-choice.js';
import { type Failure, failureOf } from './failure.js';
import type { Comparison, Found } from './found.js';
import type { RemoteNotice } from './remote.machine.js';
import { noReports, type ReportedCounts, withReport } from './reported.js';
import {
  noCounts,
  type StageCounts,
  type StageMoved,
  type StageOutput,
  stageMachine,
} from './stage.machine.js';
import { restBefore, stageOf } from './transfer-stages.js';

/** What a transfer is given; see `prepareTransfer`. */
export interface TransferInput {
  /** Input of the `source` and `destination` actors; `report` is added. */
  readonly source: Readonly<Record<string, unknown>>;
  readonly destination: Readonly<Record<string, unknown>>;
  /** The stages that move, in any order; the chart walks them in the protocol's. */
  readonly steps: readonly Step[];
  /** The content types that move. @defaultValue all */
  readonly types?: TypeChoice;
  /** Milliseconds of rest after each item. @defaultValue 0, none */
  readonly throttle?: number;
  /** What a server reports, a warning or an error, ends the transfer before it is committed. @defaultValue false */
  readonly strict?: boolean;
}

/** What moves a transfer. `abort`, `pause`, `resume` and `connection.cut` are for users; the rest comes from its own actors. */
export type TransferEvent =
  | RemoteNotice
  | StageMoved
  /** An end is gone, whoever was waiting for it: told by the `source` and `destination` actors. */
  | { type: 'end.lost'; failure: Failure }
  | { type: 'abort'; by?: string }
  /** Rest before the next stage, until `resume`. */
  | { type: 'pause' }
  | { type: 'resume' }
  /** As if the lines to its servers were cut: to see what happens. */
  | { type: 'connection.cut' };

/** What a transfer tells on its way: give these names to `actor.on`. */
export type TransferEmitted =
  | RemoteNotice
  /** A look through the source found something, before the destination is cleared. */
  | { type: 'content.doubted'; text: string }
  | { type: 'stage.started'; step: Stage }
  | StageMoved
  | { type: 'stage.completed'; step: Stage; counts: StageCounts };

/** How a transfer ended, what it moved, and why it failed where it did. */
export interface TransferOutput {
  readonly outcome: 'completed' | 'failed' | 'aborted';
  readonly counts: Readonly<Partial<Record<Step, StageCounts>>>;
  readonly failure: Failure | null;
  readonly reported: ReportedCounts;
}

export interface TransferContext {
  readonly ends: Pick<TransferInput, 'source' | 'destination'>;
  readonly steps: readonly Step[];
  readonly types: TypeChoice;
  readonly throttle: number;
  readonly strict: boolean;
  readonly reported: ReportedCounts;
  readonly differences: number;
  readonly counts: Readonly<Partial<Record<Step, StageCounts>>>;
  /** It is to rest before what comes next. */
  readonly pauseIsAsked: boolean;
  readonly failure: Failure | null;
}

type EndInput = Readonly<Record<string, unknown>> & { readonly report: AnyActorRef };

const nothingProvided = () => Promise.reject(new Error('provide the actors of this transfer'));

/**
 * A whole transfer: any source to any destination, stage by stage.
 *
 * Provide `source` and `destination` (run as long as the transfer: the charts of remote ends, or nothing to see for
 * a folder), the promises named after what they do, and `stage`, the stage machine with its own actors. What servers
 * report is counted here; its words go to the action `keepReport`.
 */
export const transferMachine = setup({
  types: {
    context: {} as TransferContext,
    input: {} as TransferInput,
    events: {} as TransferEvent,
    emitted: {} as TransferEmitted,
    output: {} as TransferOutput,
  },
  actors: {
    source: fromCallback<{ type: 'none' }, EndInput>(() => {}),
    destination: fromCallback<{ type: 'none' }, EndInput>(() => {}),
    openEnds: fromPromise<void>(nothingProvided),
    compareSchemas: fromPromise<Comparison>(nothingProvided),
    checkSource: fromPromise<readonly Found[]>(nothingProvided),
    describeReports: fromPromise<ErrorDetails, ReportedCounts>(nothingProvided),
    prepareDestination: fromPromise<void>(nothingProvided),
    handOverSchemas: fromPromise<number>(nothingProvided),
    stage: stageMachine,
    commit: fromPromise<void>(nothingProvided),
    rollBack: fromPromise<Failure['details'] | undefined>(nothingProvided),
    closeEnds: fromPromise<void, { readonly completed: boolean }>(nothingProvided),
  },
  actions: {
    // What is left out is entered all the same, and left at once.
    tellStageStarted: enqueueActions(({ context, enqueue }, { step }: { step: Stage }) => {
      if (step === 'schemas' || context.steps.includes(step)) enqueue.emit({ type: 'stage.started', step });
    }),
    tellSchemas: emit(({ event }) => ({
      type: 'stage.completed' as const,
      step: 'schemas' as const,
      counts: { ...noCounts, items: (event as unknown as DoneActorEvent<number>).output },
    })),
    tellFindings: enqueueActions(({ event, enqueue }) => {
      const found = (event as unknown as DoneActorEvent<readonly Found[] | undefined>).output;
      for (const { text } of found ?? []) enqueue.emit({ type: 'content.doubted', text });
    }),
    tellProgress: emit(({ event }) => event as StageMoved),
    tellNotice: emit(({ event }) => event as RemoteNotice),
    countReport: assign(({ event, context }) => ({
      reported: withReport(context.reported, event, context.types),
    })),
    /** Provided, for the words: here they are only counted. */
    keepReport: enqueueActions(() => {}),
    rememberProgress: assign(({ event, context }) =>
      event.type === 'stage.moved' ? { counts: { ...context.counts, [event.step]: event.counts } } : {},
    ),
    rememberStage: assign(({ event, context }) => {
      const { step, counts } = (event as unknown as DoneActorEvent<StageOutput>).output;
      return { counts: { ...context.counts, [step]: counts } };
    }),
    tellStageCompleted: emit(({ event }) => {
      const { step, counts } = (event as unknown as DoneActorEvent<StageOutput>).output;
      return { type: 'stage.completed' as const, step, counts };
    }),
    rememberComparison: assign(({ event }) => ({
      differences: (event as unknown as DoneActorEvent<Comparison>).output.differences,
    })),
    rememberMismatch: assign(({ event }) => ({
      failure: {
        code: 'SCHEMA_MISMATCH' as const,
        details: { differences: (event as unknown as DoneActorEvent<Comparison>).output.listed },
      },
    })),
    rememberReports: assign(({ event, context: { reported } }) => ({
      failure: {
        code: reported.unreadTypes > 0 ? ('SOURCE_INCOMPLETE' as const) : ('SERVER_REPORTED' as const),
        details: { ...reported, ...(event as unknown as DoneActorEvent<ErrorDetails>).output },
      },
    })),
    // The first failure is the reason; what fails while cleaning up after it is not.
    rememberFailure: assign(({ event, context }) => ({ failure: context.failure ?? failureOf(event) })),
    rememberStageFailure: assign(({ event, context }) => ({
      failure: context.failure ?? (event as unknown as DoneActorEvent<StageOutput>).output.failure,
    })),
    rememberLoss: assign(({ event, context }) =>
      event.type === 'end.lost' ? { failure: context.failure ?? event.failure } : {},
    ),
    rememberAbort: assign(({ event, context }) => ({
      failure: context.failure ?? {
        code: 'ABORTED' as const,
        details: { by: event.type === 'abort' && event.by !== undefined ? ` by ${event.by}` : '' },
      },
    })),
    rememberPause: assign({ pauseIsAsked: true }),
    forgetPause: assign({ pauseIsAsked: false }),
    cutConnections: enqueueActions(({ context, enqueue }) => {
      for (const end of remoteEndsOf(context)) enqueue.sendTo(end, { type: 'connection.cut' });
    }),
    rememberLeftovers: assign(({ event, context }) => {
      const leftovers = (event as unknown as DoneActorEvent<Failure['details'] | undefined>).output;
      if (leftovers === undefined || context.failure === null) return {};
      return { failure: { ...context.failure, details: { ...context.failure.details, ...leftovers } } };
    }),
  },
  guards: {
    isLeftOut: ({ context }, { step }: { step: Step }) => !context.steps.includes(step),
    stageFailed: ({ event }) => (event as unknown as DoneActorEvent<StageOutput>).output.failure !== null,
    mayGoOn: ({ event }) => {
      const { differences, ignored } = (event as unknown as DoneActorEvent<Comparison>).output;
      return differences === 0 || ignored;
    },
    wasAborted: ({ context }) => context.failure?.code === 'ABORTED',
    hasFailed: ({ context }) => context.failure !== null,
    isToPause: ({ context }) => context.pauseIsAsked,
    // A part of the rows is no success, however patient the user is.
    isObjectionable: ({ context: { strict, reported } }) =>
      reported.unreadTypes > 0 || (strict && reported.warnings + reported.errors > 0),
    hasRemoteEnd: ({ context }) => remoteEndsOf(context).length > 0,
  },
  delays: {
    /** A polite rollback may wait for a busy disk, but not for ever; a server's goodbye knows how long each part takes. */
    rollbackTimeout: ({ context: { ends } }) => ('url' in ends.destination ? 120_000 : 10_000),
    closeTimeout: 5_000,
  },
}).createMachine({
  id: 'transfer',
  context: ({ input: { steps, types, source, destination, throttle, strict } }) => ({
    ends: { source, destination },
    steps,
    types: types ?? { only: [], exclude: [] },
    throttle: throttle ?? 0,
    strict: strict ?? false,
    reported: noReports,
    differences: 0,
    counts: {},
    pauseIsAsked: false,
    failure: null,
  }),
  output: ({ context: { counts, failure, reported } }) => ({
    outcome: failure === null ? 'completed' : failure.code === 'ABORTED' ? 'aborted' : 'failed',
    counts,
    failure,
    reported,
  }),
  invoke: [
    {
      id: 'source',
      src: 'source',
      input: ({ context, self }) => ({ ...context.ends.source, report: self }),
    },
    {
      id: 'destination',
      src: 'destination',
      input: ({ context, self }) => ({ ...context.ends.destination, report: self }),
    },
  ],
  initial: 'opening',
  on: {
    abort: { target: '.rollingBack', actions: 'rememberAbort' },
    'end.lost': { target: '.rollingBack', actions: 'rememberLoss' },
    pause: { actions: 'rememberPause' },
    resume: { actions: 'forgetPause' },
    'connection.cut': { guard: 'hasRemoteEnd', actions: 'cutConnections' },
    'diagnostic.*': { actions: ['countReport', 'keepReport', 'tellNotice'] },
    'request.retried': { actions: 'tellNotice' },
  },
  states: {
    opening: {
      invoke: {
        src: 'openEnds',
        onDone: 'comparing',
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    comparing: {
      description: 'Nothing is cleared before both schemas were read and compared.',
      invoke: {
        src: 'compareSchemas',
        onDone: [
          { guard: 'mayGoOn', target: 'checking', actions: 'rememberComparison' },
          { target: 'rollingBack', actions: ['rememberComparison', 'rememberMismatch'] },
        ],
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    checking: {
      description: 'Nothing is cleared before the source was looked through for what could not be sent.',
      invoke: {
        src: 'checkSource',
        onDone: [
          { guard: 'isObjectionable', target: 'objecting', actions: 'tellFindings' },
          { guard: 'isToPause', target: 'paused.preparing', actions: 'tellFindings' },
          { target: 'preparing', actions: 'tellFindings' },
        ],
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    preparing: {
      invoke: {
        src: 'prepareDestination',
        onDone: 'transferring',
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    transferring: {
      on: { 'stage.moved': { actions: ['rememberProgress', 'tellProgress'] } },
      initial: 'schemas',
      states: {
        schemas: {
          description: 'A local step: schemas are read with getSchemas and never streamed.',
          entry: { type: 'tellStageStarted', params: { step: 'schemas' } },
          invoke: {
            src: 'handOverSchemas',
            onDone: [
              { guard: 'isToPause', target: '#transfer.paused.entities', actions: 'tellSchemas' },
              { target: 'entities', actions: 'tellSchemas' },
            ],
            onError: { target: '#transfer.rollingBack', actions: 'rememberFailure' },
          },
        },
        entities: stageOf('entities', 'assets', 'assets'),
        assets: stageOf('assets', 'links', 'links'),
        links: stageOf('links', 'configuration', 'configuration'),
        configuration: stageOf('configuration', 'done', 'committing'),
        done: { type: 'final' },
      },
      onDone: [{ guard: 'isObjectionable', target: 'objecting' }, { target: 'committing' }],
    },
    paused: {
      description:
        'The user asked for a rest: links stay up and are watched as ever, nothing is asked of either end.',
      initial: 'preparing',
      states: {
        preparing: { on: { resume: { target: '#transfer.preparing', actions: 'forgetPause' } } },
        entities: restBefore('entities', 'assets'),
        assets: restBefore('assets', 'links'),
        links: restBefore('links', 'configuration'),
        configuration: restBefore('configuration', 'committing'),
        committing: {
          on: {
            resume: [
              { guard: 'isObjectionable', target: '#transfer.objecting', actions: 'forgetPause' },
              { target: '#transfer.committing', actions: 'forgetPause' },
            ],
          },
        },
      },
    },
    objecting: {
      description:
        'The source could not read all rows, or a server reported something and the user wants all or nothing: it is not committed.',
      on: { pause: undefined },
      invoke: {
        src: 'describeReports',
        input: ({ context }) => context.reported,
        onDone: { target: 'rollingBack', actions: 'rememberReports' },
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    committing: {
      on: { pause: undefined },
      invoke: {
        src: 'commit',
        onDone: 'closing',
        onError: { target: 'rollingBack', actions: 'rememberFailure' },
      },
    },
    rollingBack: {
      on: { abort: undefined, 'end.lost': undefined, pause: undefined, 'connection.cut': undefined },
      invoke: {
        src: 'rollBack',
        onDone: { target: 'closing', actions: 'rememberLeftovers' },
        onError: 'closing',
      },
      after: { rollbackTimeout: 'closing' },
    },
    closing: {
      on: { abort: undefined, 'end.lost': undefined, pause: undefined, 'connection.cut': undefined },
      invoke: {
        src: 'closeEnds',
        input: ({ context }) => ({ completed: context.failure === null }),
        onDone: 'over',
        onError: 'over',
      },
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

/** The ends that are servers: those have a connection. */
function remoteEndsOf({ ends }: TransferContext): readonly ('source' | 'destination')[] {
  return (['source', 'destination'] as const).filter((end) => 'url' in ends[end]);
}
