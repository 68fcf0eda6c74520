import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor, fromPromise } from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { sendIfHandled } from '../../machines/handles.js';
import {
  type Direction,
  type ExchangeInput,
  type ExchangeResult,
  type Fate,
  lifecycleMachine,
} from '../../machines/lifecycle.machine.js';
import { watchMoves } from '../../machines/lifecycle-moved.js';
import { refusing } from '../../machines/refusing.js';
import {
  type SessionInput,
  type SessionLimits,
  type SessionRequest,
  sessionMachine,
} from '../../machines/session.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import type { ConnectionOptions } from '../protocol/connection-options.js';
import { type ErrorCode, TransferError, toTransferError, transferErrorOf } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { JsonLimits } from '../protocol/json.js';
import { parseRequestMessage } from '../protocol/request-message.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { createLine, type DispatcherRef } from '../transport/line.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { SocketLike } from '../transport/socket.js';
import { createPullPump } from './pull-pump.js';
import type { PushLimits } from './push-receiver.js';
import { createReplies } from './replies.js';
import { createRequestHandler, type MovedByStep } from './request-handler.js';
import type { ServedStores } from './served-stores.js';
import type { SessionInfo } from './session-info.js';
import { exchangeError, isOperators } from './wire-error.js';

export interface SessionOptions {
  readonly direction: Direction;
  readonly socket: SocketLike;
  readonly stores: ServedStores;
  /** Whether the token still holds: a code where it does not. */
  readonly authorize: () => Promise<ErrorCode | null>;
  readonly connectionOptions: ConnectionOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly limits: SessionLimits & PushLimits & MessageLimits;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How many sessions there are now: each of many holds less. @default () => 1 */
  readonly sessions?: () => number;
  /** A fault of the server's own: of a store, of the tokens. The client is told no reason. */
  readonly onFault?: (error: unknown) => void;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
  /** Another chart of the same events, for tests that show what each of its transitions is for. */
  readonly lifecycle?: typeof lifecycleMachine;
}

/** What one message may be. */
export interface MessageLimits extends JsonLimits {
  /** Bytes of a message before `init`, and of each in a pull; a longer one closes the connection with 1009. */
  readonly requestSize: number;
  /** Bytes of a message of a push that was begun: its socket reads no longer one. */
  readonly frameSize: number;
}

/** The limit that a message of the client was over. */
export interface Exceeded {
  /** One of the server's limits, by its name. */
  readonly limit: string;
  readonly value: number;
}

/** A connection that carries out transfers. */
export interface RunningSession {
  /** The running chart: to subscribe to, to inspect. */
  readonly actor: ActorRefFrom<typeof sessionMachine>;
  /** Resolves with why the session ended; null where its client ended it. */
  readonly closed: Promise<ErrorCode | null>;
  /** What was moved so far, by stage. */
  counts(): Readonly<MovedByStep>;
  /** How far its transfer came. */
  fate(): Fate;
  /** The first error that a message was answered with: later ones mostly follow from it. */
  firstError(): ErrorCode | null;
  /** The limit that a message was over, which ended it. */
  exceeded(): Exceeded | null;
  /**
   * Closes the connection with SERVER_STOPPED. A commit under way ends first, and its client has five seconds to end the transfer; other
   * work is undone.
   */
  close(): void;
  /**
   * Closes the connection with ABORTED; what was not committed is undone. False where the transfer is about to be over: a push whose
   * commit has begun goes on to its end. A connection whose transfer is over closes without an error.
   *
   * @param reason - why, in words for the client: it is told as much of them as a close frame holds, about 100 characters
   */
  abort(reason?: string): boolean;
  /** Cuts the socket without a closing handshake, as a dead line would. False where it is closed, or about to be. */
  cut(): boolean;
}

/** One client that was let in, and its transfers. */
export interface Session extends SessionInfo, RunningSession {}

/** Bytes of a close frame's reason, without the code of the error. */
const longestWords = 123 - 'ABORTED: '.length;

/** Words for a close frame: no control characters, and no more than it holds. */
function closeWords(text: string): string {
  const bytes = Buffer.from(text.replace(/\p{Cc}+/gu, ' ').trim());
  // A character that is cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, longestWords), { stream: true });
}

/** What the chart needs: a snapshot holds no store and no socket. */
function inputOf({
  direction,
  connectionOptions,
  retryMessageOptions,
  limits,
}: SessionOptions): SessionInput {
  const { initTimeout, idleTimeout, queue, queueBytes } = limits;
  return {
    ...{ direction, connectionOptions, retryMessageOptions },
    limits: { initTimeout, idleTimeout, queue, queueBytes },
  };
}

export function createSession(options: SessionOptions): RunningSession {
  const { direction, ids, clock, inspect } = options;
  const lifecycle = () => actor.getSnapshot().context.lifecycle;
  const fate = () => lifecycle().getSnapshot().context.fate;

  let exceeded: Exceeded | null = null;

  const { logic: socket, wire } = createSocketActor(() => options.socket, receive, {
    most: () => (takesBatches() ? Number.POSITIVE_INFINITY : options.limits.requestSize),
    refuse() {
      const { frameSize, requestSize } = options.limits;
      const limit = takesBatches() || frameSize < requestSize ? 'frameSize' : 'requestSize';
      breakOff(transferErrorOf('MESSAGE_LIMIT', { limit, value: options.limits[limit] }));
    },
  });
  const replies = createReplies(wire);
  const line = createLine({
    wire,
    lanes() {
      const lane = actor.getSnapshot().children['lane.0'];
      return lane === undefined ? [] : [lane as unknown as DispatcherRef];
    },
    retryMessageOptions: options.retryMessageOptions,
    onExhausted: () => actor.send({ type: 'abort', code: 'REQUEST_TIMED_OUT' }),
  });
  const handler = createRequestHandler({
    ...options,
    pump: (transfer) =>
      createPullPump(transfer, {
        ...{ ids, line, lifecycle, mayHaveBatch, errorOf },
        batchTimeout: options.connectionOptions.batchTimeout,
        roundTrip: async () => options.socket.roundTrip?.(),
        sessions: options.sessions ?? (() => 1),
        moved: (...what) => handler.moved(...what),
      }),
  });

  const actor: ActorRefFrom<typeof sessionMachine> = createActor(
    withImplementations(sessionMachine, {
      guards: {
        wasSeen: ({ event }) => event.type === 'message.received' && wasSeen(event.request.uuid),
      },
      actions: {
        remember: ({ event }) => {
          if (event.type === 'message.received') replies.remember(event.request.uuid);
        },
        repeatAnswer: ({ event }) => {
          if (event.type !== 'message.received') return;
          replies.repeat(event.request.uuid, lifecycle().getSnapshot().status !== 'active');
        },
        refuse: ({ context: { current, refusal } }) => {
          if (current === null || refusal === null) return;
          const about = replies.received(current.uuid)?.about;
          const { step } = lifecycle().getSnapshot().context;
          replies.answer(current.uuid, null, transferErrorOf(refusal, { ...about, current: step }));
        },
      },
      actors: {
        connection: withImplementations(connectionMachine, { actors: { socket } }),
        dispatcher: withImplementations(dispatcherMachine, { actions: { sendFrame: line.sendFrame } }),
        lifecycle: refusing(
          withImplementations(options.lifecycle ?? lifecycleMachine, {
            actors: {
              exchange: fromPromise<ExchangeResult, ExchangeInput>(({ input }) => {
                const { uuid } = input.request;
                return line.waits(uuid) ? line.exchange(uuid) : carryOut(input);
              }),
            },
          }),
        ),
        authorize: fromPromise<ErrorCode | null, { request: SessionRequest | null }>(async () => {
          await replies.drained();
          return authorize();
        }),
        cleanUp: fromPromise(async () => {
          line.fail(new TransferError('ABORTED'));
          await cleanUp();
        }),
      },
    }),
    { input: inputOf(options), clock, ...(inspect === undefined ? {} : { inspect }) },
  );
  const closed = new Promise<ErrorCode | null>((resolve) => {
    actor.subscribe({
      complete: () => resolve(actor.getSnapshot().output ?? null),
      // Close the store after a bug in Ferry, too.
      error: (error) => {
        options.onFault?.(error);
        void cleanUp().then(() => resolve('UNEXPECTED'));
      },
    });
  });
  lifecycle().on('request.refused', (refused) => actor.send(refused));
  lifecycle().on('exchange.done', ({ uuid, accepted }) => {
    const transferID = handler.transfer?.transferID ?? null;
    actor.send({ type: 'exchange.settled', uuid, accepted, transferID });
    line.settle(uuid);
  });
  lifecycle().on('exchange.failed', ({ uuid }) => {
    actor.send({ type: 'exchange.settled', uuid, accepted: false });
    line.settle(uuid);
  });
  watchMoves(lifecycle(), (move) => actor.send(move));
  actor.start();

  function receive(bytes: Frame): void {
    try {
      const frame = parseRequestMessage(bytes, direction, options.limits);
      if (frame.kind === 'unaddressed') replies.answerUnaddressed();
      else if (frame.kind === 'confirmation') {
        // Drop a confirmation that no batch waits for.
        if (line.answered({ uuid: frame.uuid, data: null, error: null }))
          actor.send({ type: 'confirmation.received' });
      } else {
        replies.receive(frame.request.uuid, frame);
        actor.send({ type: 'message.received', request: frame.request, bytes: bytes.length });
      }
    } catch (error) {
      breakOff(toTransferError(error));
    }
  }

  function breakOff({ code, details }: TransferError): void {
    if (code === 'MESSAGE_LIMIT')
      exceeded ??= { limit: String(details['limit']), value: Number(details['value']) };
    actor.send({ type: 'message.broken', code });
  }

  /** Whether long messages may come: only those of a push that has begun carry rows and bytes. */
  function takesBatches(): boolean {
    return direction === 'push' && handler.transfer !== null;
  }

  /** Whether a message has come before, or has the uuid of a batch that waits for its confirmation. */
  function wasSeen(uuid: string): boolean {
    return replies.wasSeen(uuid) || line.waits(uuid);
  }

  async function authorize(): Promise<ErrorCode | null> {
    try {
      return await options.authorize();
    } catch (error) {
      // A check that the end of the session has cut short is no fault.
      if (actor.getSnapshot().status === 'active') options.onFault?.(error);
      throw error;
    }
  }

  /** Checks the token before each batch of a pull, as before each message; if it holds no longer, the session ends. */
  async function mayHaveBatch(): Promise<boolean> {
    const code = await authorize().catch(() => 'UNEXPECTED' as const);
    if (code !== null) sendIfHandled(actor, { type: 'leave', code });
    return code === null;
  }

  /** The server's role: carries the request out and answers. */
  async function carryOut({ request, commits }: ExchangeInput): Promise<ExchangeResult> {
    try {
      const data = await handler.carryOut(request, replies.received(request.uuid)?.content, commits);
      replies.answer(request.uuid, data);
      return { accepted: true };
    } catch (thrown) {
      const error = errorOf(thrown);
      replies.answer(request.uuid, null, error);
      // After an unforeseen fault the state of the transfer is unknown.
      if (!(thrown instanceof TransferError) && error.code !== 'INVALID_MESSAGE') throw error;
      return { accepted: false };
    }
  }

  /** The error for the client when a store throws; the operator is told the reason. */
  function errorOf(thrown: unknown): TransferError {
    const error = exchangeError(thrown, handler.transfer?.store.name ?? 'What is served');
    if (isOperators(error)) options.onFault?.(error);
    return error;
  }

  function cleanUp(): Promise<void> {
    return handler.cleanUp().catch((error: unknown) => options.onFault?.(error));
  }

  return {
    actor,
    closed,
    counts: () => handler.counts,
    fate,
    firstError: () => replies.firstError,
    exceeded: () => exceeded,
    close: () => void sendIfHandled(actor, { type: 'leave' }),
    abort: (reason = '') =>
      sendIfHandled(actor, { type: 'leave', code: 'ABORTED', words: closeWords(reason) }),
    cut: () => sendIfHandled(actor, { type: 'connection.cut' }),
  };
}
