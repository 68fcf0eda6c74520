import {
  type AnyActorRef,
  assertEvent,
  assign,
  type DoneActorEvent,
  type ErrorActorEvent,
  fromCallback,
  fromPromise,
  sendTo,
  setup,
} from 'xstate';
import type { StageStats, Step } from '../src/protocol/content.js';
import { type Failure, failureOf } from './failure.js';

/** What went through a stage so far. */
export interface StageCounts {
  /** Rows or assets taken from the source and handed to the destination. */
  readonly items: number;
  /** Bytes of assets; 0 for rows. */
  readonly bytes: number;
  /** Rows of types that may not be transferred, and of types that the user left out. */
  readonly dropped: number;
  readonly excluded: number;
}

export const noCounts: StageCounts = { items: 0, bytes: 0, dropped: 0, excluded: 0 };

/** Totals of a stage, where its source knows them. */
export interface StageTotals {
  readonly count?: number;
  readonly bytes?: number;
}

/** Events that move a stage: the progress of its actors, and `abort`. */
export type StageEvent =
  | { type: 'stage.totals'; totals: StageTotals }
  | ({ type: 'stage.progress' } & StageCounts)
  /** An item went through and the next waits for `stage.goOn`. */
  | { type: 'stage.resting' }
  | { type: 'stage.exhausted' }
  | { type: 'stage.broken'; failure: Failure }
  | { type: 'abort' };

/** What the chart tells the actor that carries. */
export interface StageGoOn {
  readonly type: 'stage.goOn';
}

/** Which stage, and to whom it reports. */
export interface StageInput {
  readonly step: Step;
  /** Milliseconds of rest after each item. @defaultValue 0, none */
  readonly throttle?: number | undefined;
  /** Is told `stage.moved` at every progress. */
  readonly report?: AnyActorRef | undefined;
}

/** What a parent is told of a stage's progress. */
export interface StageMoved {
  readonly type: 'stage.moved';
  readonly step: Step;
  readonly counts: StageCounts;
  readonly totals: StageTotals;
}

/** What a stage moved, and why it failed where it did. */
export interface StageOutput {
  readonly step: Step;
  readonly counts: StageCounts;
  readonly failure: Failure | null;
}

/** What a stage knows. */
export interface StageContext {
  readonly step: Step;
  readonly throttle: number;
  readonly report: AnyActorRef | null;
  readonly counts: StageCounts;
  readonly totals: StageTotals;
  readonly failure: Failure | null;
}

/** Tags by which other code asks about a state. */
export type StageTag = 'throttled';

/** How XState tells of the stage's own actors. */
export type StageActorEvent =
  | DoneActorEvent<StageStats | undefined, 'endStage'>
  | ErrorActorEvent<unknown, 'startStage' | 'carry' | 'endStage'>;

/**
 * One stage of a transfer, from a source to a destination: start, stream, end.
 *
 * Provide `startStage` (readies both ends), `carryItems` (moves the items and tells `stage.progress`, then
 * `stage.exhausted` or `stage.broken`; where there is a throttle, `stage.resting` after each item, and waits for
 * `stage.goOn`) and `endStage` (resolves with what the destination counted).
 */
export const stageMachine = setup({
  types: {
    context: {} as StageContext,
    input: {} as StageInput,
    events: {} as StageEvent | StageActorEvent,
    tags: {} as StageTag,
    children: {} as { startStage: 'startStage'; carry: 'carryItems'; endStage: 'endStage' },
    output: {} as StageOutput,
  },
  actors: {
    startStage: fromPromise<void, { step: Step }>(async () => {}),
    carryItems: fromCallback<StageGoOn, { step: Step; throttle: number }>(() => {}),
    endStage: fromPromise<StageStats | undefined, { step: Step }>(async () => undefined),
  },
  actions: {
    rememberTotals: assign(({ event }) => (event.type === 'stage.totals' ? { totals: event.totals } : {})),
    count: assign(({ event, context }) => {
      if (event.type !== 'stage.progress') return {};
      const { counts } = context;
      return {
        counts: {
          items: counts.items + event.items,
          bytes: counts.bytes + event.bytes,
          dropped: counts.dropped + event.dropped,
          excluded: counts.excluded + event.excluded,
        },
      };
    }),
    reportProgress: sendTo(
      ({ context, self }) => context.report ?? self,
      ({ context: { step, counts, totals } }): StageMoved => ({ type: 'stage.moved', step, counts, totals }),
    ),
    goOn: sendTo('carry', { type: 'stage.goOn' }),
    rememberFailure: assign(({ event }) => ({
      failure: event.type === 'stage.broken' ? event.failure : failureOf(event),
    })),
    rememberDifference: assign(({ event, context: { step, counts } }) => {
      assertEvent(event, 'xstate.done.actor.endStage');
      const finished = event.output?.finished ?? 0;
      const details = { stage: step, sent: counts.items, finished };
      return { failure: { code: 'STATS_DIFFER' as const, details } };
    }),
    rememberAbort: assign({ failure: { code: 'ABORTED' as const } }),
  },
  delays: {
    throttle: ({ context }) => context.throttle,
  },
  guards: {
    // `end` of a stage answers what the destination counted: it must be what was sent.
    statsAgree: ({ context, event }) => {
      assertEvent(event, 'xstate.done.actor.endStage');
      return event.output === undefined || event.output.finished === context.counts.items;
    },
  },
}).createMachine({
  id: 'stage',
  context: ({ input }) => ({
    step: input.step,
    throttle: input.throttle ?? 0,
    report: input.report ?? null,
    counts: noCounts,
    totals: {},
    failure: null,
  }),
  output: ({ context: { step, counts, failure } }) => ({ step, counts, failure }),
  initial: 'starting',
  on: { abort: { target: '.failed', actions: 'rememberAbort' } },
  states: {
    starting: {
      invoke: {
        id: 'startStage',
        src: 'startStage',
        input: ({ context }) => ({ step: context.step }),
        onDone: 'streaming',
        onError: { target: 'failed', actions: 'rememberFailure' },
      },
    },
    streaming: {
      invoke: {
        id: 'carry',
        src: 'carryItems',
        input: ({ context: { step, throttle } }) => ({ step, throttle }),
        onError: { target: 'failed', actions: 'rememberFailure' },
      },
      on: {
        'stage.totals': { actions: ['rememberTotals', 'reportProgress'] },
        'stage.progress': { actions: ['count', 'reportProgress'] },
        'stage.exhausted': 'ending',
        'stage.broken': { target: 'failed', actions: 'rememberFailure' },
      },
      initial: 'flowing',
      states: {
        flowing: { on: { 'stage.resting': 'resting' } },
        resting: {
          tags: 'throttled',
          description: 'The user asked for a rest after each item.',
          after: { throttle: { target: 'flowing', actions: 'goOn' } },
        },
      },
    },
    ending: {
      invoke: {
        id: 'endStage',
        src: 'endStage',
        input: ({ context }) => ({ step: context.step }),
        onDone: [
          { guard: 'statsAgree', target: 'completed' },
          { target: 'failed', actions: 'rememberDifference' },
        ],
        onError: { target: 'failed', actions: 'rememberFailure' },
      },
    },
    completed: { type: 'final' },
    failed: { type: 'final' },
  },
});
