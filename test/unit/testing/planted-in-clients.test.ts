import { expect, test } from 'vitest';
import { createRemoteDestination, createRemoteSource } from '../../../src/client/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { oneOfEach } from '../../../src/testing/conformance/one-of-each.js';
import { report } from '../../../src/testing/conformance/report.js';
import type { ClientRun } from '../../../src/testing/conformance/scene-in-memory.js';
import { testClient } from '../../../src/testing/conformance/test-client.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import type { SocketLike } from '../../../src/transport/socket.js';
import type { OnTheWire } from '../../support/mistaken-server.js';

type Direction = 'push' | 'pull';

/** What is wrong with a client that is right otherwise. */
interface Mistake {
  /** What it says in place of a message of its own. */
  readonly says?: (message: OnTheWire) => readonly OnTheWire[];
  /** What it hears in place of a message of the server; null where it gives up at it. */
  readonly hears?: (message: OnTheWire) => OnTheWire | null;
}

/** The socket through which our client seems to make one mistake. */
function through(
  socket: SocketLike,
  { says = (message) => [message], hears = (message) => message }: Mistake,
): SocketLike {
  const listen = socket.addEventListener.bind(socket) as (
    type: string,
    listener: (event: never) => void,
  ) => void;
  return Object.assign(Object.create(socket) as SocketLike, {
    send(frame: string | Uint8Array, done?: () => void) {
      const text = typeof frame === 'string' ? frame : Buffer.from(frame).toString();
      for (const said of says(JSON.parse(text) as OnTheWire)) socket.send(JSON.stringify(said));
      done?.();
    },
    sendText: undefined,
    addEventListener(type: string, listener: (event: never) => void) {
      if (type !== 'message') return listen(type, listener);
      listen(type, ({ data }: { data: string }) => {
        const heard = hears(JSON.parse(data) as OnTheWire);
        if (heard === null) socket.terminate?.();
        else listener({ data: JSON.stringify(heard) } as never);
      });
    },
  });
}

const clientWith =
  (mistake: () => Mistake) =>
  ({ direction, open, clock, retryMessageOptions }: ClientRun): Promise<unknown> => {
    const planted = mistake();
    const remote = {
      ...{ url: 'http://played/admin', token: 'token', clock, retryMessageOptions },
      open: (refused: Parameters<typeof open>[0]) => through(open(refused), planted),
    };
    const ends =
      direction === 'push'
        ? { from: createMemoryStore(oneOfEach).source(), to: createRemoteDestination(remote) }
        : { from: createRemoteSource(remote), to: createMemoryStore().destination() };
    return createTransfer({ ...ends, clock }).done;
  };

/** Hears other data in the answers where `change` says so. */
const hearing = (change: (data: unknown) => unknown) => () => ({
  hears: (message: OnTheWire) =>
    'error' in message ? { ...message, data: change(message['data']) } : message,
});
const inInit = (change: (params: OnTheWire) => OnTheWire | undefined) => () => ({
  says: (message: OnTheWire) =>
    message['command'] === 'init'
      ? [{ ...message, params: change(message['params'] as OnTheWire) }]
      : [message],
});
/** What `init` answered, or null. */
const echoes = (data: unknown) => ('transferID' in Object(data) ? (data as OnTheWire) : null);
const isLie = (data: unknown) => (Object(data) as { stats?: { finished?: unknown } }).stats?.finished === 98;

/** Gives up where `id` says that it has heard the same before. */
const givingUpAt = (id: (message: OnTheWire) => unknown) => () => {
  const heard = new Set<unknown>();
  return {
    hears(message: OnTheWire) {
      const name = id(message);
      if (name !== undefined && heard.has(name)) return null;
      heard.add(name);
      return message;
    },
  };
};
const resolved = /resolved, and should have rejected/;
const rejected = /rejected, and should have resolved/;

const mistakes: readonly (readonly [
  what: string,
  direction: Direction,
  mistake: () => Mistake,
  said: RegExp,
  requests?: readonly string[],
])[] = [
  [
    'takes leave of another transfer',
    'push',
    () => ({
      says: (message) => [
        message['command'] === 'end' ? { ...message, params: { transferID: 'another' } } : message,
      ],
    }),
    /end without the transferID that init answered/,
  ],
  [
    'asks for a pull on the route of a push',
    'push',
    inInit((params) => ({ ...params, transfer: 'pull' })),
    /init of a push that says transfer: "pull"/,
  ],
  [
    'does not say what is replaced',
    'push',
    inInit(({ options: _, ...params }) => params),
    /init without options of what is replaced/,
  ],
  [
    'sends items that are no list',
    'push',
    () => ({
      says: (message) => [
        message['action'] === 'stream' ? { ...message, data: { items: message['data'] } } : message,
      ],
    }),
    /entities.stream without a list of items/,
  ],
  [
    'takes any answer for metadata',
    'push',
    hearing((data) => (data === 7 ? oneOfEach.metadata : data)),
    resolved,
    ['getMetadata'],
  ],
  [
    'compares no stats',
    'push',
    hearing((data) => (isLie(data) ? { ok: true, stats: { started: 1, finished: 1 } } : data)),
    resolved,
    ['entities.end'],
  ],
  [
    'says no checksum where it was agreed',
    'push',
    hearing((data) => (echoes(data) ? { ...echoes(data), checksums: undefined } : data)),
    /assets.stream without the checksum that was agreed/,
  ],
  [
    'checks no checksum',
    'pull',
    hearing((data) => (echoes(data) ? { ...echoes(data), checksums: undefined } : data)),
    resolved,
  ],
  [
    'writes base64 to a server that did not echo it',
    'push',
    hearing((data) => (echoes(data) ? { ...echoes(data), assetEncoding: 'base64' } : data)),
    /assets.stream with base64, which was not agreed/,
  ],
  [
    'confirms each batch twice',
    'pull',
    () => ({ says: (message) => ('type' in message ? [message] : [message, message]) }),
    /a batch was confirmed twice/,
  ],
  [
    'gives up at an answer that comes again',
    'push',
    givingUpAt((message) => ('error' in message ? message['uuid'] : undefined)),
    rejected,
  ],
  [
    'gives up at a batch that comes again',
    'pull',
    givingUpAt((message) =>
      (Object(message['data']) as OnTheWire)['ended'] === undefined ? undefined : message['uuid'],
    ),
    rejected,
  ],
];

test.each(
  mistakes.map(([what, direction, mistake, said, requests = []]) => ({
    what,
    direction,
    mistake,
    said,
    requests,
  })),
)('a client that $what is found', async ({ direction, mistake, said, requests }) => {
  const suite = testClient({ run: clientWith(mistake), directions: [direction], requests: () => requests });
  const { failed } = await report(suite);
  expect(failed.map(({ message }) => message).join('\n')).toMatch(said);
});

test.each(['push', 'pull'] as const)(
  'the client in which they are planted makes none in a %s',
  async (direction) => {
    const run = clientWith(() => ({}));
    const { failed } = await report(
      testClient({ run, directions: [direction], requests: () => ['entities.end'] }),
    );
    expect(failed).toEqual([]);
  },
);
