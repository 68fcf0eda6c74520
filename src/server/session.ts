import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor, fromPromise } from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import {
  type Direction,
  type ExchangeResult,
  type Fate,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../machines/lifecycle.machine.js';
import { type SessionLimits, type SessionRequest, sessionMachine } from '../../machines/session.machine.js';
import { sendIfTaken } from '../../machines/taking.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import { isStep } from '../protocol/content.js';
import { type ErrorCode, type ErrorDetails, TransferError, toTransferError } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { JsonLimits } from '../protocol/json.js';
import type { LinkOptions } from '../protocol/link.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { storeError } from '../stores/store-error.js';
import { keepNewest } from '../transport/keep-newest.js';
import { createLanes, type DispatcherRef } from '../transport/lanes.js';
import { createOutbox, sendFrameOver } from '../transport/outbox.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { SocketLike } from '../transport/socket.js';
import { createServerExchange, type MovedByStep, type ServedTransfer } from './exchange.js';
import { readClientFrame } from './frames.js';
import { createPullPump } from './pull-pump.js';
import type { PushLimits } from './push-receiver.js';
import type { ServedStores } from './served-stores.js';
import { isOperators, wireErrorOf } from './wire-error.js';

export interface SessionOptions {
  readonly direction: Direction;
  readonly socket: SocketLike;
  readonly stores: ServedStores;
  /** Whether the token still holds: a code where it does not. */
  readonly authorize: () => Promise<ErrorCode | null>;
  readonly linkOptions: LinkOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly limits: SessionLimits & PushLimits & MessageLimits;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** How many there are at this moment: one of many holds less. @default () => 1 */
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

/** One connection that was accepted, and its transfers. */
export interface Session {
  /** The running chart: to subscribe to, to inspect. */
  readonly actor: ActorRefFrom<typeof sessionMachine>;
  /** Resolves with why it ended; null where it ended as asked. */
  readonly closed: Promise<ErrorCode | null>;
  /** What was moved so far, by stage. */
  counts(): Readonly<MovedByStep>;
  /** How far its transfer came. */
  fate(): Fate;
  /** The first error that a message was answered with: what comes after it mostly comes of it. */
  firstError(): ErrorCode | null;
  /** The limit that a message was over, which ended it. */
  exceeded(): Exceeded | null;
  /** Answers what is in work, then closes the connection. */
  close(): void;
  /** Closes the connection with ABORTED; what was not committed is undone. False where it is over, or about to be. */
  abort(): boolean;
  /** Cuts the socket without a closing handshake, as a dead line would. False where it is closed, or about to be. */
  cut(): boolean;
}

/** What a message holds beside its request. */
interface Received {
  readonly content?: unknown;
  readonly transferID?: unknown;
  /** Fills the message of a refusal. */
  readonly about: ErrorDetails;
}

/** Messages whose uuid is remembered: a resend comes soon or not at all. */
const rememberedUuids = 10_000;

export function createSession(options: SessionOptions): Session {
  const { direction, ids } = options;
  const fate = () => lifecycle().getSnapshot().context.fate;
  const exchange = createServerExchange({ ...options, fate });
  const outbox = createOutbox();
  /** Whether it was answered with null: which of many answers in a row is lost nobody knows, and these cost nothing. */
  const seen = new Map<string, boolean>();
  /** What the charts know by its uuid only. */
  const inbox = new Map<string, Received>();
  let firstError: ErrorCode | null = null;
  let exceeded: Exceeded | null = null;
  let lastAnswer: { uuid: string; frame: string } | null = null;
  /** Answers that have not left this process yet. */
  let onItsWay = 0;
  let wakeDrained = () => {};

  const { logic: socket, wire } = createSocketActor(() => options.socket, receive, {
    most: () => (takesBatches() ? Number.POSITIVE_INFINITY : options.limits.requestSize),
    refuse() {
      const { frameSize, requestSize } = options.limits;
      const limit = takesBatches() || frameSize < requestSize ? 'frameSize' : 'requestSize';
      exceeded ??= { limit, value: options.limits[limit] };
      actor.send({ type: 'message.broken', code: 'MESSAGE_LIMIT' });
    },
  });

  /** Only a push that was begun brings rows and bytes; everything else that a client says is short. */
  const takesBatches = () => direction === 'push' && exchange.transfer !== null;

  function receive(bytes: Frame): void {
    try {
      const frame = readClientFrame(bytes, direction, options.limits);
      if (frame.kind === 'confirmation') {
        confirm(frame.uuid);
        return;
      }
      if (frame.kind === 'unaddressed') {
        answerNobody();
        return;
      }
      const { request } = frame;
      if (!isKnown(request.uuid)) inbox.set(request.uuid, frame);
      actor.send({ type: 'message.received', request, bytes: bytes.length });
    } catch (thrown) {
      const { code, details } = toTransferError(thrown);
      if (code === 'MESSAGE_LIMIT')
        exceeded ??= { limit: String(details['limit']), value: Number(details['value']) };
      actor.send({ type: 'message.broken', code });
    }
  }

  /** Every transfer message carries the id that `init` answered, and `end` names it. */
  function namesTheTransfer(request: SessionRequest): boolean {
    const current = exchange.transfer?.transferID;
    // What has failed says so, whatever it is asked.
    if (current === undefined || lifecycle().getSnapshot().status !== 'active') return true;
    if (['request.init', 'request.status', 'request.invalid'].includes(request.type)) return true;
    const received = inbox.get(request.uuid);
    const isEnd = request.type === 'request.end';
    return current === (isEnd ? Object(received?.content).transferID : received?.transferID);
  }

  function confirm(uuid: string): void {
    // A stray confirmation finds nobody waiting.
    if (!outbox.receive({ uuid, data: null, error: null })) return;
    lanes.answer(uuid);
    actor.send({ type: 'confirmation.received' });
  }

  function answer(uuid: string, data: unknown, error: TransferError | null): void {
    const wireError = error === null ? null : wireErrorOf(error);
    const frame = JSON.stringify({ uuid, data: data ?? null, error: wireError });
    inbox.delete(uuid);
    firstError ??= error?.code ?? null;
    lastAnswer = { uuid, frame };
    if (error === null && data == null && seen.has(uuid)) seen.set(uuid, true);
    send(frame);
  }

  /** Whoever reads the connection learns of it; one that does not read is not told again and again. */
  function answerNobody(): void {
    const error = wireErrorOf(new TransferError('MISSING_UUID'));
    if (onItsWay === 0) send(JSON.stringify({ data: null, error }));
  }

  function send(frame: string): void {
    onItsWay += 1;
    wire.send(frame, () => {
      onItsWay -= 1;
      if (onItsWay === 0) wakeDrained();
    });
  }

  /** A peer that does not read its answers gets no more of them: they would pile up in this process. */
  async function drained(): Promise<void> {
    if (onItsWay === 0) return;
    await new Promise<void>((resolve) => {
      wakeDrained = resolve;
    });
  }

  /** A message that has come before, or that bears the name of a batch that waits for its confirmation. */
  const isKnown = (uuid: string) => seen.has(uuid) || outbox.kind(uuid) !== undefined;

  function wasSeen(uuid: string): boolean {
    if (isKnown(uuid)) return true;
    seen.set(uuid, false);
    keepNewest(seen, rememberedUuids);
    return false;
  }

  /** The server's role: carries the request out and answers; for a pull's batch, sends it and waits. */
  const carryOut = fromPromise<ExchangeResult, { request: LifecycleRequest }>(async ({ input }) => {
    const { request } = input;
    if (pump.owns(request.uuid)) return pump.exchange(request.uuid);
    try {
      const data = await exchange.carryOut(request, inbox.get(request.uuid)?.content);
      const started =
        request.type === 'request.stepStart' && direction === 'pull' && isStep(request.step)
          ? pump.prepare(request.step)
          : null;
      if (request.type === 'request.stepEnd') pump.stop();
      answer(request.uuid, started === null ? data : { ...Object(data), ...started }, null);
      return { accepted: true };
    } catch (thrown) {
      const error = errorOf(thrown);
      answer(request.uuid, null, error);
      // Rows that cannot be written leave nothing that could be committed, and after a fault that nobody foresaw
      // nobody knows where the transfer stands.
      const isForeseen = thrown instanceof TransferError || error.code === 'INVALID_MESSAGE';
      if (request.type === 'request.stepStream' || !isForeseen) throw error;
      return { accepted: false };
    }
  });

  async function authorize(): Promise<ErrorCode | null> {
    try {
      return await options.authorize();
    } catch (error) {
      options.onFault?.(error);
      throw error;
    }
  }

  const cleanUp = () => exchange.cleanUp().catch((error: unknown) => options.onFault?.(error));

  /** A batch of a pull is one message of the server's: a token that holds no longer gets none. */
  async function mayHaveBatch(): Promise<boolean> {
    const code = await authorize().catch(() => 'UNEXPECTED' as const);
    if (code !== null) sendIfTaken(actor, { type: 'leave', code });
    return code === null;
  }

  /** What a store has thrown, as its client is told of it: the operator hears the reason. */
  function errorOf(thrown: unknown): TransferError {
    const { source, destination } = exchange.transfer ?? {};
    const tooDeep = depthFault(thrown);
    if (tooDeep !== null) {
      return new TransferError('INVALID_MESSAGE', { url: 'The client', reason: tooDeep.message }, tooDeep);
    }
    const error = storeError((source ?? destination)?.name ?? 'What is served', thrown);
    if (isOperators(error)) options.onFault?.(error);
    return error;
  }

  const actor: ActorRefFrom<typeof sessionMachine> = createActor(
    sessionMachine.provide({
      guards: {
        wasSeen: ({ event }) => event.type === 'message.received' && wasSeen(event.request.uuid),
      },
      actions: {
        repeatAnswer: ({ event }) => {
          if (event.type !== 'message.received') return;
          const { uuid } = event.request;
          // What has failed says so, whatever it is asked, and however often.
          if (lifecycle().getSnapshot().status !== 'active' && onItsWay === 0 && seen.has(uuid)) {
            answer(uuid, null, new TransferError('TRANSFER_TERMINATED', { request: 'a message again' }));
            return;
          }
          // One that has not even left needs no repeating.
          if (onItsWay > 0) return;
          if (lastAnswer?.uuid === uuid) send(lastAnswer.frame);
          else if (seen.get(uuid) === true) send(JSON.stringify({ uuid, data: null, error: null }));
        },
        refuse: ({ context: { current, refusal } }) => {
          if (current === null || refusal === null) return;
          const about = inbox.get(current.uuid)?.about ?? {};
          const step = lifecycle().getSnapshot().context.step;
          answer(current.uuid, null, new TransferError(refusal, { ...about, current: step }));
        },
      },
      actors: {
        connection: connectionMachine.provide({ actors: { socket } }),
        dispatcher: dispatcherMachine.provide({ actions: { sendFrame: sendFrameOver(outbox, wire) } }),
        lifecycle: (options.lifecycle ?? lifecycleMachine).provide({ actors: { exchange: carryOut } }),
        authorize: fromPromise<ErrorCode | null, { request: SessionRequest | null }>(async ({ input }) => {
          await drained();
          const code = await authorize();
          if (code !== null || input.request === null) return code;
          return namesTheTransfer(input.request) ? null : 'BAD_TRANSFER_ID';
        }),
        cleanUp: fromPromise(async () => {
          pump.stop();
          outbox.failAll(new TransferError('ABORTED'));
          await cleanUp();
        }),
      },
    }),
    {
      input: options,
      clock: options.clock,
      ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    },
  );
  const lifecycle = () => actor.getSnapshot().context.lifecycle;
  /** Batches that were sent again and are not confirmed yet. */
  const resent = new Set<string>();
  const lanes = createLanes(
    () => {
      const lane = actor.getSnapshot().children['lane.0'];
      return lane === undefined ? [] : [lane as unknown as DispatcherRef];
    },
    {
      answered: (uuid) => outbox.settle(uuid),
      retried: (uuid) => resent.add(uuid),
      failed: (_uuid, code) => actor.send({ type: 'abort', code }),
    },
  );
  const once = { retryMessageTimeout: options.linkOptions.batchTimeout, retryMessageMaxRetries: 0 };
  const pump = createPullPump({
    ids,
    lifecycle,
    transfer: () => exchange.transfer as ServedTransfer,
    async send(uuid, step, frame) {
      const answered = outbox.put(uuid, `${step}.batch`, frame);
      // Strapi's client takes a batch that comes twice for two batches.
      const retry = exchange.transfer?.isFerry === true ? {} : { retry: once };
      lanes.submit({ uuid, kind: `${step}.batch`, bytes: frame.length, ...retry });
      await answered;
      // What was confirmed has arrived, but a second copy of it may still be on its way out.
      return !resent.delete(uuid);
    },
    // Strapi's client loses a batch that it reads in the same turn as the answer to `start`.
    roundTrip: async () => options.socket.roundTrip?.(),
    sessions: options.sessions ?? (() => 1),
    errorOf,
    mayHaveBatch,
    moved: exchange.moved,
  });

  const closed = new Promise<ErrorCode | null>((resolve) => {
    actor.subscribe({
      complete: () => resolve(actor.getSnapshot().output ?? null),
      // A fault of ours must not keep the store, either.
      error: (error) => {
        options.onFault?.(error);
        void cleanUp().then(() => resolve('UNEXPECTED'));
      },
    });
  });
  const settle = ({ uuid }: { uuid: string }) => {
    actor.send({ type: 'exchange.settled', uuid });
    pump.settled(uuid);
  };
  lifecycle().on('exchange.done', settle);
  lifecycle().on('exchange.failed', settle);
  actor.start();

  return {
    actor,
    closed,
    counts: () => exchange.counts,
    fate,
    firstError: () => firstError,
    exceeded: () => exceeded,
    close: () => void sendIfTaken(actor, { type: 'leave' }),
    abort: () => sendIfTaken(actor, { type: 'leave', code: 'ABORTED' }),
    cut: () => sendIfTaken(actor, { type: 'connection.cut' }),
  };
}

/** Content that is nested so deeply that it cannot be written is the peer's fault. */
function depthFault(thrown: unknown): RangeError | null {
  const cause = thrown instanceof TransferError ? thrown.cause : thrown;
  return cause instanceof RangeError && /call stack/.test(cause.message) ? cause : null;
}
