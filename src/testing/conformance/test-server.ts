import type { Direction } from '../../../machines/lifecycle.machine.js';
import { type Clock, realClock } from '../../ports/clock.js';
import { type Ids, realIds } from '../../ports/ids.js';
import { steps as everyStep, type Step } from '../../protocol/content.js';
import type { Given } from '../../protocol/given.js';
import type { MemoryContent } from '../../stores/memory.js';
import type { SocketLike } from '../../transport/socket.js';
import type { ContractCase } from '../store-contract.js';
import { loadFastCheck } from './drawing.js';
import { createDeviations, type Deviated, type KnownDeviation } from './known-deviations.js';
import type { Move } from './moves.js';
import { Nonconformance } from './nonconformance.js';
import { severalOfEach } from './one-of-each.js';
import { begin, findingOf, type PlayOptions, play, type ServerDifference } from './play.js';
import { againWith, type SequenceId, type Sequences, sequenceIds, sequenceName } from './sequences.js';
import { type Avoid, type LeftOut, serverPlans, whyNot } from './server-plans.js';
import { playDrawn, shrunk } from './server-sequences.js';
import { createShortening } from './shorten.js';

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
  /**
   * What a push brings: all rows of a stage in each of its messages. A server whose schemas do not take it needs content
   * of its own; a stage without any is streamed empty.
   * @defaultValue two or three items for each stage, of a type `api::page.page`
   */
  readonly content?: Given<MemoryContent> | undefined;
  /** Of `init`. @defaultValue those of a client that restores nothing and deletes nothing */
  readonly initParams?: Readonly<Partial<Record<Direction, Readonly<Record<string, unknown>>>>> | undefined;
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
  /**
   * Whether a case that fails looks for the shortest path that still fails, which it does once for each finding, on
   * connections of its own.
   * @defaultValue true
   */
  readonly shortens?: boolean | undefined;
  /**
   * Sequences of requests that fast-check draws from the lifecycle chart, in cases of their own: a request that the chart
   * takes, one that it refuses, a message that comes again, in any order, several transfers over one connection. A
   * case that fails shows the shrunk sequence and the seed. They need the package `fast-check`, 4.10 or later.
   * @defaultValue none
   */
  readonly sequences?: Given<Sequences> | undefined;
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

const initParamsOf: Readonly<Record<Direction, Readonly<Record<string, unknown>>>> = {
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
 * those that it refuses with a code; requests that name another transfer; messages that come twice, at once or late.
 * The suite checks the form of each answer, the stats of what it pushed, and the batches of a pull. It changes content
 * only by `beforeTransfer` and what follows, and rolls every push back; still, give it a store for tests.
 */
export function testServer(options: ServerUnderTest): ServerSuite {
  const { directions = ['push', 'pull'], steps = everyStep, avoid = () => null } = options;
  const { shortens = true } = options;
  const { deviated, firstUnknown, isKnown } = createDeviations(options.deviations);
  const generated = directions.map((direction) => serverPlans(direction, steps, avoid));
  const run = (direction: Direction, moves: readonly Move[]) => play(playOf(direction, options), moves);
  const isAllowed = (direction: Direction, moves: readonly Move[]) =>
    whyNot(direction, moves, avoid) === null;
  const shorten = createShortening({ steps, run, isAllowed });

  async function check(name: string, direction: Direction, moves: readonly Move[]): Promise<void> {
    const difference = await run(direction, moves);
    const unknown = firstUnknown(name, difference === null ? [] : [difference]);
    if (unknown === undefined) return;
    const path = { difference: unknown, moves: moves.slice(0, unknown.before.length + 1) };
    const shortest = shortens ? await shorten(unknown, async () => path) : unknown;
    throw failureOf(unknown, shortest);
  }

  async function checkSequence(name: string, direction: Direction, id: SequenceId): Promise<void> {
    const fastCheck = await loadFastCheck();
    const open = () => begin(playOf(direction, options));
    const about = { direction, steps, avoid, id, open };
    const isNew = (difference: ServerDifference) => firstUnknown(name, [difference]) !== undefined;
    const failed = await playDrawn(fastCheck, { ...about, isNew });
    if (failed === null) return;
    const { difference } = failed;
    const smaller = () => shrunk(fastCheck, { ...about, isNew: (other) => !isKnown(other) }, failed);
    throw failureOf(difference, shortens ? await shorten(difference, smaller) : difference, id);
  }

  const sequences = sequenceIds(options.sequences);
  return {
    cases: [
      ...generated.flatMap(({ plans }) =>
        plans.map(({ name, direction, moves }) => ({ name, run: () => check(name, direction, moves) })),
      ),
      ...directions.flatMap((direction) =>
        sequences.map((id) => {
          const name = `${direction}: ${sequenceName(id)}`;
          return { name, run: () => checkSequence(name, direction, id) };
        }),
      ),
    ],
    leftOut: generated.flatMap(({ leftOut }) => leftOut),
    deviated,
  };
}

function playOf(direction: Direction, options: ServerUnderTest): PlayOptions {
  const { clock = realClock, ids = realIds, patience = 5000, wording = 'exact' } = options;
  return {
    ...{ direction, clock, ids, patience, wording },
    connect: options.connect,
    initParams: options.initParams?.[direction] ?? initParamsOf[direction],
    content: options.content ?? severalOfEach,
    mayLeaveWith: (before, request) => (options.avoid?.({ direction, before, request }) ?? null) === null,
  };
}

function failureOf(
  difference: ServerDifference,
  shortest: ServerDifference,
  id?: SequenceId,
): Nonconformance {
  const { before, expected, came } = difference;
  const wanted = expected === 'accepted' ? 'accepted' : `refused with ${expected}`;
  const shorter = shortest.before.length < before.length;
  const lines = [
    `${pathOf(difference)}: expected ${wanted}, came ${came}`,
    ...(shorter ? [`  the shortest path that still fails: ${pathOf(shortest)}`] : []),
    ...(id === undefined ? [] : [`  ${againWith(id)}`]),
  ];
  return new Nonconformance({
    finding: findingOf(difference),
    length: before.length,
    message: lines.join('\n'),
    expected: wanted,
    actual: came,
    operator: 'testServer',
  });
}

const pathOf = ({ before, request }: ServerDifference) => [...before, request].join(', ');
