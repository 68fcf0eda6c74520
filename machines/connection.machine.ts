import { type AnyActorRef, assign, enqueueActions, fromCallback, sendTo, setup } from 'xstate';
import type { ConnectionOptions } from '../src/protocol/connection-options.js';
import type { ErrorCode } from '../src/protocol/errors.js';

/** Why a connection ended, as a chart may know it: a code of the error table, and the details of its message. */
export interface ConnectionEnd {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, string | number>>;
}

/** Events of the socket actor. */
export type SocketEvent =
  | { type: 'socket.opened' }
  /** The handshake failed, or was refused; or an open socket ended for a reason that its close does not tell. */
  | ({ type: 'socket.refused' } & ConnectionEnd)
  /** `longest`: bytes of the longest frame that was sent. */
  | { type: 'socket.closed'; closeCode: number; reason: string; longest?: number }
  /** A byte arrived, or sent bytes drained, since the last `socket.probe`. */
  | { type: 'socket.alive' };

/** Commands to the socket actor. */
export type SocketCommand =
  /** Ping, and say `socket.alive` as soon as there is a sign of life. */
  | { type: 'socket.probe' }
  /** Take off the listeners, then begin the closing handshake; `socket.closed` follows. */
  | { type: 'socket.close'; closeCode: number; reason: string }
  /** Cut it; `socket.closed` follows. */
  | { type: 'socket.terminate' };

/** How long a connection waits, in each of its states. */
export interface ConnectionInput {
  readonly options: ConnectionOptions;
  /** Receives what this machine emits: a parent machine cannot listen to its child's emitted events. */
  readonly report?: AnyActorRef | undefined;
}

/** Events that a connection emits: it is open, it is lost and why, it is closed. */
export type ConnectionEmitted =
  | { type: 'connection.opened' }
  | ({ type: 'connection.lost' } & ConnectionEnd)
  | { type: 'connection.closed' };

/** Events that move a connection: of its socket, of answers that keep its peer busy, and of callers that end it. */
export type ConnectionEvent =
  | SocketEvent
  | { type: 'peer.busy' }
  | { type: 'peer.idle' }
  | { type: 'connection.close'; closeCode?: number; reason?: string }
  /** Cuts the socket without a handshake, as a dead line would; the connection is then lost. */
  | { type: 'connection.cut' }
  | { type: 'abort' };

/** Why a connection was lost; null where it was closed. */
export type ConnectionOutput = ConnectionEnd | null;

/** What a connection knows. */
export interface ConnectionContext {
  readonly options: ConnectionOptions;
  readonly report: AnyActorRef | null;
  /** An answer is due that keeps the peer from answering pings. */
  readonly peerIsBusy: boolean;
  readonly end: ConnectionEnd | null;
}

/**
 * One socket, from its handshake to its close, and whether it is still alive.
 *
 * The life of an open connection: `lively` for 30 % of the time allowed, then `probing` (a ping went out), then a last
 * look, since a process that was itself busy sees its timers fire before the bytes that wait for it. Any byte
 * received counts as life, and sent bytes draining.
 *
 * Provide `socket`: see `SocketCommand` and `SocketEvent`.
 */
export const connectionMachine = setup({
  types: {
    context: {} as ConnectionContext,
    input: {} as ConnectionInput,
    events: {} as ConnectionEvent,
    emitted: {} as ConnectionEmitted,
    output: {} as ConnectionOutput,
  },
  actors: {
    socket: fromCallback<SocketCommand>(() => {}),
  },
  actions: {
    rememberBusy: assign(({ event }) => ({ peerIsBusy: event.type === 'peer.busy' })),
    probeSocket: sendTo('socket', { type: 'socket.probe' }),
    closeSocket: sendTo('socket', ({ event }) => ({
      type: 'socket.close',
      closeCode: (event.type === 'connection.close' ? event.closeCode : undefined) ?? 1000,
      reason: (event.type === 'connection.close' ? event.reason : undefined) ?? '',
    })),
    terminateSocket: sendTo('socket', { type: 'socket.terminate' }),
    rememberEnd: assign(({ event }) => {
      if (event.type === 'socket.refused') return { end: { code: event.code, details: event.details } };
      if (event.type === 'socket.closed') {
        const { closeCode, reason, longest: bytes = 0 } = event;
        if (closeCode === 1009)
          return { end: { code: 'MESSAGE_TOO_LONG' as const, details: { closeCode, reason, bytes } } };
        return { end: { code: 'CONNECTION_CLOSED' as const, details: { closeCode, reason } } };
      }
      return {};
    }),
    rememberHandshakeTimeout: assign(({ context }) => ({
      end: { code: 'CONNECT_TIMEOUT' as const, details: { ms: context.options.connectTimeout } },
    })),
    rememberSilence: assign(({ context }) => ({
      end: {
        code: 'CONNECTION_SILENT' as const,
        details: { ms: context.peerIsBusy ? context.options.busyTimeout : context.options.heartbeatTimeout },
      },
    })),
    report: enqueueActions(({ context, enqueue }, end: 'opened' | 'closed' | 'lost') => {
      const lost = context.end ?? { code: 'CONNECTION_CLOSED' as const, details: {} };
      const event: ConnectionEmitted =
        end === 'lost' ? { type: 'connection.lost', ...lost } : { type: `connection.${end}` };
      enqueue.emit(event);
      if (context.report !== null) enqueue.sendTo(context.report, event);
    }),
  },
  delays: {
    connectTimeout: ({ context }) => context.options.connectTimeout,
    closeTimeout: ({ context }) => context.options.closeTimeout,
    livelyTime: ({ context: { options } }) => 0.3 * options.heartbeatTimeout,
    patience: ({ context: { options, peerIsBusy } }) =>
      peerIsBusy
        ? Math.max(0, options.busyTimeout - 0.4 * options.heartbeatTimeout)
        : 0.6 * options.heartbeatTimeout,
    lastLookTime: ({ context: { options } }) => 0.1 * options.heartbeatTimeout,
  },
}).createMachine({
  id: 'connection',
  context: ({ input }) => ({
    options: input.options,
    report: input.report ?? null,
    peerIsBusy: false,
    end: null,
  }),
  output: ({ context }) => context.end,
  invoke: { id: 'socket', src: 'socket' },
  initial: 'connecting',
  on: { abort: '.cutting' },
  states: {
    connecting: {
      on: {
        'socket.opened': { target: 'open', actions: { type: 'report', params: 'opened' } },
        'socket.refused': { target: 'lost', actions: 'rememberEnd' },
        'socket.closed': { target: 'lost', actions: 'rememberEnd' },
        'connection.close': 'cutting',
        'connection.cut': { actions: 'terminateSocket' },
      },
      after: { connectTimeout: { target: 'lost', actions: 'rememberHandshakeTimeout' } },
    },
    open: {
      on: {
        'socket.closed': { target: 'lost', actions: 'rememberEnd' },
        'socket.refused': { target: 'lost', actions: 'rememberEnd' },
        'connection.close': 'closing',
        // The socket then reports its end, as it does when a line dies.
        'connection.cut': { actions: 'terminateSocket' },
        // Start the wait again on either event: a peer that was busy until now could not answer a ping.
        'peer.*': { target: '.lively', actions: 'rememberBusy' },
      },
      initial: 'lively',
      states: {
        lively: { after: { livelyTime: 'probing' } },
        probing: {
          entry: 'probeSocket',
          on: { 'socket.alive': 'lively' },
          after: { patience: 'lastLook' },
        },
        lastLook: {
          on: { 'socket.alive': 'lively' },
          after: { lastLookTime: { target: '#connection.lost', actions: 'rememberSilence' } },
        },
      },
    },
    closing: {
      entry: 'closeSocket',
      on: { 'socket.closed': 'closed' },
      after: { closeTimeout: 'cutting' },
    },
    cutting: {
      description: 'No handshake: aborted, or the peer does not answer the closing one.',
      entry: 'terminateSocket',
      on: { 'socket.closed': 'closed', abort: undefined },
      after: { closeTimeout: 'closed' },
    },
    closed: { type: 'final', entry: { type: 'report', params: 'closed' } },
    lost: { type: 'final', entry: { type: 'report', params: 'lost' } },
  },
});
