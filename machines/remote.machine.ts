import {
  type AnyActorRef,
  assertEvent,
  assign,
  type DoneActorEvent,
  enqueueActions,
  sendTo,
  setup,
} from 'xstate';
import type { ConnectionOptions } from '../src/protocol/connection-options.js';
import { type ErrorCode, errorTable } from '../src/protocol/errors.js';
import type { RetryMessageOptions } from '../src/protocol/retry.js';
import { type ConnectionEmitted, type ConnectionEnd, connectionMachine } from './connection.machine.js';
import { type DispatcherOutput, dispatcherMachine } from './dispatcher.machine.js';
import type { Failure } from './failure.js';
import { type Direction, lifecycleMachine } from './lifecycle.machine.js';
import type { LifecycleMoved } from './lifecycle-moved.js';

export { statePath } from './state-path.js';

/** The direction of the transfer over this connection, and its time limits. */
export interface RemoteInput {
  /** The admin URL of the server, for messages. */
  readonly url: string;
  /** What messages say of the proxy on the way; empty where there is none. */
  readonly throughProxy?: string | undefined;
  readonly direction: Direction;
  readonly connectionOptions: ConnectionOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  /** Requests that may be in flight at once, each in a dispatcher of its own. */
  readonly lanes: number;
  /** Is told `end.lost` when the connection is gone. */
  readonly report?: AnyActorRef | undefined;
}

/** What a server says of itself, and what is sent to it again: told, nothing is decided by it. */
export type RemoteNotice =
  | {
      type: 'diagnostic.info' | 'diagnostic.warning' | 'diagnostic.error';
      url: string;
      message: string;
      origin?: string;
    }
  | { type: 'request.retried'; url: string; request: string; retry: number };

/** What moves the charts of one end. */
export type RemoteEvent =
  | RemoteNotice
  | ConnectionEmitted
  | LifecycleMoved
  /** An answer is due, or no longer due, that keeps the peer from answering pings. */
  | { type: 'peer.busy' }
  | { type: 'peer.idle' }
  /** A request was sent again until no retries were left. */
  | { type: 'request.exhausted'; failure: Failure }
  /** The peer sent what cannot be understood. */
  | { type: 'peer.broken'; failure: Failure }
  | { type: 'leave' }
  | { type: 'abort' }
  /** As if the line were cut. */
  | { type: 'connection.cut' };

/** What the charts of one end tell. */
export type RemoteEmitted =
  | RemoteNotice
  | { type: 'remote.opened' }
  | { type: 'remote.lost'; failure: Failure };

/** The connection or a lane has ended. */
export type RemoteActorEvent =
  | DoneActorEvent<ConnectionEnd | null, 'connection'>
  | DoneActorEvent<DispatcherOutput, LaneId>;
/** The id of the dispatcher at a number. */
export type LaneId = `lane.${number}`;

/** Tags by which other code asks about a state. */
export type RemoteTag = 'connecting' | 'working';

/** Why the connection was lost; null where it was closed. */
export type RemoteOutput = Failure | null;

/** What the charts of one end know. */
export interface RemoteContext {
  readonly input: RemoteInput;
  /** The lanes that have not ended. */
  readonly lanes: readonly LaneId[];
  /** Where the lifecycle stands, as it was told. */
  readonly lifecycle: Pick<LifecycleMoved, 'state' | 'standing'>;
  readonly failure: Failure | null;
}

const lanesOf = (count: number) => Array.from({ length: count }, (_, index): LaneId => `lane.${index}`);

/** The close codes of a server that lets its client go on no longer: the errors of the table that have them. */
const withdrawals: Readonly<Record<number, ErrorCode>> = {
  [errorTable.UNAUTHORIZED.close]: 'UNAUTHORIZED',
  [errorTable.FORBIDDEN.close]: 'FORBIDDEN',
};

/**
 * The client's side of one connection to a server: the connection, the lanes over it, and the lifecycle that the lanes'
 * requests follow. A transfer has none, one or two of these.
 *
 * Provide `connection`, `dispatcher` and `lifecycle`: the machines of those names with their own implementations;
 * and `attach`, which hands this actor to the peer that speaks through it.
 */
export const remoteMachine = setup({
  types: {
    context: {} as RemoteContext,
    input: {} as RemoteInput,
    events: {} as RemoteEvent | RemoteActorEvent,
    emitted: {} as RemoteEmitted,
    output: {} as RemoteOutput,
    tags: {} as RemoteTag,
    children: {} as {
      connection: 'connection';
      lifecycle: 'lifecycle';
    } & { [Id in LaneId]: 'dispatcher' },
  },
  actors: { connection: connectionMachine, dispatcher: dispatcherMachine, lifecycle: lifecycleMachine },
  actions: {
    attach: () => {},
    spawnLanes: enqueueActions(({ context: { input }, enqueue }) => {
      const lanes = lanesOf(input.lanes);
      for (const id of lanes) {
        enqueue.spawnChild('dispatcher', { id, input: { retryMessageOptions: input.retryMessageOptions } });
        enqueue.sendTo(id, { type: 'connection.opened' });
      }
      enqueue.assign({ lanes });
    }),
    forgetLane: assign(({ context: { lanes }, event }) => {
      assertEvent(event, 'xstate.done.actor.lane.*');
      return { lanes: lanes.filter((id) => id !== event.actorId) };
    }),
    stopLanes: enqueueActions(({ context: { lanes }, enqueue }) => {
      for (const id of lanes) enqueue.sendTo(id, { type: 'abort' });
    }),
    emitNotice: enqueueActions(({ context: { input }, event, enqueue }) => {
      assertEvent(event, ['diagnostic.*', 'request.retried']);
      enqueue.emit(event);
      if (input.report !== undefined) enqueue.sendTo(input.report, event);
    }),
    rememberMove: assign(({ event }) => {
      assertEvent(event, 'lifecycle.moved');
      const { state, standing } = event;
      return { lifecycle: { state, standing } };
    }),
    // The order of the protocol ends with the connection: observers of the lifecycle see it fail.
    abortLifecycle: enqueueActions(({ enqueue, context: { lifecycle } }) => {
      if (lifecycle.standing !== 'failed') enqueue.sendTo('lifecycle', { type: 'abort' });
    }),
    emitOpened: enqueueActions(({ enqueue }) => enqueue.emit({ type: 'remote.opened' })),
    emitLost: enqueueActions(({ context, enqueue }) => {
      const failure = context.failure ?? { code: 'CONNECTION_CLOSED' as const };
      enqueue.emit({ type: 'remote.lost', failure });
      if (context.input.report !== undefined)
        enqueue.sendTo(context.input.report, { type: 'end.lost', failure });
    }),
    relayBusy: sendTo('connection', ({ event }) =>
      event.type === 'peer.busy' ? { type: 'peer.busy' as const } : { type: 'peer.idle' as const },
    ),
    closeConnection: sendTo('connection', { type: 'connection.close' }),
    cutConnection: sendTo('connection', { type: 'abort' }),
    relayCut: sendTo('connection', { type: 'connection.cut' }),
    rememberFailure: assign(({ event }) => {
      assertEvent(event, ['request.exhausted', 'peer.broken']);
      return { failure: event.failure };
    }),
    rememberLoss: assign(({ context, event }) => {
      assertEvent(event, 'xstate.done.actor.connection');
      const { code, details } = event.output ?? { code: 'CONNECTION_CLOSED' as const, details: {} };
      const { state } = context.lifecycle;
      const { url, direction: scope, throughProxy: proxy = '' } = context.input;
      const withdrawn = withdrawals[Number(details['closeCode'])];
      if (withdrawn !== undefined)
        return { failure: { code: withdrawn, details: { url, scope, ...details } } };
      return { failure: { code, details: { url, state, ...(proxy === '' ? {} : { proxy }), ...details } } };
    }),
  },
  guards: {
    connectionWasLost: ({ event }) => {
      assertEvent(event, 'xstate.done.actor.connection');
      return event.output !== null;
    },
  },
}).createMachine({
  id: 'remote',
  context: ({ input }) => ({
    input,
    lanes: [],
    lifecycle: { state: 'connected', standing: 'unbegun' },
    failure: null,
  }),
  output: ({ context }) => context.failure,
  invoke: [
    {
      id: 'connection',
      src: 'connection',
      input: ({ context, self }) => ({ options: context.input.connectionOptions, report: self }),
      onDone: [
        { guard: 'connectionWasLost', target: '.lost', actions: 'rememberLoss' },
        { target: '.closed' },
      ],
    },
    {
      id: 'lifecycle',
      src: 'lifecycle',
      input: ({ context: { input } }) => ({
        direction: input.direction,
        batchTimeout: input.connectionOptions.batchTimeout,
      }),
    },
  ],
  entry: 'attach',
  initial: 'connecting',
  on: {
    abort: '.cutting',
    'connection.cut': { actions: 'relayCut' },
    'lifecycle.moved': { actions: 'rememberMove' },
    'xstate.done.actor.lane.*': { actions: 'forgetLane' },
    'diagnostic.*': { actions: 'emitNotice' },
    'request.retried': { actions: 'emitNotice' },
  },
  states: {
    connecting: {
      tags: 'connecting',
      on: {
        'connection.opened': { target: 'working', actions: ['spawnLanes', 'emitOpened'] },
        leave: 'cutting',
      },
    },
    working: {
      tags: 'working',
      on: {
        'peer.busy': { actions: 'relayBusy' },
        'peer.idle': { actions: 'relayBusy' },
        'request.exhausted': { target: 'lost', actions: 'rememberFailure' },
        'peer.broken': { target: 'lost', actions: 'rememberFailure' },
        leave: 'closing',
      },
      exit: 'stopLanes',
    },
    closing: {
      entry: 'closeConnection',
    },
    cutting: {
      entry: ['abortLifecycle', 'cutConnection'],
      on: { abort: undefined },
    },
    closed: { type: 'final' },
    lost: { type: 'final', entry: ['abortLifecycle', 'emitLost'] },
  },
});
