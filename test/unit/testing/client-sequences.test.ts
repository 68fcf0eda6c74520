import { describe, expect, test } from 'vitest';
import { createRemoteDestination, createRemoteSource } from '../../../src/client/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { oneOfEach } from '../../../src/testing/conformance/one-of-each.js';
import { report } from '../../../src/testing/conformance/report.js';
import type { ClientRun } from '../../../src/testing/conformance/scene-in-memory.js';
import type { Sequences } from '../../../src/testing/conformance/sequences.js';
import {
  type ClientDifference,
  type ClientUnderTest,
  testClient,
} from '../../../src/testing/conformance/test-client.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';

/** A whole transfer of ours over the given connection, the other end in memory. */
function move({ direction, open, clock, retryMessageOptions }: ClientRun): Promise<unknown> {
  const remote = { url: 'http://played/admin', token: 'token', open, clock, retryMessageOptions };
  const ends =
    direction === 'push'
      ? { from: createMemoryStore(oneOfEach).source(), to: createRemoteDestination(remote) }
      : { from: createRemoteSource(remote), to: createMemoryStore().destination() };
  return createTransfer({ ...ends, clock }).done;
}

const isDrawn = ({ name }: { name: string }) => name.includes('sequence');

describe('our client keeps to the charts where several answers are disturbed', () => {
  const { cases } = testClient({ run: move, sequences: { count: 40 } });
  for (const { name, run } of cases.filter(isDrawn)) test(name, run);
});

/** Our client, which gives its transfer up when it would send a third message again. */
function impatient({ open, ...about }: ClientRun): Promise<unknown> {
  const sent = new Set<string>();
  let resends = 0;
  return move({
    ...about,
    open(refused) {
      const socket = open(refused);
      return Object.assign(Object.create(socket) as typeof socket, {
        send(frame: string | Uint8Array, done?: (error?: Error) => void) {
          const text = String(typeof frame === 'string' ? frame : Buffer.from(frame));
          if (sent.has(text)) resends += 1;
          sent.add(text);
          if (resends < 3) socket.send(text, done);
          else socket.terminate?.();
        },
        sendText: undefined,
      });
    },
  });
}

const client = (run: ClientUnderTest['run']): ClientUnderTest => ({
  run,
  directions: ['push'],
  requests: () => ['init', 'bootstrap', 'links.start', 'close'],
});
const drawn = (options: ClientUnderTest, sequences: Partial<Sequences>) => {
  const { cases, ...suite } = testClient({ ...options, sequences });
  return { ...suite, cases: cases.filter(isDrawn) };
};

describe('a client that gives up at the third resend of a transfer', () => {
  test('passes every enumerated path', async () => {
    const { text } = await report(testClient(client(impatient)));
    expect(text).toMatch(/ 0 failed$/);
  });

  test('is found by a sequence, which is shrunk to the shortest, and found again by the seed that it says', async () => {
    const { failed } = await report(drawn(client(impatient), { seed: 4, count: 2 }));
    expect(failed.map(({ name }) => name)).toEqual([
      'push: sequence 0 of seed 4',
      'push: sequence 1 of seed 4',
    ]);
    for (const [index, { message }] of failed.entries()) {
      const [shortest = '', again] = message.split('\n');
      const [, sequence = ''] = /^push: (.+): expected/.exec(shortest) ?? [];
      const resends = sequence.split('; ').map((one) => (one.includes('2 × silence') ? 2 : 1));
      expect(resends.toSorted()).toEqual([1, 2]);
      expect(again).toBe(`  again: sequences: { seed: 4, count: ${index + 1} }`);
    }
  });
});

test('the same seed gives the same sequences, another gives others', async () => {
  async function played(seed: number): Promise<readonly unknown[]> {
    const plans: unknown[] = [];
    const suite = drawn(
      {
        ...client(async () => {}),
        deviations: [{ name: 'does nothing', fits: ({ came: _, ...plan }) => plans.push(plan) > 0 }],
      },
      { seed, count: 3 },
    );
    await report(suite);
    return plans;
  }
  const [one, same, other] = [await played(1), await played(1), await played(2)];
  expect(one.length).toBeGreaterThan(2);
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

test('a difference in a sequence names every request that was disturbed', async () => {
  const differences: ClientDifference[] = [];
  const suite = drawn(
    {
      ...client(impatient),
      deviations: [{ name: 'any', fits: (difference) => differences.push(difference) > 0 }],
    },
    { seed: 4, count: 2 },
  );
  expect((await report(suite)).failed).toEqual([]);
  expect(suite.deviated.get('any')).toHaveLength(2);
  for (const { request, others = [] } of differences)
    expect(new Set([request, ...others.map((one) => one.request)]).size).toBeGreaterThan(1);
});
