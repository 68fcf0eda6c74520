import {
  type ActorOptions,
  type ActorRefFrom,
  type AnyActorLogic,
  createActor,
  fromPromise,
  waitFor,
} from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { errorOf } from '../../machines/failure.js';
import { type GoodbyeInput, type PushStanding, standingOf } from '../../machines/goodbye.machine.js';
import {
  type Direction,
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../machines/lifecycle.machine.js';
import {
  type RemoteEvent,
  type RemoteInput,
  remoteMachine,
  statePath,
} from '../../machines/remote.machine.js';
import { refusalOf } from '../../machines/requests.js';
import type { Clock } from '../ports/clock.js';
import { encodeConfirmation } from '../protocol/codec.js';
import { type ErrorCode, TransferError, toTransferError } from '../protocol/errors.js';
import type { Frame } from '../protocol/frame-bytes.js';
import type { Limits } from '../protocol/limits.js';
import type { LinkOptions } from '../protocol/link.js';
import type { AnswerMessage, BatchMessage, Diagnostic } from '../protocol/messages.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { parseServerMessage } from '../protocol/validate.js';
import { createLanes, type DispatcherRef } from '../transport/lanes.js';
import { createOutbox, dataOf, sendFrameOver } from '../transport/outbox.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { OpenSocket } from '../transport/socket.js';
import { frameGauge } from './frame-gauge.js';
import { createIncomingBatches } from './incoming-batches.js';

export interface PeerOptions {
  /** The admin URL, for messages. */
  readonly url: string;
  readonly direction: Direction;
  readonly open: OpenSocket;
  readonly linkOptions: LinkOptions;
  readonly limits: Limits;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly lanes: number;
  readonly clock: Clock;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
  readonly onDiagnostic: (diagnostic: Diagnostic) => void;
  readonly onRetry: (kind: string, retry: number) => void;
  /** Takes a pull's batch; `confirm` asks for the next one. */
  readonly onBatch: (batch: BatchMessage, confirm: () => void) => Promise<void>;
  /** The link is gone: for those who wait for something else than an answer. */
  readonly onLost?: (error: TransferError) => void;
}

/** A request: its event for the lifecycle chart, its name for people, and its frame. */
export interface PeerRequest {
  readonly event: LifecycleRequest;
  readonly kind: string;
  readonly frame: Frame;
  /** Keeps a Strapi from answering pings: `busyTimeout` applies while the answer is due. */
  readonly busy?: boolean;
  readonly retry?: RetryMessageOptions;
}

type RemoteRef = ActorRefFrom<typeof remoteMachine>;
type LifecycleRef = ActorRefFrom<typeof lifecycleMachine>;

/** The charts of one end over one socket, and the requests that go through them. */
export interface Peer {
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
  request(request: PeerRequest): Promise<unknown>;
  /** Resolves when the request that the order waits for is answered; rejects once the link is gone. */
  answered(): Promise<void>;
  /** For what is waited for besides answers, and keeps a Strapi from answering pings as some answers do. */
  whileBusy<T>(work: () => Promise<T>): Promise<T>;
  /** From now on so many requests may be in flight. */
  limitLanes(depth: number): void;
  /** Where a push stands, and whether there is a link to say goodbye over. */
  standing(): { readonly standing: PushStanding; readonly link: GoodbyeInput['link'] };
  /**
   * From now on nothing is asked in the order of the protocol: what waits, and what comes, rejects with ABORTED. The link
   * stays; resolves when all that was sent is answered, and rejects where it is lost before.
   */
  fallSilent(): Promise<void>;
  /** Sends what the order of the protocol does not foresee, and waits for its answer. */
  say(message: Omit<PeerRequest, 'event'> & { readonly uuid: string }): Promise<unknown>;
  /** Where the lifecycle stands: `transferring.between`; `failed` once the link is gone. */
  state(): string;
  /** Closes politely; resolves when the socket is closed. What still waits rejects with ABORTED. */
  leave(): Promise<void>;
  /** Cuts the connection; everything that waits rejects with `reason`. */
  abort(reason: TransferError): void;
}

/** One who waits for the data of an answer. */
interface Asker {
  readonly request: PeerRequest;
  readonly resolve: (data: unknown) => void;
  readonly reject: (error: unknown) => void;
  answer: AnswerMessage | null;
}

export function createPeer(options: PeerOptions): Peer {
  const { url, direction } = options;
  const outbox = createOutbox();
  const askers = new Map<string, Asker>();
  let actor: RemoteRef | null = null;
  /** The lifecycle: what it knows is asked for when the link's chart is over, too. */
  let order: LifecycleRef | null = null;
  let failure: TransferError | null = null;
  let busyAnswers = 0;

  const lifecycle = () => actor?.getSnapshot().children['lifecycle'] as LifecycleRef | undefined;

  /** Who is over is told nothing. */
  function tell(event: RemoteEvent): void {
    if (actor?.getSnapshot().status === 'active') actor.send(event);
  }

  const breakOff = ({ code, details }: TransferError) =>
    tell({ type: 'peer.broken', failure: { code, details: { ...details, url } } });

  const { logic: socket, wire } = createSocketActor(
    options.open,
    receive,
    frameGauge(options.limits, breakOff),
  );
  const batches = createIncomingBatches(lifecycle, () => wire, breakOff);
  const lanes = createLanes(lanesOf, {
    answered(uuid) {
      if (askers.get(uuid)?.request.busy === true) beIdle();
      outbox.settle(uuid);
    },
    retried(_uuid, request, retry) {
      options.onRetry(request, retry);
      tell({ type: 'request.retried', url, request, retry });
    },
    failed(uuid, code) {
      // Lanes are aborted once the link is gone: its reason is the one that counts.
      if (code !== 'REQUEST_TIMED_OUT') return;
      const request = outbox.kind(uuid);
      const limits = askers.get(uuid)?.request.retry ?? options.retryMessageOptions;
      const [ms, attempts] = [limits.retryMessageTimeout, limits.retryMessageMaxRetries + 1];
      const exhausted = { code, details: { url, request, ms, attempts } };
      afterwards(() => tell({ type: 'request.exhausted', failure: exhausted }));
    },
  });

  function lanesOf(): readonly DispatcherRef[] {
    const children = Object.entries(actor?.getSnapshot().children ?? {});
    return children.flatMap(([id, child]) =>
      id.startsWith('lane.') ? [child as unknown as DispatcherRef] : [],
    );
  }

  function beBusy(): void {
    busyAnswers += 1;
    if (busyAnswers === 1) tell({ type: 'peer.busy' });
  }

  function beIdle(): void {
    busyAnswers -= 1;
    if (busyAnswers === 0) tell({ type: 'peer.idle' });
  }

  function tellDiagnostic(diagnostic: Diagnostic): void {
    options.onDiagnostic(diagnostic);
    const { kind, ...said } = diagnostic;
    tell({ type: `diagnostic.${kind}`, url, ...said });
  }

  function receive(frame: Frame): void {
    try {
      const message = parseServerMessage(frame, options.limits);
      if (message.kind === 'diagnostic') tellDiagnostic(message.diagnostic);
      else if (message.kind === 'batch') batches.receive(message.batch, frame.length);
      else if (outbox.receive(message.answer)) {
        const { uuid, error } = message.answer;
        lanes.answer(uuid, { bytes: frame.length, ...(error === null ? {} : { error: error.code }) });
      }
    } catch (error) {
      breakOff(toTransferError(error));
    }
  }

  /** The client's role: send the request and wait for the answer; for a pull's batch, take it and confirm. */
  const exchange = fromPromise<ExchangeResult, { request: LifecycleRequest }>(async ({ input }) => {
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
    const asker = askers.get(uuid);
    // Of a chart that was restored: its request was another process's.
    if (asker === undefined) throw new TransferError('NOT_RESUMABLE');
    const { kind, frame, busy, retry } = asker.request;
    const answered = outbox.put(uuid, kind, frame);
    if (busy === true) beBusy();
    lanes.submit({ uuid, kind, bytes: frame.length, ...(retry === undefined ? {} : { retry }) });
    asker.answer = await answered;
    const { error } = asker.answer;
    return error === null ? { accepted: true } : { accepted: false, code: error.code };
  });

  /** The lifecycle stands where the answer led: now whoever asked may go on. */
  function settle(uuid: string): void {
    const asker = askers.get(uuid);
    if (asker?.answer == null) return;
    askers.delete(uuid);
    try {
      asker.resolve(dataOf(asker.answer, url, asker.request.kind));
    } catch (error) {
      asker.reject(error);
    }
  }

  function failAll(error: TransferError): void {
    failure ??= error;
    options.onLost?.(failure);
    outbox.failAll(failure);
    for (const asker of askers.values()) asker.reject(failure);
    askers.clear();
    opening.fail(failure);
  }

  const opening = createOpening();
  const attach = (remote: RemoteRef) => {
    actor = remote;
    remote.on('remote.opened', () => {
      const chart = lifecycle();
      order = chart ?? null;
      chart?.on('exchange.done', ({ uuid }) => settle(uuid));
      chart?.on('batch.missed', ({ step: stage }) => {
        const missed = new TransferError('BATCH_TIMED_OUT', { stage, ms: options.linkOptions.batchTimeout });
        afterwards(() => breakOff(missed));
      });
      chart?.subscribe({ next: () => batches.offer(), error: () => {} });
      opening.done();
    });
    remote.on('remote.lost', (lost) => failAll(errorOf(lost.failure)));
  };

  const logic = remoteMachine.provide({
    actions: { attach: ({ self }) => attach(self as RemoteRef) },
    actors: {
      connection: connectionMachine.provide({ actors: { socket } }),
      dispatcher: dispatcherMachine.provide({ actions: { sendFrame: sendFrameOver(outbox, wire) } }),
      lifecycle: lifecycleMachine.provide({ actors: { exchange } }),
    },
  });
  const { linkOptions, retryMessageOptions } = options;
  const input: RemoteInput = { url, direction, linkOptions, retryMessageOptions, lanes: options.lanes };

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
    request(request) {
      if (failure !== null) return Promise.reject(failure);
      const { event, kind } = request;
      const chart = lifecycle();
      const snapshot = chart?.getSnapshot();
      if (chart === undefined || snapshot?.can(event) !== true) {
        // A bug of ours, found before a byte is sent.
        const code = snapshot === undefined ? 'NO_TRANSFER' : refusalOf(snapshot, event);
        return Promise.reject(new TransferError(code, { request: kind }));
      }
      return new Promise((resolve, reject) => {
        askers.set(event.uuid, { request, resolve, reject, answer: null });
        chart.send(event);
      });
    },
    async answered() {
      if (failure !== null) throw failure;
      if (order !== null) await waitFor(order, ({ children }) => children['exchange'] === undefined);
    },
    standing() {
      const standing = standingOf(order?.getSnapshot().context ?? nothingAsked);
      if (failure === null) return { standing, link: 'open' };
      const silent: readonly ErrorCode[] = ['CONNECTION_SILENT', 'REQUEST_TIMED_OUT'];
      return { standing, link: silent.includes(failure.code) ? 'silent' : 'lost' };
    },
    async fallSilent() {
      if (failure !== null) throw failure;
      order?.send({ type: 'abort' });
      const aborted = new TransferError('ABORTED');
      for (const asker of askers.values()) asker.reject(aborted);
      await outbox.drained();
    },
    async say({ uuid, kind, frame }) {
      if (failure !== null) throw failure;
      const answered = outbox.put(uuid, kind, frame);
      lanes.submit({ uuid, kind, bytes: frame.length });
      return dataOf(await answered, url, kind);
    },
    async whileBusy(work) {
      beBusy();
      try {
        return await work();
      } finally {
        beIdle();
      }
    },
    limitLanes: (depth) => lanes.limit(depth),
    state: () => (failure === null ? statePath(lifecycle()?.getSnapshot().value) : 'failed'),
    leave() {
      const remote = actor;
      if (remote === null || remote.getSnapshot().status !== 'active') return Promise.resolve();
      failAll(new TransferError('ABORTED', { by: ' by close()' }));
      return new Promise((resolve) => {
        remote.subscribe({ complete: resolve, error: () => resolve() });
        remote.send({ type: 'leave' });
      });
    },
    abort(reason) {
      failAll(reason);
      tell({ type: 'abort' });
    },
  };
}

const nothingAsked = { fate: 'none', lastAction: null, request: null, stages: {} } as const;

/** A child that is ending tells its parent so after this event: the parent must not be over by then. */
function afterwards(happen: () => void): void {
  queueMicrotask(happen);
}

/** A promise that nobody need listen to. */
function createOpening() {
  let done = () => {};
  let fail: (error: TransferError) => void = () => {};
  const promise = new Promise<void>((resolve, reject) => {
    done = resolve;
    fail = reject;
  });
  promise.catch(() => {});
  return { promise, done: () => done(), fail: (error: TransferError) => fail(error) };
}
