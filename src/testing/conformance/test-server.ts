import { AssertionError } from 'node:assert/strict';
import { isDeepStrictEqual } from 'node:util';
import { handles } from '../../../machines/handles.js';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import { type Clock, realClock } from '../../ports/clock.js';
import { type Ids, realIds } from '../../ports/ids.js';
import { steps as everyStep, type Step } from '../../protocol/content.js';
import type { ErrorCode } from '../../protocol/errors.js';
import type { SocketLike } from '../../transport/socket.js';
import type { ContractCase } from '../store-contract.js';
import { createDeviations, type Deviated, type KnownDeviation } from './known-deviations.js';
import { type Avoid, type LeftOut, type Said, type ServerPlan, serverPlans } from './server-plans.js';
import { ask, begin, settle } from './walk.js';
import { createWire, isErrorOf, messageOf, type Outcome } from './wire.js';

/** An answer other than the chart expects. */
export interface ServerDifference {
  readonly direction: Direction;
  /** The requests before it, oldest first: `init`, `bootstrap`, `start links`, … */
  readonly before: readonly string[];
  /** The request that was answered. */
  readonly request: string;
  /** The chart's expectation: `accepted`, or the code of the refusal. */
  readonly expected: 'accepted' | ErrorCode;
  /** The server's answer, in words. */
  readonly came: string;
}

/** How the suite reaches a server, and what it sends. */
export interface ServerUnderTest {
  /**
   * Opens a connection for this direction, past the handshake or in the middle of it. A `WebSocket` of `ws` or of a
   * browser fits.
   */
  readonly connect: (about: { readonly direction: Direction }) => SocketLike | Promise<SocketLike>;
  /** @defaultValue both */
  readonly directions?: readonly Direction[] | undefined;
  /** The stages that the suite starts, streams and ends. @defaultValue all four */
  readonly steps?: readonly Step[] | undefined;
  /**
   * `exact`: a refusal has the words of the error table, as a Strapi has them. `any`: a refusal is a refusal.
   * @defaultValue 'exact'
   */
  readonly wording?: 'exact' | 'any' | undefined;
  /** Of `init`. @defaultValue those of a client that restores nothing and deletes nothing */
  readonly initParams?: Readonly<Partial<Record<Direction, object>>> | undefined;
  /** Requests that the suite must not send to this server, with the reason. @defaultValue it sends all */
  readonly avoid?: Avoid | undefined;
  /** Known differences do not fail a case; they end it. @defaultValue none */
  readonly deviations?: readonly KnownDeviation<ServerDifference>[] | undefined;
  /** Milliseconds that an answer may take. @defaultValue 5000 */
  readonly patience?: number | undefined;
  /** Of `patience`. @defaultValue the real one */
  readonly clock?: Clock | undefined;
  /** Of requests. @defaultValue random uuids */
  readonly ids?: Ids | undefined;
}

/** The paths of the lifecycle chart against one server. */
export interface ServerSuite {
  /** One for each path, on a connection of its own: for `test.each` of Vitest, `test` of Node, or `report`. */
  readonly cases: readonly ContractCase[];
  /** The cases that `avoid` left out. */
  readonly leftOut: readonly LeftOut[];
  /** The cases that have run and ended in a known deviation, by its name. */
  readonly deviated: Deviated;
}

const initParamsOf: Readonly<Record<Direction, object>> = {
  push: {
    options: {
      strategy: 'restore',
      restore: {
        assets: true,
        configuration: { coreStore: false, webhook: false },
        entities: { include: [] },
      },
    },
    transfer: 'push',
    checksums: true,
    assetEncoding: 'base64',
  },
  pull: { transfer: 'pull', checksums: true },
};

/**
 * Plays the paths of the lifecycle chart to a server: every request in every place, those that the chart takes and
 * those that it refuses with a code. The suite does not look at the content, changes it only by `beforeTransfer`, and
 * rolls every push back; still, give it a store for tests.
 */
export function testServer(options: ServerUnderTest): ServerSuite {
  const { directions = ['push', 'pull'], steps = everyStep, avoid } = options;
  const { deviated, firstUnknown } = createDeviations(options.deviations);
  const generated = directions.map((direction) => serverPlans(direction, steps, avoid));
  const plans = generated.flatMap((each) => each.plans);
  return {
    cases: plans.map((plan) => ({
      name: plan.name,
      async run() {
        const difference = await play(plan, options);
        const unknown = firstUnknown(plan.name, difference === null ? [] : [difference]);
        if (unknown !== undefined) throw failureOf(unknown);
      },
    })),
    leftOut: generated.flatMap((each) => each.leftOut),
    deviated,
  };
}

/** Plays one path; resolves with the first answer that differs from the chart, or null. */
async function play(plan: ServerPlan, options: ServerUnderTest): Promise<ServerDifference | null> {
  const { clock = realClock, ids = realIds, patience = 5000, wording = 'exact' } = options;
  const { direction } = plan;
  const initParams = options.initParams?.[direction] ?? initParamsOf[direction];
  const stages = new Map<unknown, Step>();
  let position = begin(direction);
  let transferID = ids.uuid();
  let stray: string | null = null;

  const wire = createWire(await options.connect({ direction }), {
    clock,
    patience,
    // The chart checks the server's own requests too.
    onBatch({ uuid, id }) {
      const step = stages.get(id) ?? position.context.step ?? 'unknown';
      const batch = { type: 'request.stepStream', uuid, step } as const;
      const isOpen = handles(position, batch) || position.hasTag('starting');
      if (!isOpen) stray ??= `a batch of ${step}, unasked`;
    },
  });
  const before: string[] = [];

  /** Sends a request; resolves with the answer in words if it differs from the chart, otherwise with null. */
  async function say({ request, expected, again }: Said): Promise<string | null> {
    const uuid = ids.uuid();
    if (expected === 'accepted') position = ask(position, { ...request, uuid });
    const message = messageOf(request, { uuid, transferID, initParams });
    const outcome = await wire.ask(message);
    if (stray !== null) return stray;
    if (!isAsExpected(outcome, expected, wording)) return wordsOf(outcome);
    if (outcome.kind !== 'accepted') return null;
    position = settle(position, uuid, true);
    const { transferID: given, id } = Object(outcome.data) as Record<string, unknown>;
    if (request.type === 'request.init') {
      if (typeof given !== 'string') return 'accepted, without a transferID';
      transferID = given;
    }
    if (direction === 'pull' && request.type === 'request.stepStart') {
      stages.set(id, request.step as Step);
      if (!(await wire.stageEnded(id))) return 'accepted, without a last batch';
    }
    if (again !== true) return null;
    const second = await wire.askAgain(message);
    if (isDeepStrictEqual(second, outcome)) return null;
    return `${second.kind === 'accepted' ? 'another answer' : wordsOf(second)} to the same message again`;
  }

  const at = (request: string, expected: Said['expected'], came: string): ServerDifference => ({
    direction,
    before: [...before],
    request,
    expected,
    came,
  });

  try {
    const closed = await wire.opened;
    if (closed !== null) return at('the handshake', 'accepted', wordsOf(closed));
    for (const said of plan.says) {
      const came = await say(said);
      if (came !== null) return at(said.request.uuid, said.expected, came);
      before.push(said.request.uuid);
    }
    return null;
  } finally {
    await leave();
    wire.close();
  }

  /** Ends the transfer as a client does, since a server may hold resources until then. The answers are not checked. */
  async function leave(): Promise<void> {
    for (const name of ['rollback', 'close', 'end'] as const) {
      const request = { type: `request.${name}`, uuid: ids.uuid() } as const;
      const mayBe = options.avoid?.({ direction, before, request: name }) ?? null;
      if (position.hasTag('ended') || mayBe !== null || !handles(position, request)) continue;
      position = ask(position, request);
      const { kind } = await wire.ask(messageOf(request, { uuid: request.uuid, transferID, initParams }));
      if (kind !== 'accepted') return;
      position = settle(position, request.uuid, true);
      before.push(name);
    }
  }
}

function isAsExpected(outcome: Outcome, expected: Said['expected'], wording: 'exact' | 'any'): boolean {
  if (expected === 'accepted') return outcome.kind === 'accepted';
  return outcome.kind === 'refused' && (wording === 'any' || isErrorOf(outcome.error, expected));
}

function wordsOf(outcome: Outcome): string {
  if (outcome.kind === 'accepted') return 'accepted';
  if (outcome.kind === 'refused') return `refused: ${outcome.error.message}`;
  if (outcome.kind === 'silence') return `no answer in ${outcome.ms} ms`;
  return `the connection closed with ${outcome.code}`;
}

function failureOf({ before, request, expected, came }: ServerDifference): AssertionError {
  const wanted = expected === 'accepted' ? 'accepted' : `refused with ${expected}`;
  const path = [...before, request].join(', ');
  return new AssertionError({
    message: `${path}: expected ${wanted}, came ${came}`,
    expected: wanted,
    actual: came,
    operator: 'testServer',
  });
}
