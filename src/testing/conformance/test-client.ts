import type { Direction } from '../../../machines/lifecycle.machine.js';
import { steps } from '../../protocol/content.js';
import { type Given, withDefaults } from '../../protocol/given.js';
import { checkRetryMessageOptions, type RetryMessageOptions } from '../../protocol/retry.js';
import type { MemoryContent } from '../../stores/memory.js';
import type { ContractCase } from '../store-contract.js';
import { plannedOrder, type StrapiScriptOptions, strapiScript } from '../strapi-script.js';
import { type ClientPlan, clientPlans, type Reaction, type ServerManner } from './client-plans.js';
import type { Judge } from './judge.js';
import { createDeviations, type Deviated, type KnownDeviation } from './known-deviations.js';
import { Nonconformance } from './nonconformance.js';
import { oneOfEach } from './one-of-each.js';
import type { ClientEnd, Play, Scene } from './scene.js';
import { type ClientRun, sceneInMemory } from './scene-in-memory.js';
import { type ClientRunByUrl, lingerOnLoopback, sceneOnLoopback } from './scene-on-loopback.js';

/** A client's violation of the charts. */
export interface ClientDifference {
  readonly direction: Direction;
  /** The request whose answers the plan disturbs. */
  readonly request: string;
  /** The server's reactions, one for each sending, in order. */
  readonly reactions: readonly Reaction[];
  /** How the server behaves throughout the transfer, where that is what is tried; `request` is `init` then. */
  readonly manner?: ServerManner;
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
   * many milliseconds together. In memory no time passes. Fewer `requests`, or a shorter `patience`, are fewer.
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
  open: (play: Play) => Promise<Scene<Run>>,
  longest: (retries: RetryMessageOptions) => number,
): ClientSuite {
  const { run, directions = ['push', 'pull'], requests = everyRequest, content = oneOfEach } = options;
  const retryMessageOptions = checkRetryMessageOptions(withDefaults(defaults, options.retryMessageOptions));
  const { deviated, firstUnknown } = createDeviations(options.deviations);
  const plans = directions.flatMap((direction) =>
    clientPlans(direction, requests(direction), retryMessageOptions),
  );
  const silent = plans.filter(({ reactions }) => reactions.includes('silence')).length;
  return {
    cases: plans.map((plan) => ({
      name: plan.name,
      run: async () => {
        const { name, direction, request, reactions, manner } = plan;
        const script = strapiScript({ direction, content, ...mannersOfScript(manner) });
        const complaints = await play(plan, run, await open({ plan, script, retryMessageOptions }));
        const differences = complaints.map((came) => ({
          ...{ direction, request, reactions, came },
          ...(manner === undefined ? {} : { manner }),
        }));
        const first = firstUnknown(name, differences);
        if (first !== undefined) throw failureOf(plan, first.came);
      },
    })),
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
    ...endOf(plan, judge, end),
    ...(peer.frames.length > frames ? ['a message after the transfer was over'] : []),
    ...(end !== null && timers > 0 ? [`left ${timers} timers running`] : []),
    ...(end !== null && isOpen ? ['left its connection open'] : []),
  ];
}

function endOf(plan: ClientPlan, judge: Judge, end: ClientEnd | null): readonly string[] {
  const sendings = judge.sendings();
  const isDisturbed = plan.manner === undefined;
  if (isDisturbed && sendings === 0) return [`never sent ${plan.request}`];
  const differences: string[] = [];
  if (isDisturbed && sendings !== plan.sendings) {
    differences.push(`sent ${plan.request} ${sendings} times, not ${plan.sendings}`);
  }
  const expected = mustFail(plan, judge) ? 'rejected' : 'resolved';
  if (end === null) differences.push('the transfer came to no end');
  // The client decides whether a transfer goes on after an error.
  else if (end !== expected && !plan.reactions.includes('error')) {
    differences.push(`the transfer ${end}, and should have ${expected}`);
  }
  return differences;
}

/** A client that has agreed to no checksums needs none. */
const mustFail = ({ fails, manner }: ClientPlan, judge: Judge) =>
  fails && (judge.agreed().checksums || !(manner === 'wrong checksums' || manner === 'no checksums'));

function failureOf({ name, request, reactions, sendings, fails }: ClientPlan, came: string): Nonconformance {
  const expected = `${sendings} sendings, then ${fails ? 'the transfer fails' : 'the transfer goes on'}`;
  return new Nonconformance({
    finding: came.replaceAll(request, 'the request'),
    length: reactions.length,
    message: `${name}: expected ${expected}; came: ${came}`,
    expected,
    actual: came,
    operator: 'testClient',
  });
}
