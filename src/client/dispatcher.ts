import type WebSocket from 'isomorphic-ws';
import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor } from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import { type Clock, realClock } from '../ports/clock.js';
import { type Ids, realIds } from '../ports/ids.js';
import { encodeRequest } from '../protocol/codec.js';
import { type ConnectionOptions, checkConnectionOptions } from '../protocol/connection-options.js';
import type { Step } from '../protocol/content.js';
import { naming, TransferError, toTransferError, transferErrorOf } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { Given } from '../protocol/given.js';
import { checkLimits, type Limits } from '../protocol/limits.js';
import type {
  Action,
  Command,
  Diagnostic,
  InitParams,
  RequestMessage,
  StepAction,
} from '../protocol/messages.js';
import { type Negotiated, negotiate } from '../protocol/negotiation.js';
import { checkRetryMessageOptions, type RetryMessageOptions } from '../protocol/retry.js';
import { parseServerMessage } from '../protocol/validate.js';
import { createLine, dataOf } from '../transport/line.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { SocketLike } from '../transport/socket.js';
import { withSignsOfLife } from '../transport/websocket.js';
import { frameGauge } from './frame-gauge.js';

/** How a dispatcher asks again, when it gives up, and what it tells its caller. */
export interface DispatcherOptions {
  /** How long to wait for an answer, and how often to ask again. @defaultValue 30000 ms, 5 retries */
  readonly retryMessageOptions?: Given<RetryMessageOptions> | undefined;
  /** When the connection counts as dead. */
  readonly connectionOptions?: Given<ConnectionOptions> | undefined;
  /** What is read of the server's messages, at most. @defaultValue see {@link Limits} */
  readonly limits?: Given<Limits> | undefined;
  /** The server reported something; nothing is asked of the client. */
  readonly onDiagnostic?: ((diagnostic: Diagnostic) => void) | undefined;
  /** A message is being sent again: `retry` counts from 1. */
  readonly onRetry?: ((request: string, retry: number) => void) | undefined;
  /** Time of the charts and their timeouts. @defaultValue the real one */
  readonly clock?: Clock | undefined;
  /** Names of the requests. @defaultValue random uuids */
  readonly ids?: Ids | undefined;
  /** XState's inspection of both charts. */
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'] | undefined;
}

/** One message of a stage: its start, a batch of it, or its end. */
export interface TransferStep {
  readonly action: StepAction;
  readonly step: Step;
  /** The rows or asset items of a `stream`. */
  readonly data?: unknown;
}

/** A command, and what it is to be told with. */
export interface CommandWithParams {
  readonly command: Command;
  /** As the protocol has them; those of `end` are filled in where they are left out. */
  readonly params?: unknown;
}

/** The dispatcher that the protocol's documentation names: a message out, its answer back, resent where it must be. */
export interface Dispatcher {
  /**
   * `init` resolves with the transferID, which every later message carries; other commands with the answer's data.
   * @throws TransferError PEER_ERROR for an answer with an error, REQUEST_TIMED_OUT, CONNECTION_CLOSED,
   * CONNECTION_SILENT, CONNECT_FAILED, INVALID_MESSAGE, ABORTED after `close`
   */
  dispatchCommand(command: 'init' | { command: 'init'; params?: Partial<InitParams> }): Promise<string>;
  /** Any other command: resolves with the data of the answer. */
  dispatchCommand(command: Command | CommandWithParams): Promise<unknown>;
  /**
   * Resolves with the data of the answer. Needs an `init` before it.
   * @throws TransferError NO_TRANSFER before `init`, and what `dispatchCommand` throws
   */
  dispatchTransferAction(action: Action): Promise<unknown>;
  /**
   * Resolves with the data of the answer. Needs an `init` before it.
   * @throws TransferError NO_TRANSFER before `init`, and what `dispatchCommand` throws
   */
  dispatchTransferStep(step: TransferStep): Promise<unknown>;
  /** What the server agreed to in `init`; null before. */
  readonly negotiated: Negotiated | null;
  /** The charts: the dispatcher's, and the one of the connection that it stands on. */
  readonly actor: ActorRefFrom<typeof dispatcherMachine>;
  readonly connection: ActorRefFrom<typeof connectionMachine>;
  /** Closes the socket and resolves when it is closed; what still waits rejects with ABORTED. */
  close(): Promise<void>;
}

/**
 * A dispatcher over a socket that is open or opening. It attaches its listeners to the socket and takes them off
 * again when it closes.
 * @throws TransferError INVALID_OPTION where a timer cannot hold a value
 */
export function createDispatcher(socket: SocketLike, options: DispatcherOptions = {}): Dispatcher {
  const retryMessageOptions = checkRetryMessageOptions(options.retryMessageOptions);
  const connectionOptions = checkConnectionOptions(options.connectionOptions);
  const limits = checkLimits(options.limits);
  const { clock = realClock, ids = realIds, inspect } = options;
  const actorOptions = { clock, ...(inspect === undefined ? {} : { inspect }) };
  const url = 'The server';
  let negotiated: Negotiated | null = null;
  let failure: TransferError | null = null;

  // A bare WebSocket of `ws` reports no signs of life below its frames.
  const watched = isBareNodeSocket(socket) ? withSignsOfLife(socket) : socket;
  const socketActor = createSocketActor(
    () => watched,
    receive,
    frameGauge(limits, ({ code, details }) => breakOff(transferErrorOf(code, { url, ...details }))),
  );
  const connection = createActor(
    withImplementations(connectionMachine, { actors: { socket: socketActor.logic } }),
    {
      ...actorOptions,
      input: { options: connectionOptions },
    },
  );
  let open = false;
  const line = createLine({
    wire: socketActor.wire,
    lanes: () => (open ? [actor] : []),
    retryMessageOptions,
    onRetry: options.onRetry,
    onExhausted: (details) => breakOff(transferErrorOf('REQUEST_TIMED_OUT', { url, ...details })),
  });
  const actor = createActor(
    withImplementations(dispatcherMachine, { actions: { sendFrame: line.sendFrame } }),
    {
      ...actorOptions,
      input: { retryMessageOptions },
    },
  );

  function receive(frame: Frame): void {
    try {
      const message = naming({ url }, () => parseServerMessage(frame, limits));
      if (message.kind === 'diagnostic') options.onDiagnostic?.(message.diagnostic);
      else if (message.kind === 'answer') line.answered(message.answer);
    } catch (error) {
      breakOff(toTransferError(error));
    }
  }

  function fail(error: TransferError): void {
    failure ??= error;
    line.fail(failure);
  }

  function breakOff(error: TransferError): void {
    fail(error);
    connection.send({ type: 'abort' });
  }

  connection.on('connection.opened', () => {
    actor.send({ type: 'connection.opened' });
    open = true;
    // Send what was dispatched while the socket was opening.
    line.limit(1);
  });
  connection.on('connection.lost', ({ code, details }) => {
    const waiting = actor.getSnapshot().context.request?.kind ?? 'nothing';
    fail(transferErrorOf(code, { url, state: `waiting for ${waiting}`, ...details }));
    actor.send({ type: 'connection.lost', code });
  });
  connection.on('connection.closed', () => {
    fail(new TransferError('ABORTED', { by: 'close()' }));
    if (actor.getSnapshot().status === 'active') actor.send({ type: 'abort' });
  });
  actor.start();
  connection.start();

  const dispatch = async (kind: string, message: RequestMessage) => {
    if (failure !== null) throw failure;
    return dataOf(await line.ask({ uuid: message.uuid, kind, frame: encodeRequest(message) }), url);
  };
  const transferID = () => {
    if (negotiated === null) throw new TransferError('NO_TRANSFER', { request: 'a transfer message' });
    return negotiated.transferID;
  };

  async function dispatchCommand(command: Command | CommandWithParams): Promise<unknown> {
    const { command: name, params } = typeof command === 'string' ? { command, params: undefined } : command;
    // Add the transferID to the params of `end` if the caller left it out.
    const filled =
      params ?? (name === 'end' && negotiated !== null ? { transferID: transferID() } : undefined);
    const data = await dispatch(name, {
      type: 'command',
      command: name,
      params: filled,
      uuid: ids.uuid(),
    });
    if (name !== 'init') return data;
    negotiated = naming({ url }, () => negotiate((params ?? {}) as Partial<InitParams>, data));
    return negotiated.transferID;
  }

  return {
    dispatchCommand: dispatchCommand as Dispatcher['dispatchCommand'],
    async dispatchTransferAction(action) {
      const message = { type: 'transfer', kind: 'action', action, uuid: ids.uuid() } as const;
      return dispatch(action, { ...message, transferID: transferID() });
    },
    async dispatchTransferStep({ action, step, data }) {
      const message = { type: 'transfer', kind: 'step', action, step, uuid: ids.uuid() } as const;
      const rows = data === undefined ? {} : { data };
      return dispatch(`${step}.${action}`, { ...message, transferID: transferID(), ...rows });
    },
    get negotiated() {
      return negotiated;
    },
    actor,
    connection,
    close() {
      if (connection.getSnapshot().status !== 'active') return Promise.resolve();
      return new Promise((resolve) => {
        connection.subscribe({ complete: resolve });
        connection.send({ type: 'connection.close' });
      });
    },
  };
}

/** Whether this is a WebSocket of `ws`, from any copy of that package. */
function isBareNodeSocket(socket: SocketLike): socket is SocketLike & WebSocket {
  return socket.watch === undefined && socket.ping !== undefined && 'on' in socket;
}
