import {
  type ActorOptions,
  type ActorRefFrom,
  type AnyActorLogic,
  createActor,
  fromPromise,
  waitFor,
} from 'xstate';
import { awaitsBatch, keepsPeerBusy } from '../../machines/busy.js';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { errorOf } from '../../machines/failure.js';
import { type GoodbyeInput, type PushProgress, pushProgressOf } from '../../machines/goodbye.machine.js';
import {
  type Direction,
  type ExchangeInput,
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../machines/lifecycle.machine.js';
import { watchMoves } from '../../machines/lifecycle-moved.js';
import { refusalOf } from '../../machines/refusals.js';
import {
  type RemoteEvent,
  type RemoteInput,
  remoteMachine,
  statePath,
} from '../../machines/remote.machine.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { Clock } from '../ports/clock.js';
import { encodeConfirmation } from '../protocol/codec.js';
import type { ConnectionOptions } from '../protocol/connection-options.js';
import { type ErrorCode, TransferError, toTransferError, transferErrorOf } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { Limits } from '../protocol/limits.js';
import type { BatchMessage, Diagnostic } from '../protocol/messages.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { parseServerMessage } from '../protocol/validate.js';
import { deferred } from '../transport/deferred.js';
import { createLine, type DispatcherRef, dataOf, type LineRequest } from '../transport/line.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { OpenSocket } from '../transport/socket.js';
import { frameGauge } from './frame-gauge.js';
import { createIncomingBatches } from './incoming-batches.js';

export interface RemoteSetup {
  /** The admin URL, for messages. */
  readonly url: string;
  readonly direction: Direction;
  readonly open: OpenSocket;
  /** What messages say of the proxy on the way; empty where there is none. */
  readonly throughProxy: string;
  readonly connectionOptions: ConnectionOptions;
  readonly limits: Limits;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly lanes: number;
  readonly clock: Clock;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onRetry: (kind: string, retry: number) => void;
  /** Takes a pull's batch; `confirm` asks for the next one. */
  readonly onBatch: (batch: BatchMessage, confirm: () => void) => Promise<void>;
  /** Whether the batch that a pull waits for keeps its server from answering pings. @default () => false */
  readonly batchKeepsBusy?: () => boolean;
  /** The connection is gone: for callers that wait for something else than an answer. */
  readonly onLost?: (error: TransferError) => void;
}

/** A request: its event for the lifecycle chart, its name for people, and its frame. */
export interface RemoteRequest extends Omit<LineRequest, 'uuid'> {
  readonly event: LifecycleRequest;
}

type RemoteRef = ActorRefFrom<typeof remoteMachine>;
type LifecycleRef = ActorRefFrom<typeof lifecycleMachine>;

/** The charts of one end over one socket, and the requests that go through them. */
export interface Remote {
  /** The chart, for a parent to invoke; where none did, `open` runs it as a root of its own. */
  readonly logic: typeof remoteMachine;
  /** What `logic` is to be given when it is invoked. */
  readonly input: RemoteInput;
  /** Resolves when the socket is open. */
  open(): Promise<void>;
  /**
   * Sends a request and waits for its answer, through the lifecycle chart.
   * @throws TransferError of the answer, of the connection's loss, or of what the chart cannot take in its state
   */
  request(request: RemoteRequest): Promise<unknown>;
  /** Resolves when the request that the order waits for is answered; rejects once the connection is gone. */
  answered(): Promise<void>;
  /** Sets how many requests may be in flight from now on. */
  limitLanes(depth: number): void;
  /** Where a push stands, and whether there is a connection to say goodbye over. */
  pushProgress(): { readonly progress: PushProgress; readonly connection: GoodbyeInput['connection'] };
  /**
   * Stops all requests in the order of the protocol: those that wait and later ones reject with ABORTED. The connection stays
   * open. Resolves when all that was sent is answered, and rejects if the connection is lost before.
   */
  fallSilent(): Promise<void>;
  /** Sends what the order of the protocol does not foresee, and waits for its answer. */
  say(message: LineRequest): Promise<unknown>;
  /** Whether no stage is in progress, and no answer due that decides where the transfer goes. */
  rests(): boolean;
  /** Where the lifecycle stands: `transferring.between`; `failed` once the connection is gone. */
  state(): string;
  /** Closes politely; resolves when the socket is closed. What still waits rejects with ABORTED. */
  leave(): Promise<void>;
  /** Cuts the connection; everything that waits rejects with `reason`. */
  abort(reason: TransferError): void;
}

export function createRemote(options: RemoteSetup): Remote {
  const { url, direction } = options;
  const opening = deferred<void>();
  let actor: RemoteRef | null = null;
  /** The lifecycle, kept after the connection's chart has ended: the goodbye asks how far the push came. */
  let order: LifecycleRef | null = null;
  let failure: TransferError | null = null;
  let isBusy = false;

  const lifecycle = () => actor?.getSnapshot().children['lifecycle'] as LifecycleRef | undefined;

  /** Ignores events after the connection has ended. */
  function send(event: RemoteEvent): void {
    if (actor?.getSnapshot().status === 'active') actor.send(event);
  }

  const breakOff = ({ code, details }: TransferError) =>
    send({ type: 'peer.broken', failure: { code, details: { ...details, url } } });

  const { logic: socket, wire } = createSocketActor(
    options.open,
    receive,
    frameGauge(options.limits, breakOff),
  );
  const batches = createIncomingBatches(lifecycle, wire, breakOff);
  const line = createLine({
    wire,
    lanes: lanesOf,
    retryMessageOptions: options.retryMessageOptions,
    onRetry(request, retry) {
      options.onRetry(request, retry);
      send({ type: 'request.retried', url, request, retry });
    },
    onExhausted(details) {
      const failure = { code: 'REQUEST_TIMED_OUT', details: { url, ...details } } as const;
      afterwards(() => send({ type: 'request.exhausted', failure }));
    },
  });

  function lanesOf(): readonly DispatcherRef[] {
    const children = Object.entries(actor?.getSnapshot().children ?? {});
    return children.flatMap(([id, child]) =>
      id.startsWith('lane.') ? [child as unknown as DispatcherRef] : [],
    );
  }

  /** `busyTimeout` applies while an answer or a batch is due that keeps a Strapi from answering pings. */
  function updateBusy(): void {
    const snapshot = order?.getSnapshot();
    if (snapshot === undefined) return;
    const { request } = snapshot.context;
    const answerIsDue = request !== null && line.waits(request.uuid) && keepsPeerBusy(request);
    const batchIsDue = awaitsBatch(snapshot) && options.batchKeepsBusy?.() === true;
    if (isBusy === (answerIsDue || batchIsDue)) return;
    isBusy = !isBusy;
    send({ type: isBusy ? 'peer.busy' : 'peer.idle' });
  }

  function reportDiagnostic(diagnostic: Diagnostic): void {
    options.onDiagnostic(diagnostic);
    const { kind, ...said } = diagnostic;
    send({ type: `diagnostic.${kind}`, url, ...said });
  }

  function receive(frame: Frame): void {
    try {
      const message = parseServerMessage(frame, options.limits);
      if (message.kind === 'diagnostic') reportDiagnostic(message.diagnostic);
      else if (message.kind === 'batch') batches.receive(message.batch, frame.length);
      else if (line.answered(message.answer, frame.length)) updateBusy();
    } catch (error) {
      breakOff(toTransferError(error));
    }
  }

  /** The client's role: send the request and wait for the answer; for a pull's batch, take it and confirm. */
  const exchange = fromPromise<ExchangeResult, ExchangeInput>(async ({ input }) => {
    const { uuid } = input.request;
    const batch = batches.claim(uuid);
    if (batch !== undefined) {
      const confirm = () => wire.send(encodeConfirmation(uuid));
      await options.onBatch(batch, confirm).catch((error: unknown) => {
        breakOff(toTransferError(error));
        throw error;
      });
      return { accepted: true };
    }
    return line.exchange(uuid);
  });

  function failAll(error: TransferError): void {
    failure ??= error;
    options.onLost?.(failure);
    line.fail(failure);
    opening.reject(failure);
  }

  const attach = (remote: RemoteRef) => {
    actor = remote;
    remote.on('remote.opened', () => {
      const chart = lifecycle();
      order = chart ?? null;
      // The lifecycle has moved to the state that the answer led to: the caller may go on.
      chart?.on('exchange.done', ({ uuid }) => line.settle(uuid));
      chart?.on('batch.missed', ({ step: stage }) => {
        const missed = new TransferError('BATCH_TIMED_OUT', {
          url,
          stage,
          ms: options.connectionOptions.batchTimeout,
        });
        afterwards(() => breakOff(missed));
      });
      const next = () => {
        batches.offer();
        updateBusy();
      };
      chart?.subscribe({ next, error: () => {} });
      if (chart !== undefined) watchMoves(chart, send);
      opening.resolve();
    });
    remote.on('remote.lost', (lost) => failAll(errorOf(lost.failure)));
  };

  const logic = withImplementations(remoteMachine, {
    actions: { attach: ({ self }) => attach(self as RemoteRef) },
    actors: {
      connection: withImplementations(connectionMachine, { actors: { socket } }),
      dispatcher: withImplementations(dispatcherMachine, { actions: { sendFrame: line.sendFrame } }),
      lifecycle: withImplementations(lifecycleMachine, { actors: { exchange } }),
    },
  });
  const { connectionOptions, retryMessageOptions, lanes, throughProxy } = options;
  const input: RemoteInput = { url, throughProxy, direction, connectionOptions, retryMessageOptions, lanes };

  return {
    logic,
    input,
    open() {
      if (actor === null) {
        const { clock, inspect } = options;
        createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) }).start();
      }
      return opening.promise;
    },
    async request({ event, ...message }) {
      if (failure !== null) throw failure;
      const chart = lifecycle();
      const snapshot = chart?.getSnapshot();
      if (chart === undefined || snapshot?.can(event) !== true) {
        // A bug in Ferry: fail before a byte is sent.
        const code = snapshot === undefined ? 'NO_TRANSFER' : refusalOf(snapshot, event);
        throw transferErrorOf(code, { request: message.kind });
      }
      return dataOf(await line.ask({ uuid: event.uuid, ...message }, () => chart.send(event)), url);
    },
    async answered() {
      if (failure !== null) throw failure;
      if (order !== null) await waitFor(order, ({ children }) => children['exchange'] === undefined);
    },
    pushProgress() {
      const progress = pushProgressOf(order?.getSnapshot().context ?? nothingAsked);
      if (failure === null) return { progress, connection: 'open' };
      const silent: readonly ErrorCode[] = ['CONNECTION_SILENT', 'REQUEST_TIMED_OUT'];
      return { progress, connection: silent.includes(failure.code) ? 'silent' : 'lost' };
    },
    async fallSilent() {
      if (failure !== null) throw failure;
      order?.send({ type: 'abort' });
      await line.drain(new TransferError('ABORTED'));
    },
    async say(message) {
      if (failure !== null) throw failure;
      return dataOf(await line.ask(message), url);
    },
    limitLanes: (depth) => line.limit(depth),
    rests: () => failure === null && lifecycle()?.getSnapshot().hasTag('resting') === true,
    state: () => (failure === null ? statePath(lifecycle()?.getSnapshot().value) : 'failed'),
    leave() {
      const remote = actor;
      if (remote === null || remote.getSnapshot().status !== 'active') return Promise.resolve();
      failAll(new TransferError('ABORTED', { by: 'close()' }));
      return new Promise((resolve) => {
        remote.subscribe({ complete: resolve, error: () => resolve() });
        remote.send({ type: 'leave' });
      });
    },
    abort(reason) {
      failAll(reason);
      send({ type: 'abort' });
    },
  };
}

const nothingAsked = { fate: 'none', lastAction: null, request: null, stages: {} } as const;

/** Runs `happen` after the current event: a child that is ending has yet to tell its parent, which must not end first. */
function afterwards(happen: () => void): void {
  queueMicrotask(happen);
}
