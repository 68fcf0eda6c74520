import { AssertionError } from 'node:assert/strict';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import type { Clock } from '../../ports/clock.js';
import { steps } from '../../protocol/content.js';
import { checkRetryMessageOptions, type RetryMessageOptions } from '../../protocol/retry.js';
import type { MemoryContent } from '../../stores/memory.js';
import type { OpenSocket } from '../../transport/socket.js';
import { createScriptedPeer } from '../scripted-peer.js';
import type { ContractCase } from '../store-contract.js';
import { plannedOrder, strapiScript } from '../strapi-script.js';
import { settled, TestClock } from '../test-clock.js';
import { type ClientPlan, clientPlans } from './client-plans.js';
import { createJudge, type Judge } from './judge.js';
import { oneOfEach } from './one-of-each.js';

/** What one run of a client is given. */
export interface ClientRun {
  readonly direction: Direction;
  /** Opens the one connection, to a server that is played: no network. */
  readonly open: OpenSocket;
  /** Drives every wait of the client: time passes as fast as the client lets it. */
  readonly clock: Clock;
  /** What the client is expected to keep to. */
  readonly retryMessageOptions: RetryMessageOptions;
}

/** A client, and what is played to it. */
export interface ClientUnderTest {
  /**
   * Runs one whole transfer, with something to move in every stage, and resolves once it is done. Rejects where it
   * fails.
   */
  readonly run: (about: ClientRun) => Promise<unknown>;
  /** @defaultValue both */
  readonly directions?: readonly Direction[];
  /**
   * The requests that are answered badly, each in runs of its own: `init`, `links.start`, … All must be sent by the
   * client.
   * @defaultValue those of a whole transfer in the documented order; in a push the first batch of each stage too, in a
   * pull all but `close` and `end`, since everything has been read by then
   */
  readonly requests?: (direction: Direction) => readonly string[];
  /** @defaultValue 30000 ms, 2 retries */
  readonly retryMessageOptions?: Partial<RetryMessageOptions>;
  /** What the server holds in a pull. @defaultValue `oneOfEach` */
  readonly content?: Partial<MemoryContent>;
}

/** The paths of the dispatcher chart against one client. */
export interface ClientSuite {
  /** One to each path, a transfer of its own: for `test.each` of Vitest, `test` of Node, or `report`. */
  readonly cases: readonly ContractCase[];
}

function everyRequest(direction: Direction): readonly string[] {
  const order = plannedOrder(direction);
  if (direction === 'push') return [...order, ...steps.map((step) => `${step}.stream`)];
  return order.filter((request) => request !== 'close' && request !== 'end');
}

/** Simulated time in which a client must have come to an end. */
const longest = 24 * 3600 * 1000;

/**
 * Plays the paths of the dispatcher chart to a client: each request is answered, answered twice, answered with an
 * error, cut off, or left unanswered up to the last resend and past it. What the client sends must be a walk of the
 * lifecycle chart, its resends those of the dispatcher chart; it must come to the end that the chart has, and leave no
 * timer behind.
 */
export function testClient(options: ClientUnderTest): ClientSuite {
  const { directions = ['push', 'pull'], requests = everyRequest } = options;
  const retryMessageOptions = checkRetryMessageOptions({
    retryMessageMaxRetries: 2,
    ...options.retryMessageOptions,
  });
  const plans = directions.flatMap((direction) =>
    clientPlans(direction, requests(direction), retryMessageOptions),
  );
  return {
    cases: plans.map((plan) => ({
      name: plan.name,
      run: async () => {
        const [first] = await play(plan, options, retryMessageOptions);
        if (first !== undefined) throw failureOf(plan, first);
      },
    })),
  };
}

/** Plays one plan; what the client did that it should not have. */
async function play(
  plan: ClientPlan,
  { run, content = oneOfEach }: ClientUnderTest,
  retryMessageOptions: RetryMessageOptions,
): Promise<readonly string[]> {
  const { direction } = plan;
  const clock = new TestClock();
  const judge = createJudge(plan, strapiScript({ direction, content }));
  const peer = createScriptedPeer({ clock, answer: judge.answer });
  let end: 'resolved' | 'rejected' | null = null;
  const running = run({ direction, open: peer.open, clock, retryMessageOptions }).then(
    () => 'resolved' as const,
    () => 'rejected' as const,
  );
  void running.then((outcome) => {
    end = outcome;
  });
  while (end === null && clock.now() < longest && (await passes(clock, () => end !== null)));
  const framesAtTheEnd = peer.frames.length;
  // What is still to come of a timer that was left behind comes now.
  const left = [...clock.pending];
  for (let rings = 0; rings < left.length; rings += 1) await clock.passToNext();
  return [
    ...judge.complaints,
    ...endOf(plan, judge, end),
    ...(peer.frames.length > framesAtTheEnd ? ['a message after the transfer was over'] : []),
    ...(end !== null && left.length > 0 ? [`left ${left.length} timers running`] : []),
  ];
}

/** Lets time pass while the client waits for nothing else; false where it waits for nothing at all. */
async function passes(clock: TestClock, isOver: () => boolean): Promise<boolean> {
  // What a client does without a clock (hashing, files) takes several turns.
  for (let turn = 0; turn < 20 && clock.pending.length === 0; turn += 1) {
    await settled();
    if (isOver()) return true;
  }
  return clock.passToNext();
}

function endOf(plan: ClientPlan, judge: Judge, end: 'resolved' | 'rejected' | null): readonly string[] {
  const sendings = judge.sendings();
  if (sendings === 0) return [`never sent ${plan.request}`];
  if (sendings !== plan.sendings) return [`sent ${plan.request} ${sendings} times, not ${plan.sendings}`];
  if (end === null) return ['the transfer came to no end'];
  // Whether a transfer goes on after an error is the client's to say.
  if (plan.deeds.includes('error')) return [];
  const expected = plan.fails ? 'rejected' : 'resolved';
  return end === expected ? [] : [`the transfer ${end}, and should have ${expected}`];
}

function failureOf({ name, sendings, fails }: ClientPlan, came: string): AssertionError {
  const expected = `${sendings} sendings, then ${fails ? 'the transfer fails' : 'the transfer goes on'}`;
  return new AssertionError({
    message: `${name}: expected ${expected}; came: ${came}`,
    expected,
    actual: came,
    operator: 'testClient',
  });
}
