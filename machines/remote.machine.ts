import { type AnyActorRef, assign, type DoneActorEvent, enqueueActions, sendTo, setup } from 'xstate';
import type { LinkOptions } from '../src/protocol/link.js';
import type { RetryMessageOptions } from '../src/protocol/retry.js';
import { type ConnectionEmitted, type ConnectionEnd, connectionMachine } from './connection.machine.js';
import { dispatcherMachine } from './dispatcher.machine.js';
import type { Failure } from './failure.js';
import { type Direction, lifecycleMachine } from './lifecycle.machine.js';

/** Which way content moves over this link, and how long it is waited for. */
export interface RemoteInput {
  /** The admin URL of the server, for messages. */
  readonly url: string;
  readonly direction: Direction;
  readonly linkOptions: LinkOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  /** Requests that may be in flight at once, each in a dispatcher of its own. */
  readonly lanes: number;
  /** Is told `end.lost` when the link is gone. */
  readonly report?: AnyActorRef;
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

export interface RemoteContext {
  readonly input: RemoteInput;
  readonly failure: Failure | null;
}

const lanesOf = (count: number) => Array.from({ length: count }, (_, index) => `lane.${index}`);

/** Why the connection is over; null where it was closed as asked. */
function endOf(event: unknown): ConnectionEnd | null {
  return (event as DoneActorEvent<ConnectionEnd | null>).output;
}

/** `transferring.streaming`: where in the protocol the link was lost, for messages. */
export function statePath(stateValue: unknown): string {
  const names: string[] = [];
  let value = stateValue;
  while (typeof value === 'object' && value !== null) {
    const [name, inner] = Object.entries(value)[0] ?? [];
    if (name !== undefined) names.push(name);
    value = inner;
  }
  return [...names, ...(typeof value === 'string' ? [value] : [])].join('.');
}

/**
 * The client's side of one link to a server: the connection, the lanes over it, and the lifecycle that the lanes'
 * requests follow. A transfer has none, one or two of these.
 *
 * Provide `connection`, `dispatcher` and `lifecycle`: the machines of those names with their own implementations;
 * and `attach`, which hands this actor to whoever speaks through it.
 */
export const remoteMachine = setup({
  types: {
    context: {} as RemoteContext,
    input: {} as RemoteInput,
    events: {} as RemoteEvent,
    emitted: {} as RemoteEmitted,
    output: {} as Failure | null,
  },
  actors: { connection: connectionMachine, dispatcher: dispatcherMachine, lifecycle: lifecycleMachine },
  actions: {
    attach: () => {},
    spawnLanes: enqueueActions(({ context: { input }, enqueue }) => {
      for (const id of lanesOf(input.lanes)) {
        enqueue.spawnChild('dispatcher', { id, input: { retryMessageOptions: input.retryMessageOptions } });
        enqueue.sendTo(id, { type: 'connection.opened' });
      }
    }),
    stopLanes: enqueueActions(({ context: { input }, enqueue, self }) => {
      const { children } = self.getSnapshot();
      for (const id of lanesOf(input.lanes)) {
        if (children[id]?.getSnapshot().status === 'active') enqueue.sendTo(id, { type: 'abort' });
      }
    }),
    tellNotice: enqueueActions(({ context, event, enqueue }) => {
      const notice = event as RemoteNotice;
      enqueue.emit(notice);
      if (context.input.report !== undefined) enqueue.sendTo(context.input.report, notice);
    }),
    // A link that is gone is the end of the order of the protocol too: whoever looks at the lifecycle sees it fail.
    abortLifecycle: enqueueActions(({ enqueue, self }) => {
      const lifecycle = self.getSnapshot().children['lifecycle'];
      if (lifecycle?.getSnapshot().status === 'active') enqueue.sendTo('lifecycle', { type: 'abort' });
    }),
    tellOpened: enqueueActions(({ enqueue }) => enqueue.emit({ type: 'remote.opened' })),
    tellLost: enqueueActions(({ context, enqueue }) => {
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
    rememberLoss: assign(({ event, context, self }) => {
      if ('failure' in event) return { failure: event.failure };
      const { code, details } = endOf(event) ?? { code: 'CONNECTION_CLOSED' as const, details: {} };
      const state = statePath(self.getSnapshot().children['lifecycle']?.getSnapshot().value);
      return { failure: { code, details: { url: context.input.url, state, ...details } } };
    }),
  },
  guards: {
    connectionWasLost: ({ event }) => endOf(event) !== null,
  },
}).createMachine({
  id: 'remote',
  context: ({ input }) => ({ input, failure: null }),
  output: ({ context }) => context.failure,
  invoke: [
    {
      id: 'connection',
      src: 'connection',
      input: ({ context, self }) => ({ options: context.input.linkOptions, report: self }),
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
        batchTimeout: input.linkOptions.batchTimeout,
      }),
    },
  ],
  entry: 'attach',
  initial: 'connecting',
  on: {
    abort: '.cutting',
    'connection.cut': { actions: 'relayCut' },
    'diagnostic.*': { actions: 'tellNotice' },
    'request.retried': { actions: 'tellNotice' },
  },
  states: {
    connecting: {
      on: {
        'connection.opened': { target: 'working', actions: ['spawnLanes', 'tellOpened'] },
        leave: 'cutting',
      },
    },
    working: {
      on: {
        'peer.busy': { actions: 'relayBusy' },
        'peer.idle': { actions: 'relayBusy' },
        'request.exhausted': { target: 'lost', actions: 'rememberLoss' },
        'peer.broken': { target: 'lost', actions: 'rememberLoss' },
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
    lost: { type: 'final', entry: ['abortLifecycle', 'tellLost'] },
  },
});
