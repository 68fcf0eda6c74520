import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor, fromPromise } from 'xstate';
import { connectionMachine } from '../../machines/connection.machine.js';
import {
  type Direction,
  type ExchangeResult,
  type LifecycleRequest,
  lifecycleMachine,
} from '../../machines/lifecycle.machine.js';
import { type SessionLimits, sessionMachine } from '../../machines/session.machine.js';
import { createLanes, type DispatcherRef } from '../client/lanes.js';
import { createOutbox, dispatcherOver } from '../client/outbox.js';
import type { Clock } from '../ports/clock.js';
import type { Ids } from '../ports/ids.js';
import { type ErrorCode, type ErrorDetails, TransferError, toTransferError } from '../protocol/errors.js';
import type { LinkOptions } from '../protocol/link.js';
import type { RetryMessageOptions } from '../protocol/retry.js';
import { createSocketActor } from '../transport/socket.actor.js';
import type { SocketLike } from '../transport/socket.js';
import { createServerExchange, type ServedTransfer } from './exchange.js';
import { readClientFrame } from './frames.js';
import { createPullPump } from './pull-pump.js';
import type { PushLimits } from './push-receiver.js';
import type { ServedStores } from './served-stores.js';
import { wireErrorOf } from './wire-error.js';

export interface SessionOptions {
  readonly direction: Direction;
  readonly socket: SocketLike;
  readonly stores: ServedStores;
  /** Whether the token still holds: a code where it does not. */
  readonly authorize: () => Promise<ErrorCode | null>;
  readonly linkOptions: LinkOptions;
  readonly retryMessageOptions: RetryMessageOptions;
  readonly limits: SessionLimits & PushLimits;
  readonly clock: Clock;
  readonly ids: Ids;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'];
}

export interface Session {
  readonly actor: ActorRefFrom<typeof sessionMachine>;
  /** Resolves with why it ended; null where it ended as asked. */
  readonly closed: Promise<ErrorCode | null>;
  /** Rows and assets moved so far, by stage. */
  counts(): Readonly<Record<string, number>>;
  /** Answers what is in work, then closes the connection. */
  close(): void;
}

/** Messages whose uuid is remembered: a resend comes soon or not at all. */
const rememberedUuids = 10_000;

export function createSession(options: SessionOptions): Session {
  const { direction, ids } = options;
  const exchange = createServerExchange(options);
  const outbox = createOutbox();
  const seen = new Set<string>();
  /** What the charts know by its uuid only. */
  const inbox = new Map<string, { readonly content: unknown; readonly about: ErrorDetails }>();
  let lastAnswer: { uuid: string; frame: string } | null = null;

  const { logic: socket, wire } = createSocketActor(() => options.socket, receive);

  function receive(text: string): void {
    try {
      const frame = readClientFrame(text, direction);
      if (frame.kind === 'confirmation') {
        confirm(frame.uuid);
        return;
      }
      const { request, about } = checkTransferID(frame);
      if (!seen.has(request.uuid)) inbox.set(request.uuid, { content: frame.content, about });
      actor.send({ type: 'message.received', request });
    } catch (error) {
      actor.send({ type: 'message.broken', code: toTransferError(error).code });
    }
  }

  /** Every transfer message carries the id that `init` answered, and `end` names it. */
  function checkTransferID(frame: Extract<ReturnType<typeof readClientFrame>, { kind: 'request' }>) {
    const { request, about } = frame;
    const current = exchange.transfer?.transferID;
    const isEnd = request.type === 'request.end';
    const named = isEnd ? Object(frame.content).transferID : frame.transferID;
    const isCommand = request.type === 'request.init' || request.type === 'request.status';
    const fits = isCommand || current === undefined || named === current;
    if (fits || request.type === 'request.invalid') return { request, about };
    return {
      request: { type: 'request.invalid', uuid: request.uuid, code: 'BAD_TRANSFER_ID' } as const,
      about,
    };
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
    lastAnswer = { uuid, frame };
    wire.send(frame);
  }

  function wasSeen(uuid: string): boolean {
    if (seen.has(uuid)) return true;
    seen.add(uuid);
    if (seen.size > rememberedUuids) {
      const [oldest] = seen;
      if (oldest !== undefined) seen.delete(oldest);
    }
    return false;
  }

  /** The server's role: carries the request out and answers; for a pull's batch, sends it and waits. */
  const carryOut = fromPromise<ExchangeResult, { request: LifecycleRequest }>(async ({ input }) => {
    const { request } = input;
    if (pump.owns(request.uuid)) return pump.exchange(request.uuid);
    try {
      const data = await exchange.carryOut(request, inbox.get(request.uuid)?.content);
      const started = request.type === 'request.stepStart' && direction === 'pull';
      if (request.type === 'request.stepEnd') pump.stop();
      answer(request.uuid, started ? { ...Object(data), ...pump.prepare(request.step) } : data, null);
      return { accepted: true };
    } catch (thrown) {
      answer(request.uuid, null, toTransferError(thrown));
      // Rows that cannot be written leave nothing that could be committed.
      if (request.type === 'request.stepStream') throw thrown;
      return { accepted: false };
    }
  });

  const actor: ActorRefFrom<typeof sessionMachine> = createActor(
    sessionMachine.provide({
      guards: {
        wasSeen: ({ event }) => event.type === 'message.received' && wasSeen(event.request.uuid),
      },
      actions: {
        repeatAnswer: ({ event }) => {
          if (event.type !== 'message.received' || lastAnswer?.uuid !== event.request.uuid) return;
          wire.send(lastAnswer.frame);
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
        dispatcher: dispatcherOver(outbox, wire),
        lifecycle: lifecycleMachine.provide({ actors: { exchange: carryOut } }),
        authorize: fromPromise(options.authorize),
        cleanUp: fromPromise(async () => {
          pump.stop();
          outbox.failAll(new TransferError('ABORTED'));
          await exchange.cleanUp();
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
  const lanes = createLanes(
    () => {
      const lane = actor.getSnapshot().children['lane.0'];
      return lane === undefined ? [] : [lane as unknown as DispatcherRef];
    },
    {
      answered: (uuid) => outbox.settle(uuid),
      retried: () => {},
      failed: () => actor.send({ type: 'abort' }),
    },
  );
  const pump = createPullPump({
    ids,
    lifecycle,
    transfer: () => exchange.transfer as ServedTransfer,
    send(uuid, step, frame) {
      const answered = outbox.put(uuid, `${step}.batch`, frame);
      lanes.submit({ uuid, kind: `${step}.batch`, bytes: frame.length });
      return answered;
    },
    // Strapi's client loses a batch that it reads in the same turn as the answer to `start`.
    roundTrip: () => roundTrip(options.socket),
  });

  const closed = new Promise<ErrorCode | null>((resolve) => {
    actor.subscribe({
      complete: () => resolve(actor.getSnapshot().output ?? null),
      error: () => resolve('UNEXPECTED'),
    });
  });
  const settle = ({ uuid }: { uuid: string }) => {
    actor.send({ type: 'exchange.settled', uuid });
    pump.settled(uuid);
  };
  lifecycle().on('exchange.done', settle);
  lifecycle().on('exchange.failed', settle);
  actor.start();

  const close = () => {
    if (actor.getSnapshot().status === 'active') actor.send({ type: 'leave' });
  };
  return { actor, closed, counts: () => exchange.counts, close };
}

function roundTrip(socket: SocketLike): Promise<void> {
  if (socket.watch === undefined || socket.ping === undefined) return Promise.resolve();
  return new Promise((resolve) => {
    const stop = socket.watch?.(() => {
      stop?.();
      resolve();
    });
    socket.ping?.();
  });
}
