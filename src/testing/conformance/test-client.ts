import type { Direction } from '../../../machines/lifecycle.machine.js';
import { steps } from '../../protocol/content.js';
import { type Given, withDefaults } from '../../protocol/given.js';
import { checkRetryMessageOptions, type RetryMessageOptions } from '../../protocol/retry.js';
import type { MemoryContent } from '../../stores/memory.js';
import type { ContractCase } from '../store-contract.js';
import { plannedOrder, type StrapiScriptOptions, strapiScript } from '../strapi-script.js';
import {
  type ClientPlan,
  clientPlans,
  disturbancesOf,
  isOfChecksums,
  mayEnd,
  type Reaction,
  type ServerManner,
} from './client-plans.js';
import { type FailedPlan, playDrawn } from './client-sequences.js';
import { loadFastCheck } from './drawing.js';
import type { Judge } from './judge.js';
import { createDeviations, type Deviated, type KnownDeviation } from './known-deviations.js';
import { Nonconformance } from './nonconformance.js';
import { oneOfEach } from './one-of-each.js';
import type { ClientEnd, Scene, SceneOptions } from './scene.js';
import { type ClientRun, sceneInMemory } from './scene-in-memory.js';
import { type ClientRunByUrl, lingerOnLoopback, sceneOnLoopback } from './scene-on-loopback.js';
import { againWith, type SequenceId, type Sequences, sequenceIds, sequenceName } from './sequences.js';

/** A client's violation of the charts. */
export interface ClientDifference {
  readonly direction: Direction;
  /** The request whose answers the plan disturbs. */
  readonly request: string;
  /** The server's reactions, one for each sending, in order. */
  readonly reactions: readonly Reaction[];
  /** How the server behaves throughout the transfer, where that is what is tried; `request` is `init` then. */
  readonly manner?: ServerManner;
  /** In a sequence: the other requests whose answers the plan disturbs, in the order in which it was drawn. */
  readonly others?: readonly Pick<ClientDifference, 'request' | 'reactions'>[];
  /** What the client did, in words. */
  readonly came: string;
}

/** A client under test, and the transfers that the suite plays to it. */
export interface ClientUnderTest<Run = ClientRun> {
  /** Runs one whole transfer with something to move in every stage. Resolves once it is done, rejects if it fails. */
  readonly run: (about: Run) => Promise<unknown>;
  /** @defaultValue both */
  readonly directions?: readonly Direction[] | undefined;
  /**
   * The requests whose answers are disturbed, each in runs of its own: `init`, `links.start`, … The client must send
   * all of them.
   * @defaultValue those of a whole transfer in the documented order; in a push the first batch of each stage too, in a
   * pull all but `close` and `end`, since everything has been read by then
   */
  readonly requests?: ((direction: Direction) => readonly string[]) | undefined;
  /** @defaultValue 2 retries, after 30000 ms, or by URL after 500 ms */
  readonly retryMessageOptions?: Given<RetryMessageOptions> | undefined;
  /** What the server holds in a pull. @defaultValue `oneOfEach` */
  readonly content?: Given<MemoryContent> | undefined;
  /** Known differences, which do not fail a case. @defaultValue none */
  readonly deviations?: readonly KnownDeviation<ClientDifference>[] | undefined;
  /**
   * Sequences that fast-check draws, in cases of their own: the answers to several requests of one transfer are
   * disturbed. A case that fails shows the shrunk sequence and the seed. They need the package `fast-check`, 4.10 or later.
   * @defaultValue none
   */
  readonly sequences?: Given<Sequences> | undefined;
  /** Whether a sequence that fails is shrunk, with transfers of its own. @defaultValue true */
  readonly shortens?: boolean | undefined;
}

/** A client under test that takes a URL, and the transfers that the suite plays to it. */
export interface ClientByUrl extends ClientUnderTest<ClientRunByUrl> {
  /** Milliseconds in which one transfer must end. @defaultValue 10000 */
  readonly patience?: number | undefined;
}

/** The paths of the dispatcher chart against one client. */
export interface ClientSuite {
  /** One for each path, with a transfer of its own: for `test.each` of Vitest, `test` of Node, or `report`. */
  readonly cases: readonly ContractCase[];
  /** The cases that have run and met a known deviation, by its name. */
  readonly deviated: Deviated;
  /**
   * What a client costs that never sends a request again: so many cases end only when their time is over, and take so
   * many milliseconds together, sequences left out. In memory no time passes. Fewer `requests`, or a shorter
   * `patience`, are fewer.
   */
  readonly ifNothingIsSentAgain: { readonly cases: number; readonly ms: number };
}

function everyRequest(direction: Direction): readonly string[] {
  const order = plannedOrder(direction);
  if (direction === 'push') return [...order, ...steps.map((step) => `${step}.stream`)];
  return order.filter((request) => request !== 'close' && request !== 'end');
}

/**
 * Plays the paths of the dispatcher chart to a client: each request is answered, answered twice, answered with an
 * error, cut off, or left unanswered up to the last resend and past it. What the client sends must be a walk of the
 * lifecycle chart, its resends those of the dispatcher chart; it must come to the end that the chart has, and leave
 * neither a timer nor its connection behind.
 */
export function testClient(options: ClientUnderTest): ClientSuite {
  return suiteOf(options, { retryMessageMaxRetries: 2 }, sceneInMemory, () => 0);
}

/**
 * The same for a client that takes a URL and nothing else: the scripted server listens on the loopback interface, and
 * time is real. The suite cannot see timers that the client leaves behind, only what they send.
 */
export function testClientByUrl({ patience = 10_000, ...options }: ClientByUrl): ClientSuite {
  const retries = { retryMessageMaxRetries: 2, retryMessageTimeout: 500 };
  return suiteOf(
    options,
    retries,
    (play) => sceneOnLoopback(play, patience),
    ({ retryMessageTimeout }) => patience + lingerOnLoopback * retryMessageTimeout,
  );
}

function suiteOf<Run>(
  options: ClientUnderTest<Run>,
  defaults: Given<RetryMessageOptions>,
  open: (play: SceneOptions) => Promise<Scene<Run>>,
  longest: (retries: RetryMessageOptions) => number,
): ClientSuite {
  const { run, directions = ['push', 'pull'], requests = everyRequest, content = oneOfEach } = options;
  const { shortens = true } = options;
  const retryMessageOptions = checkRetryMessageOptions(withDefaults(defaults, options.retryMessageOptions));
  const { deviated, firstUnknown, isKnown } = createDeviations(options.deviations);
  const hasAssets = (content.assets ?? []).length > 0;

  async function differencesOf(plan: ClientPlan): Promise<readonly ClientDifference[]> {
    const { direction, manner, disturbances } = plan;
    const script = strapiScript({ direction, content, ...mannersOfScript(manner) });
    const scene = await open({ plan, script, retryMessageOptions });
    const [{ request, reactions } = { request: 'init', reactions: [] }, ...more] = disturbances.toReversed();
    const others = more.toReversed().map((one) => ({ request: one.request, reactions: one.reactions }));
    return (await play(plan, run, scene, hasAssets)).map((came) => ({
      ...{ direction, request, reactions, came },
      ...(manner === undefined ? {} : { manner }),
      ...(others.length === 0 ? {} : { others }),
    }));
  }

  async function check(plan: ClientPlan): Promise<void> {
    const first = firstUnknown(plan.name, await differencesOf(plan));
    if (first !== undefined) throw failureOf({ plan, came: first.came });
  }

  const shrunk = new Map<string, Promise<FailedPlan | null>>();
  async function checkSequence(name: string, direction: Direction, id: SequenceId): Promise<void> {
    const fastCheck = await loadFastCheck();
    const disturbances = disturbancesOf(direction, requests(direction), retryMessageOptions);
    const about = { direction, disturbances, id };
    const failed = await playDrawn(fastCheck, {
      ...about,
      shrinks: false,
      async attempt(plan) {
        const first = firstUnknown(name, await differencesOf(plan));
        return first === undefined ? null : { plan, came: first.came };
      },
    });
    if (failed === null) return;
    const shrink = () =>
      playDrawn(fastCheck, {
        ...about,
        shrinks: true,
        async attempt(plan) {
          const differences = await differencesOf(plan);
          const first = differences.find((difference) => !isKnown(difference));
          return first === undefined ? null : { plan, came: first.came };
        },
      });
    const key = `${direction} ${findingOf(failed)}`;
    const smaller = shortens ? (shrunk.get(key) ?? shrink()) : null;
    if (smaller !== null) shrunk.set(key, smaller);
    throw failureOf((await smaller) ?? failed, id);
  }

  const plans = directions.flatMap((direction) =>
    clientPlans(direction, requests(direction), retryMessageOptions),
  );
  const sequences = sequenceIds(options.sequences);
  const silent = plans.filter(({ disturbances }) =>
    disturbances.some(({ reactions }) => reactions.includes('silence')),
  ).length;
  return {
    cases: [
      ...plans.map((plan) => ({ name: plan.name, run: () => check(plan) })),
      ...directions.flatMap((direction) =>
        sequences.map((id) => {
          const name = `${direction}: ${sequenceName(id)}`;
          return { name, run: () => checkSequence(name, direction, id) };
        }),
      ),
    ],
    deviated,
    ifNothingIsSentAgain: { cases: silent, ms: silent * longest(retryMessageOptions) },
  };
}

/** Of the scripted server. */
function mannersOfScript(manner: ServerManner | undefined): Partial<StrapiScriptOptions> {
  if (manner === 'echoes nothing') return { echoes: false };
  if (manner === 'wrong checksums') return { checksum: 'wrong' };
  return manner === 'no checksums' ? { checksum: 'none' } : {};
}

/** Plays one plan; resolves with the client's violations. */
async function play<Run>(
  plan: ClientPlan,
  run: ClientUnderTest<Run>['run'],
  scene: Scene<Run>,
  hasAssets: boolean,
): Promise<readonly string[]> {
  const { judge, peer } = scene;
  const running = run(scene.given).then(
    () => 'resolved' as const,
    () => 'rejected' as const,
  );
  const end = await scene.until(running);
  const frames = peer.frames.length;
  const timers = await scene.linger();
  const isOpen = peer.socket.readyState <= 1;
  await scene.close();
  return [
    ...judge.complaints,
    ...faultsOfSendings(plan, judge),
    ...faultsOfEnd(mustFail(plan, judge, hasAssets), judge, end),
    ...(peer.frames.length > frames ? ['a message after the transfer was over'] : []),
    ...(end !== null && timers > 0 ? [`left ${timers} timers running`] : []),
    ...(end !== null && isOpen ? ['left its connection open'] : []),
  ];
}

function faultsOfSendings({ disturbances }: ClientPlan, { begun }: Judge): readonly string[] {
  const mayHaveEnded = begun.some(({ disturbance }) => mayEnd(disturbance));
  return disturbances.flatMap((disturbance) => {
    const { request, sendings } = disturbance;
    const sent = begun.find((one) => one.disturbance === disturbance)?.sendings ?? 0;
    if (sent === sendings) return [];
    if (sent === 0) return mayHaveEnded ? [] : [`never sent ${request}`];
    return [`sent ${request} ${sent} times, not ${sendings}`];
  });
}

function faultsOfEnd(mustReject: boolean, { begun }: Judge, end: ClientEnd | null): readonly string[] {
  if (end === null) return ['the transfer came to no end'];
  // The client decides whether a transfer goes on after an error.
  const isFree = begun.some(({ disturbance }) => disturbance.reactions.includes('error'));
  const expected = mustReject ? 'rejected' : 'resolved';
  return end === expected || isFree ? [] : [`the transfer ${end}, and should have ${expected}`];
}

/** A client needs no checksums where it has agreed to none, or where there are no assets. */
function mustFail({ manner }: ClientPlan, { begun, agreed }: Judge, hasAssets: boolean): boolean {
  if (begun.some(({ disturbance }) => disturbance.fails)) return true;
  return isOfChecksums(manner) && agreed().checksums && hasAssets;
}

/** What is the same for every request that is disturbed. */
const findingOf = ({ plan, came }: FailedPlan) =>
  plan.disturbances.reduce((words, { request }) => words.replaceAll(request, 'the request'), came);

function failureOf(failed: FailedPlan, id?: SequenceId): Nonconformance {
  const { plan, came } = failed;
  const { disturbances, manner } = plan;
  const sendings = disturbances.map((one) => one.sendings).join(', ');
  const fails = disturbances.some((one) => one.fails) || isOfChecksums(manner);
  const then = fails ? 'the transfer fails' : 'the transfer goes on';
  const expected = disturbances.length === 0 ? then : `${sendings} sendings, then ${then}`;
  const again = id === undefined ? '' : `\n  ${againWith(id)}`;
  return new Nonconformance({
    finding: findingOf(failed),
    length: disturbances.reduce((sum, { reactions }) => sum + reactions.length, 0),
    message: `${plan.name}: expected ${expected}; came: ${came}${again}`,
    expected,
    actual: came,
    operator: 'testClient',
  });
}
