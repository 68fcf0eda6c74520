import { describe, expect, test } from 'vitest';
import { loadFastCheck } from '../../../src/testing/conformance/drawing.js';
import { report } from '../../../src/testing/conformance/report.js';
import type { Sequences } from '../../../src/testing/conformance/sequences.js';
import { type ServerUnderTest, testServer } from '../../../src/testing/conformance/test-server.js';
import { type Mistake, mistaken, type OnTheWire } from '../../support/mistaken-server.js';
import { openSession } from '../../support/served-in-memory.js';
import { smallContent } from '../../support/small-content.js';

describe('our server keeps to the chart in sequences that are drawn', () => {
  const { cases } = testServer({
    connect: ({ direction }) => openSession(direction, smallContent),
    sequences: { count: 25 },
  });
  for (const { name, run } of cases.filter((one) => one.name.includes('sequence'))) test(name, run);
});

/** Our server with a mistake, which is made for each connection, since it may remember. */
const serverWith = (plant: () => Mistake): ServerUnderTest => ({
  connect: ({ direction }) => mistaken(openSession(direction, smallContent), plant()),
  directions: ['push'],
  steps: ['links'],
});

/** Sequences alone: what the enumerated paths find is another test's. */
const drawn = (options: ServerUnderTest, sequences: Partial<Sequences> = {}) => {
  const { cases, ...suite } = testServer({ ...options, sequences });
  return { ...suite, cases: cases.filter(({ name }) => name.includes('sequence')) };
};

/** Breaks at the third transfer over one connection. */
const tiresAtTheThird = (): Mistake => {
  const transfers = new Set<unknown>();
  return {
    says(message) {
      const { uuid, data } = message;
      if ('transferID' in Object(data)) transfers.add(uuid);
      if (transfers.size < 3 || !transfers.has(uuid)) return [message];
      return [{ uuid, data: null, error: { code: 'Error', message: 'no more', details: {} } }];
    },
  };
};

/** Gives in when a client asks for a second transfer twice. */
const givesIn = (): Mistake => {
  const refused = new Set<unknown>();
  return {
    says(message) {
      const { uuid, error } = message;
      const isRefusal = (Object(error) as OnTheWire)['message'] === 'Transfer already in progress';
      if (isRefusal) refused.add(uuid);
      if (!isRefusal || refused.size < 2) return [message];
      return [{ uuid, data: { transferID: 'another' }, error: null }];
    },
  };
};

describe.each([
  [
    'breaks at the third transfer over one connection',
    tiresAtTheThird,
    'init, end, init, end, init',
    'expected accepted, came refused: no more',
  ],
  [
    'gives in when it is asked the same twice',
    givesIn,
    'init, init, init',
    'expected refused with TRANSFER_IN_PROGRESS, came accepted',
  ],
] as const)('a server that %s', (_, plant, shortest, finding) => {
  test('passes every enumerated path', async () => {
    const { text } = await report(testServer(serverWith(plant)));
    expect(text).toMatch(/ 0 failed$/);
  });

  test('is found by a sequence, which is shrunk to the shortest, and found again by the seed that it says', async () => {
    const suite = drawn(serverWith(plant), { seed: 10, count: 1 });
    const { failed, findings } = await report(suite);
    const found = findings.find((one) => one.finding === finding);
    const { name = '', message = '' } = failed.find((one) => one.name === found?.cases[0]) ?? {};
    const [, index] = /^push: sequence (\d+) of seed 10$/.exec(name) ?? [];
    const count = Number(index) + 1;
    expect(message.split('\n').slice(-2)).toEqual([
      `  the shortest path that still fails: ${shortest}`,
      `  again: sequences: { seed: 10, count: ${count} }`,
    ]);
    const [first] = message.split('\n');
    const again = drawn({ ...serverWith(plant), shortens: false }, { seed: 10, count }).cases.at(-1);
    expect(again?.name).toBe(name);
    await expect(again?.run()).rejects.toThrow(first);
  });
});

/** What the server hears in each of its connections. */
async function heard(
  sequences: Partial<Sequences>,
  more: Partial<ServerUnderTest> = {},
): Promise<readonly string[][]> {
  const connections: string[][] = [];
  const plant = (): Mistake => {
    const names: string[] = [];
    connections.push(names);
    return {
      hears(message) {
        names.push([message['command'] ?? message['action'], message['step']].join(' ').trim());
        return message;
      },
    };
  };
  await report(drawn({ ...serverWith(plant), ...more }, { count: 3, ...sequences }));
  return connections;
}

test('the same seed gives the same sequences, another gives others', async () => {
  const [one, same, other] = [await heard({ seed: 3 }), await heard({ seed: 3 }), await heard({ seed: 4 })];
  expect(one).toHaveLength(3);
  expect(same).toEqual(one);
  expect(other).not.toEqual(one);
});

test('a sequence holds several transfers, and never what avoid names', async () => {
  const avoid: ServerUnderTest['avoid'] = ({ request }) => (request.startsWith('start') ? 'hangs it' : null);
  const connections = await heard({}, { avoid });
  expect(connections.flat().filter((name) => name.startsWith('start'))).toEqual([]);
  expect(connections.some((names) => names.filter((name) => name === 'init').length > 3)).toBe(true);
});

test('a known deviation ends a sequence without failing it', async () => {
  const suite = drawn(
    { ...serverWith(givesIn), deviations: [{ name: 'gives in', fits: ({ came }) => came === 'accepted' }] },
    { seed: 10, count: 4 },
  );
  const { failed } = await report(suite);
  expect(failed).toEqual([]);
  expect(suite.deviated.get('gives in')?.length).toBeGreaterThan(0);
});

test.each([
  ['count', -1],
  ['seed', 0.5],
] as const)('refuses a %s of %s', (option, value) => {
  expect(() => drawn(serverWith(givesIn), { [option]: value })).toThrow(
    `Option sequences.${option} cannot be ${value}: it must be a whole number, 0 or more.`,
  );
});

test('says which package to install where fast-check is missing', async () => {
  await expect(loadFastCheck(() => import('no-fast-check' as 'fast-check'))).rejects.toMatchObject({
    code: 'MISSING_PACKAGE',
    message:
      'Option sequences needs the package fast-check, which could not be loaded. Install it: npm install -D fast-check.',
  });
});
