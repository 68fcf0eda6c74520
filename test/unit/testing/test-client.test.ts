import { describe, expect, test } from 'vitest';
import { createRemoteDestination, createRemoteSource } from '../../../src/client/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { oneOfEach } from '../../../src/testing/conformance/one-of-each.js';
import { report } from '../../../src/testing/conformance/report.js';
import type { ClientRun } from '../../../src/testing/conformance/scene-in-memory.js';
import { testClient, testClientByUrl } from '../../../src/testing/conformance/test-client.js';
import { scriptedTransferID } from '../../../src/testing/strapi-script.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import type { SocketLike } from '../../../src/transport/socket.js';

/** A whole transfer of ours over the given connection, the other end in memory. */
function move({ direction, open, clock, retryMessageOptions }: ClientRun): Promise<unknown> {
  const remote = { url: 'http://played/admin', token: 'token', open, clock, retryMessageOptions };
  const ends =
    direction === 'push'
      ? { from: createMemoryStore(oneOfEach).source(), to: createRemoteDestination(remote) }
      : { from: createRemoteSource(remote), to: createMemoryStore().destination() };
  return createTransfer({ ...ends, clock }).done;
}

describe('our client keeps to the charts', () => {
  for (const { name, run } of testClient({ run: move }).cases) test(name, run);
});

/** Our client with a socket that is another one in this. */
const over =
  (change: (socket: SocketLike) => Partial<SocketLike>) =>
  ({ open, ...about }: ClientRun): Promise<unknown> =>
    move({
      ...about,
      open(refused) {
        const socket = open(refused);
        return Object.assign(Object.create(socket) as SocketLike, change(socket));
      },
    });

/** Our client over a line on which somebody tampers with what it sends. */
const tampered = (tamper: (frame: string, send: (frame: string) => void) => void) =>
  over((socket) => ({
    send: (frame, done) => {
      tamper(frame, (changed) => socket.send(changed));
      done?.();
    },
  }));

const once = new Set<string>();
const mistakes: readonly (readonly [
  what: string,
  run: (about: ClientRun) => Promise<unknown>,
  said: RegExp,
])[] = [
  [
    'asks for another uuid when it sends again',
    tampered((frame, send) => {
      const uuid = JSON.parse(frame).uuid as string;
      send(once.has(uuid) ? frame.replace(uuid, `${uuid.slice(0, -1)}x`) : frame);
      once.add(uuid);
    }),
    /getSchemas in preparing.exchanging: ACTION_OUT_OF_ORDER/,
  ],
  [
    'never sends again',
    tampered((frame, send) => {
      const uuid = JSON.parse(frame).uuid as string;
      if (!once.has(uuid)) send(frame);
      once.add(uuid);
    }),
    /sent getSchemas 1 times, not 2/,
  ],
  [
    'sends all of it twice',
    tampered((frame, send) => {
      send(frame);
      send(frame);
    }),
    /init was sent again after its answer/,
  ],
  [
    'forgets bootstrap',
    tampered((frame, send) => send(frame.replace('"bootstrap"', '"getMetadata"'))),
    /getMetadata in preparing.unopened: NOT_BOOTSTRAPPED/,
  ],
  [
    'names another transfer',
    tampered((frame, send) => send(frame.replace(scriptedTransferID, 'another'))),
    /bootstrap without the transferID that init answered/,
  ],
  ['never comes to an end', () => new Promise(() => {}), /never sent getSchemas/],
  [
    'does not say that it failed',
    (about) => move(about).catch(() => {}),
    /resolved, and should have rejected/,
  ],
  [
    'leaves a timer running',
    async (about) => {
      about.clock.setTimeout(() => {}, 60_000);
      await move(about);
    },
    /left 1 timers running/,
  ],
  ['leaves its connection open', over(() => ({ close() {}, terminate() {} })), /left its connection open/],
  [
    'says another checksum than that of the bytes',
    tampered((frame, send) => send(frame.replace(/(?<="sha256","value":")./, 'x'))),
    /assets.stream cannot be taken: .*wrong checksum/,
  ],
];

test.each(mistakes)('a client that %s is found', async (_, run, said) => {
  const { failed } = await report(testClient({ run, directions: ['push'], requests: () => ['getSchemas'] }));
  expect(failed.map(({ message }) => message).join('\n')).toMatch(said);
});

test('a client that never sends again costs real time by URL alone, and the suite says how much', () => {
  const requests = { directions: ['push'] as const, requests: () => ['init'] };
  expect(testClient({ run: move, ...requests }).ifNothingIsSentAgain).toEqual({ cases: 9, ms: 0 });
  const byUrl = testClientByUrl({ run: async () => {}, patience: 2000, ...requests });
  expect(byUrl.ifNothingIsSentAgain).toEqual({ cases: 9, ms: 9 * 2750 });
});

test('a client need not mind checksums of a server that holds no assets', async () => {
  const options = {
    directions: ['pull'] as const,
    requests: () => [],
    content: { ...oneOfEach, assets: [] },
  };
  const { passed, failed } = await report(testClient({ run: move, ...options }));
  expect(failed).toEqual([]);
  expect(passed).toBe(5);
});

test('by URL a retry option that is undefined is left out, and a message comes again after 500 ms', () => {
  const byUrl = testClientByUrl({
    run: async () => {},
    directions: ['push'],
    requests: () => ['init'],
    patience: 2000,
    retryMessageOptions: { retryMessageTimeout: undefined },
  });
  expect(byUrl.ifNothingIsSentAgain.ms).toBe(9 * 2750);
});

test('a difference that is known fails no case, and is listed with the cases that met it', async () => {
  const suite = testClient({
    run: (about) => move(about).catch(() => {}),
    directions: ['push'],
    requests: () => ['getSchemas'],
    deviations: [
      {
        name: 'mute',
        fits: ({ request, reactions, came }) =>
          request === 'getSchemas' && reactions.at(-1) === 'cut' && came.startsWith('the transfer resolved'),
      },
    ],
  });
  const { failed } = await report(suite);
  expect(failed.map(({ name }) => name)).toEqual([
    'push: getSchemas, 3 × silence',
    'push: getSchemas, nonsense',
  ]);
  expect(suite.deviated.get('mute')).toEqual([
    'push: getSchemas, cut',
    'push: getSchemas, silence, cut',
    'push: getSchemas, 2 × silence, cut',
  ]);
});
