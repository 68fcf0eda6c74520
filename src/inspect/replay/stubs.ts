import type { ActorLogic, AnyActorLogic, AnyStateMachine, EventObject, Snapshot } from 'xstate';
import { connectionMachine } from '../../../machines/connection.machine.js';
import { dispatcherMachine } from '../../../machines/dispatcher.machine.js';
import { goodbyeMachine } from '../../../machines/goodbye.machine.js';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { mergeMachine } from '../../../machines/merge.machine.js';
import { remoteMachine } from '../../../machines/remote.machine.js';
import { sessionMachine } from '../../../machines/session.machine.js';
import { stageMachine } from '../../../machines/stage.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import type { ChartName } from '../recorded-fields.js';

/** The charts that a replay drives, by their names. */
export type ReplayedCharts = Readonly<Record<ChartName, AnyStateMachine>>;

export const ferryCharts: ReplayedCharts = {
  transfer: transferMachine,
  remote: remoteMachine,
  goodbye: goodbyeMachine,
  connection: connectionMachine,
  dispatcher: dispatcherMachine,
  lifecycle: lifecycleMachine,
  merge: mergeMachine,
  session: sessionMachine,
  stage: stageMachine,
};

export type CarrierEvent =
  | { type: 'replay.done'; output: unknown }
  | { type: 'replay.failed'; error: unknown };

/** Stands for an actor that carries rows, bytes or frames. It only repeats the recorded outcome. */
const carrier: ActorLogic<Snapshot<unknown>, EventObject> = {
  getInitialSnapshot: () => ({ status: 'active', output: undefined, error: undefined }),
  getPersistedSnapshot: (snapshot) => snapshot,
  transition(snapshot, event) {
    const told = event as CarrierEvent | { type: 'xstate.stop' };
    if (told.type === 'replay.done') return { status: 'done', output: told.output, error: undefined };
    if (told.type === 'replay.failed') return { status: 'error', output: undefined, error: told.error };
    return told.type === 'xstate.stop'
      ? { status: 'stopped', output: undefined, error: undefined }
      : snapshot;
  },
};

/** The chart that an actor runs, by its name in the chart above; null for an actor that carries data. */
export type ChartUnder = (chart: ChartName, src: string) => ChartName | null;

/** A chart whose actors are stubs, or charts with stubs. The server's memory of uuids starts empty. */
export function withStubs(charts: ReplayedCharts, chart: ChartName, under: ChartUnder): AnyStateMachine {
  const machine = charts[chart];
  const actors: Record<string, AnyActorLogic> = {};
  for (const src of Object.keys(machine.implementations.actors)) {
    const inner = under(chart, src);
    actors[src] = inner === null ? carrier : withStubs(charts, inner, under);
  }
  const seen = new Set<unknown>();
  const uuidOf = ({ event }: { event: EventObject }) => Object(Object(event).request).uuid as unknown;
  return machine.provide({
    actors,
    ...('wasSeen' in machine.implementations.guards
      ? {
          guards: { wasSeen: (about: { event: EventObject }) => seen.has(uuidOf(about)) },
          actions: { remember: (about: { event: EventObject }) => void seen.add(uuidOf(about)) },
        }
      : {}),
  } as Parameters<AnyStateMachine['provide']>[0]);
}
