import {
  type Actor,
  type ActorLogic,
  type AnyActorRef,
  createActor,
  type DoneActorEvent,
  type ErrorActorEvent,
  type Snapshot,
  type SnapshotFrom,
} from 'xstate';
import { sendIfHandled } from '../../machines/handles.js';
import type { TransferCommand, TransferEmitted, TransferOutput } from '../../machines/transfer.machine.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferActor } from './create-transfer.js';
import type { EmbeddedOptions, TransferResult } from './options.js';
import { type PreparedTransfer, prepareTransfer } from './prepare-transfer.js';
import type { SchemaDifference } from './schema-diff.js';

/** How a transfer that ran as {@link transferLogic} ended. */
export type TransferLogicOutput = TransferOutput & {
  /** What a transfer that is completed has moved, and found; null where it is not. */
  readonly result: TransferResult | null;
  /** Where the schemas differ: all of it, where the transfer failed with SCHEMA_MISMATCH too. */
  readonly differences: readonly SchemaDifference[];
};

/** What stands in {@link transferLogic} while it runs. */
export type TransferLogicSnapshot = Snapshot<TransferLogicOutput> & {
  /** The snapshot of the chart that it runs: its `value`, `context.counts`, `hasTag('paused')`. Null once it was restored. */
  readonly chart: SnapshotFrom<typeof import('../../machines/transfer.machine.js').transferMachine> | null;
};

/** What moves a transfer that runs as {@link transferLogic}. */
export type TransferLogicEvent =
  | TransferCommand
  /** Its chart has another snapshot. */
  | { type: 'chart.moved' };

/** The type of {@link transferLogic}. */
export type TransferLogic = ActorLogic<
  TransferLogicSnapshot,
  TransferLogicEvent,
  EmbeddedOptions,
  AnyActorRef['system'],
  TransferEmitted
>;

/** The same with another input. */
export type TransferLogicOf<Input> = ActorLogic<
  TransferLogicSnapshot,
  TransferLogicEvent,
  Input,
  AnyActorRef['system'],
  TransferEmitted
>;

interface Running extends PreparedTransfer {
  readonly chart: Actor<PreparedTransfer['logic']>;
}

/** What XState tells of the chart. */
type ChartEvent = DoneActorEvent<TransferOutput, 'chart'> | ErrorActorEvent<unknown, 'chart'>;

/** The transfer of each actor, as `fromCallback` keeps its own. */
const running = new WeakMap<AnyActorRef, Running>();

/**
 * A transfer as logic for a machine of yours, which gives the options as `input`: it can run it again, with options from its
 * context. Send it `abort`, `pause`, `resume` or `connection.cut`; listen to what it emits with `on`. Its output says how it
 * ended; where an option is wrong, it ends with an error instead, a TransferError.
 *
 * Where its parent stops it, by leaving the state that invokes it for instance, the transfer is aborted: it undoes what it
 * has begun and closes its ends, which takes the time that a server needs for that, on the clock of the parent's root.
 * Restored from a persisted snapshot it ends with NOT_RESUMABLE.
 */
export const transferLogic: TransferLogic = createTransferLogic((options) => options);

/**
 * The same for an input from which the options follow: of a chart whose context may hold no token.
 * @param began Given the chart of the transfer before it has begun.
 */
export function createTransferLogic<Input>(
  optionsOf: (input: Input) => EmbeddedOptions,
  began: (chart: TransferActor, input: Input) => void = () => {},
): TransferLogicOf<Input> {
  return {
    getInitialSnapshot({ self }, input) {
      const prepared = prepareTransfer(optionsOf(input));
      const chart = createActor(prepared.logic, { id: 'chart', input: prepared.input, parent: self });
      running.set(self, { ...prepared, chart });
      began(chart, input);
      return { status: 'active', output: undefined, error: undefined, chart: chart.getSnapshot() };
    },
    start(_, { self, emit }) {
      const { chart } = runningOf(self);
      chart.on('*', (event) => emit(event));
      chart.subscribe({
        // XState itself tells of the end.
        next({ status }) {
          if (status === 'active' && running.has(self)) self.send({ type: 'chart.moved' });
        },
        error: () => {},
      });
      chart.start();
    },
    transition(snapshot, event: TransferLogicEvent | ChartEvent | { type: 'xstate.stop' }, { self }) {
      const { chart, found, differences } = runningOf(self);
      switch (event.type) {
        case 'xstate.stop':
          running.delete(self);
          abandon(chart);
          return { ...snapshot, status: 'stopped', output: undefined, error: undefined };
        case 'xstate.done.actor.chart': {
          const result = event.output.outcome === 'completed' ? found(event.output) : null;
          const output = { ...event.output, result, differences: differences() };
          return { status: 'done', output, error: undefined, chart: chart.getSnapshot() };
        }
        case 'xstate.error.actor.chart':
          return { ...snapshot, status: 'error', output: undefined, error: event.error };
        case 'chart.moved':
          return { ...snapshot, chart: chart.getSnapshot() };
        default:
          sendIfHandled(chart, event);
          return snapshot;
      }
    },
    getPersistedSnapshot: ({ status, output, error }) => ({ status, output, error }) as Snapshot<unknown>,
    restoreSnapshot: (persisted) => ({ ...(persisted as Snapshot<TransferLogicOutput>), chart: null }),
  };
}

function runningOf(self: AnyActorRef): Running {
  const found = running.get(self);
  if (found === undefined) throw new TransferError('NOT_RESUMABLE');
  return found;
}

/** The chart goes on without its parent until it has undone what it began. */
function abandon(chart: Running['chart']): void {
  // XState warns of an event to an actor that is stopped.
  delete chart._parent;
  sendIfHandled(chart, { type: 'abort', by: 'its parent' });
}
