import { describe, expect, test } from 'vitest';
import type { RemoteDestination } from '../../../src/client/remote-destination.js';
import type { ErrorCode } from '../../../src/protocol/errors.js';
import { createScriptedPeer, type ScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf } from '../../../src/testing/strapi-script.js';
import type { OpenSocket } from '../../../src/transport/socket.js';
import { prepare, remote, sample, settled, toAsset, watch } from '../../support/ends.js';

const uploads = ['/srv/strapi/public/uploads_backup_1795334679854'];

/** A push to a Strapi of that version, prepared; `connections` are the connections after the first. */
async function pushTo(version: string, answers: OpenSocket = createScriptedPeer().open) {
  const opened: ScriptedPeer[] = [];
  const content = { ...sample, metadata: { createdAt: 'then', strapi: { version } } };
  let connections = 0;
  const push = remote('push', {
    script: { content },
    open: (refused) => {
      connections += 1;
      return connections === 1 ? (opened[0]?.open(refused) ?? never()) : answers(refused);
    },
  });
  opened.push(push.peer);
  await prepare(push.end);
  return { ...push, connections: () => connections - 1 };
}

const never = (): never => {
  throw new Error('there is a peer by then');
};

const [small, , large] = sample.assets;

/** Where a push may be, and how it comes there. */
const places: Readonly<Record<string, (end: RemoteDestination) => Promise<unknown>>> = {
  cleared: async () => {},
  'in the entities': (end) => end.rowWriter('entities'),
  'before the first asset': (end) => end.assetWriter(),
  'in the first asset': async (end) => {
    const writer = await end.assetWriter();
    void writer
      .write({ ...toAsset(large as never), stream: () => beginningOf(large?.bytes) })
      .catch(() => {});
    await settled();
  },
  'between two assets': async (end) => {
    const writer = await end.assetWriter();
    await writer.write(toAsset(small as never));
  },
  'after the assets': async (end) => (await end.assetWriter()).end(),
  'in the links': (end) => end.rowWriter('links'),
  'in the configuration': (end) => end.rowWriter('configuration'),
};

/** The first bytes, and then none. */
async function* beginningOf(bytes: Uint8Array | undefined): AsyncGenerator<Uint8Array> {
  if (bytes !== undefined) yield bytes;
  await new Promise(() => {});
}

const barrier = ['configuration.end', 'configuration.start', 'configuration.stream'];
const rollsBack = ['rollback', 'close', 'end'];
const isOpen = (place: string) => /before the first|in the first|between/.test(place);
const sweep = Object.keys(places).flatMap((place) =>
  (
    [
      ['5.54.0', []],
      ['5.52.3', barrier],
      ['5.40.0', []],
    ] as const
  ).map(([version, inAssets]) => ({ place, version, says: isOpen(place) ? inAssets : rollsBack })),
);

describe('a push that is broken off', () => {
  test.each(sweep)('$place, to $version: says $says and hangs up', async ({ place, version, says }) => {
    const { clock, end, peer, server, connections } = await pushTo(version);
    await places[place]?.(end);
    const before = server.requests.length;
    const rolledBack = watch(end.rollback());
    await clock.pass(20_000, 100);
    const said = server.requests.slice(before).filter((kind) => kind !== 'assets.stream');
    expect(said).toEqual(says);
    const stands = isOpen(place) ? 'rollsBack' : 'asBefore';
    expect(rolledBack().value).toMatchObject({ stands });
    expect(connections()).toBe(isOpen(place) ? 1 : 0);
    // Nothing was asked of the server a second time, and nothing is left running.
    await end.rollback();
    await end.close();
    await clock.pass(5_000, 100);
    expect(server.requests.slice(before).filter((kind) => kind !== 'assets.stream')).toEqual(says);
    expect(peer.socket.readyState).toBe(3);
    expect(clock.pending).toEqual([]);
  });

  test.each<[string, (end: RemoteDestination) => Promise<unknown>]>([
    ['entities.start', (end) => end.rowWriter('entities')],
    ['entities.end', async (end) => (await end.rowWriter('entities')).end()],
    ['links.start', (end) => end.rowWriter('links')],
    ['configuration.end', async (end) => (await end.rowWriter('configuration')).end()],
  ])('waits for the answer to %s before it says rollback', async (kind, ask) => {
    const { clock, end, peer, server } = await pushTo('5.54.0');
    peer.delay(1_000);
    const asked = watch(ask(end));
    while (server.requests.at(-1) !== kind) await clock.pass(100, 100);
    const rolledBack = watch(end.rollback());
    await clock.pass(20_000, 100);
    expect(server.requests.slice(-4)).toEqual([kind, ...rollsBack]);
    expect(rolledBack().value).toMatchObject({ stands: 'asBefore' });
    expect(asked().state).not.toBe('pending');
  });

  test('says in the barrier what changes nothing', async () => {
    const { clock, end, peer } = await pushTo('5.52.3');
    await end.assetWriter();
    void end.rollback();
    await clock.pass(5_000, 100);
    const said = peer.sent.filter((message) => kindOf(message) === 'configuration.stream');
    expect(said.map(({ data }) => data)).toEqual([[{ type: 'noop', value: {} }]]);
  });

  test('waits for what is in flight, and takes no more of an asset that goes on', async () => {
    const { clock, end, peer, connections } = await pushTo('5.54.0');
    const writer = await end.assetWriter();
    peer.hang();
    async function* endless() {
      for (;;) yield new Uint8Array(256 * 1024);
    }
    const writing = watch(writer.write({ ...toAsset(small as never), size: null, stream: endless }));
    await settled();
    const rolledBack = watch(end.rollback());
    await clock.pass(5_000, 100);
    expect(writing().error?.code).toMatch(/ABORTED|TRANSFER_TERMINATED/);
    expect([peer.socket.readyState, connections()]).toEqual([1, 0]);
    // Nothing comes: it is not waited for without end.
    await clock.pass(10_000, 100);
    expect(peer.socket.readyState).toBe(3);
    expect(rolledBack().value).toEqual({ stands: 'rollsBack', uploads });
  });

  test('in a stage’s assets by close() alone, says the same', async () => {
    const { clock, end, server, connections } = await pushTo('5.52.3');
    await end.assetWriter();
    const closed = watch(end.close());
    await clock.pass(5_000, 100);
    expect(closed().state).toBe('resolved');
    expect(server.requests.slice(-3)).toEqual(barrier);
    expect(connections()).toBe(1);
  });
});

describe('a push whose link is lost', () => {
  const refusedWith =
    (code: ErrorCode): OpenSocket =>
    (refused) => {
      const peer = createScriptedPeer({ accepts: false });
      const socket = peer.open(refused);
      queueMicrotask(() => peer.refuse({ code, details: {} }));
      return socket;
    };
  const throwing: OpenSocket = () => {
    throw new Error('no such host');
  };
  const silent: OpenSocket = createScriptedPeer({ accepts: false }).open;

  test.each([
    ['opens another socket', undefined, 'rollsBack'],
    ['refuses the upgrade', refusedWith('UNAUTHORIZED'), 'rollsBack'],
    ['is behind a proxy that cannot reach it', refusedWith('GATEWAY_ERROR'), 'silent'],
    ['cannot be connected to', throwing, 'silent'],
    ['never answers', silent, 'silent'],
  ])('asks whether the server answers, which %s', async (_, answers, stands) => {
    const { clock, end, peer } = await pushTo('5.54.0', answers);
    await end.assetWriter();
    peer.disconnect();
    await settled();
    const rolledBack = watch(end.rollback());
    await clock.pass(11_000, 100);
    expect(rolledBack().value).toEqual({ stands, uploads });
    await end.close();
    expect(clock.pending).toEqual([]);
  });

  test('for silence does not ask again', async () => {
    const { clock, end, peer, connections } = await pushTo('5.54.0');
    await end.rowWriter('entities');
    peer.hang();
    await clock.pass(15_000, 100);
    expect(await end.rollback()).toEqual({ stands: 'silent', uploads });
    expect(connections()).toBe(0);
  });

  test('while its assets end, says that the uploads from before may be gone', async () => {
    const { end, peer } = await pushTo('5.54.0');
    const writer = await end.assetWriter();
    peer.hang();
    const ended = watch(writer.end());
    await settled();
    peer.disconnect();
    await settled();
    expect(ended().error?.code).toBe('CONNECTION_CLOSED');
    expect(await end.rollback()).toEqual({ stands: 'rollsBack', uploads, uploadsMayBeDeleted: true });
  });

  test.each([
    ['close', 'unknown'],
    ['end', 'new'],
  ])('while %s is due, says that the content is %s', async (kind, stands) => {
    const { end, peer, server } = remote('push', {
      peer: {
        answer: (message, scripted) => {
          if (kindOf(message) === kind) scripted.disconnect();
          else server.answer(message, scripted);
        },
      },
    });
    await prepare(end);
    const committed = watch(end.commit());
    for (let turn = 0; turn < 5; turn += 1) await settled();
    expect(committed().error?.code).toBe('CONNECTION_CLOSED');
    expect(peer.socket.readyState).toBe(3);
    expect(await end.rollback()).toMatchObject({ stands });
  });
});
