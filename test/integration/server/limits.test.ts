import { createHash } from 'node:crypto';
import { connect } from 'node:net';
import { describe, expect, it, test } from 'vitest';
import { waitFor } from 'xstate';
import { attachTransferServer, checkServerLimits } from '../../../src/server/transfer-server.js';
import { createDirectoryDestination, createMemoryStore } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { asset, type RawClient, say } from '../../support/raw-client.js';
import type { Sessions } from '../../support/sessions.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer, smallSessions } from '../../support/small-server.js';
import { isSoak } from '../../support/soak.js';
import { settled, TestClock } from '../../support/test-clock.js';

const beginPush = async (client: RawClient, params: object = {}) => {
  expect((await client.ask(say.command('init', params))).error).toBeNull();
  expect((await client.ask(say.action('bootstrap'))).error).toBeNull();
  expect((await client.ask(say.action('beforeTransfer'))).error).toBeNull();
};
const words = async (answer: Promise<{ error?: { message: string } | null }>) =>
  (await answer).error?.message ?? null;

describe('limits of a connection', () => {
  it('closes with 1009 on a frame that is longer than frameSize', async () => {
    const { open, ended } = await smallServer({ limits: { frameSize: 2000 } });
    const client = await open('push');
    await beginPush(client);
    client.send({ uuid: 'u', type: 'transfer', kind: 'action', action: 'x'.repeat(2000) });
    expect(await client.closed).toMatchObject({ code: 1009 });
    expect(await ended()).toMatchObject({
      ...{ fate: 'begun', failure: 'MESSAGE_LIMIT' },
      exceeded: { limit: 'frameSize', value: 2000 },
    });
  });

  it.each(['push', 'pull'] as const)(
    'closes a %s with 1009 on a first message longer than requestSize',
    async (way) => {
      const { open, ended } = await smallServer({ limits: { requestSize: 2000 } });
      const client = await open(way);
      client.send({ uuid: 'u', ...say.command('init', { padding: 'x'.repeat(2000) }) });
      expect(await client.closed).toMatchObject({ code: 1009 });
      expect(await ended()).toMatchObject({
        ...{ fate: 'none', failure: 'MESSAGE_LIMIT' },
        exceeded: { limit: 'requestSize', value: 2000 },
      });
    },
  );

  it('stops reading a push before init where its message has not even ended', async () => {
    const { open, ended } = await smallServer({ limits: { requestSize: 2000 } });
    const client = await open('push');
    client.socket.send('x'.repeat(300_000), { fin: false });
    expect(await client.closed).toEqual({ code: 1009, reason: 'MESSAGE_LIMIT' });
    expect(await ended()).toMatchObject({ failure: 'MESSAGE_LIMIT' });
  });

  it('takes longer messages between init and end of a push, and no more after', async () => {
    const { open } = await smallServer({ limits: { requestSize: 2000 } });
    const client = await open('push');
    const long = say.command('status', { padding: 'x'.repeat(3000) });
    await client.ask(say.command('init'));
    expect((await client.ask(long)).error).toBeNull();
    await client.ask(say.action('close'));
    await client.ask(say.command('end', { transferID: client.transferID }));
    client.send({ uuid: 'u', ...long });
    expect(await client.closed).toEqual({ code: 1009, reason: 'MESSAGE_LIMIT' });
  });

  it('closes with 1009 on a message of more values than values', async () => {
    const { open, ended } = await smallServer({ limits: { values: 1000 } });
    const client = await open('push');
    await beginPush(client);
    client.send({
      uuid: 'u',
      ...say.command(
        'status',
        Array.from({ length: 1000 }, () => 1),
      ),
    });
    expect(await client.closed).toEqual({ code: 1009, reason: 'MESSAGE_LIMIT' });
    expect(await ended()).toMatchObject({
      ...{ fate: 'begun', failure: 'MESSAGE_LIMIT' },
      exceeded: { limit: 'values', value: 1000 },
    });
  });

  it('closes with 4408 where no init comes within initTimeout', async () => {
    const clock = new TestClock();
    const { open, ended } = await smallServer({ clock, limits: { initTimeout: 30_000 } });
    const client = await open('push');
    await clock.pass(29_000, 1000);
    await client.settled();
    await clock.pass(1000);
    expect(await client.closed).toEqual({ code: 4408, reason: 'SESSION_IDLE' });
    expect(await ended()).toMatchObject({ failure: 'SESSION_IDLE' });
  });

  it('closes with 4408 where no message comes within idleTimeout of the last one', async () => {
    const clock = new TestClock();
    const { open } = await smallServer({ clock, limits: { initTimeout: 1000, idleTimeout: 50_000 } });
    const client = await open('push');
    await client.ask(say.command('init'));
    for (const _ of [1, 2, 3]) {
      await clock.pass(40_000, 1000);
      expect((await client.ask(say.command('status'))).error).toBeNull();
    }
    await clock.pass(50_000, 1000);
    expect(await client.closed).toMatchObject({ code: 4408 });
  });

  it('counts the confirmations of a pull as messages', async () => {
    const clock = new TestClock();
    const { open } = await smallServer({ clock, limits: { idleTimeout: 50_000 } });
    const client = await open('pull');
    await client.ask(say.command('init', { ferry: { version: 1 } }));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.step('start', 'assets'));
    let batch = await client.batch();
    let batches = 0;
    while (!batch.ended) {
      // Shorter than the dispatcher's wait before it sends again.
      await clock.pass(29_000, 1000);
      client.confirm(batch);
      batches += 1;
      batch = await client.batch();
    }
    // Together they took longer than the session may be silent.
    expect(batches).toBeGreaterThanOrEqual(smallContent.assets.length);
  });

  it('closes with 1013 what is more than its sessions, and takes the next when one has left', async () => {
    const { open, ended, server: running } = await smallServer({ limits: { sessions: 2 } });
    const [first, second] = [await open('push'), await open('pull')];
    const third = await open('pull');
    expect(await third.closed).toMatchObject({ code: 1013 });
    expect((await second.ask(say.command('status'))).error).toBeNull();
    first.socket.close();
    await ended();
    expect(running.sessions.size).toBe(1);
    const fourth = await open('pull');
    expect((await fourth.ask(say.command('init'))).error).toBeNull();
  });

  it.each([
    ['more messages than queue', { queue: 8, queueBytes: 1e6 }, 10],
    ['more bytes than queueBytes', { queue: 1000, queueBytes: 2000 }, 30],
  ])('closes with 4429 where %s wait for their turn', async (_, limits, count) => {
    const { open } = await smallSessions({ limits, authorize: () => new Promise(() => {}) });
    const client = await open('push');
    for (let at = 0; at < count; at += 1) {
      client.send({ uuid: `u${at}`, ...say.command('init', { padding: 'x'.repeat(100) }) });
    }
    expect(await client.closed).toEqual({ code: 4429, reason: 'SESSION_OVERRUN' });
  });

  it.each([
    ['initTimeout', 2 ** 31],
    ['idleTimeout', -1],
    ['queue', 1.5],
    ['frameSize', Number.NaN],
  ])('refuses a limit that is none: %s %d', (option, value) => {
    expect(() => checkServerLimits({ [option]: value })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION' }),
    );
    expect(() => attachTransferServer({} as never, { limits: { [option]: value } } as never)).toThrow();
  });
});

describe('limits of a push', () => {
  it('refuses a message of more items than batchItems, nested ones too', async () => {
    for (const items of [[1, 2, 3, 4], [[1, 2, 3, 4]]]) {
      const { open } = await smallServer({ limits: { batchItems: 3 } });
      const client = await open('push');
      await beginPush(client);
      await client.ask(say.step('start', 'assets'));
      const flow = (list: unknown): unknown =>
        Array.isArray(list) ? list.map(flow) : asset.start(`a${list}`, `${list}.txt`, 0);
      expect(await words(client.ask(say.step('stream', 'assets', flow(items))))).toBe('Invalid message');
      expect(await words(client.ask(say.command('status')))).toBe('Transfer has been terminated');
    }
  });

  it('refuses an asset that is announced longer than assetSize, or becomes so', async () => {
    const { open, store } = await smallServer({ limits: { assetSize: 1000 } });
    const announced = [asset.start('a', 'a.bin', 1001)];
    const secret = [asset.start('a', 'a.bin', 0), asset.stream('a', new Uint8Array(1001))];
    for (const items of [announced, secret]) {
      const client = await open('push');
      await beginPush(client);
      await client.ask(say.step('start', 'assets'));
      expect(await words(client.ask(say.step('stream', 'assets', items)))).toBe(
        'Asset a.bin exceeds the size limit',
      );
      client.socket.close();
      await client.closed;
    }
    expect(store.content().assets).toEqual(smallContent.assets);
  });

  it('refuses bytes beyond those that were announced at once, not at the end that may never come', async () => {
    const { open } = await smallServer();
    const client = await open('push');
    await beginPush(client);
    await client.ask(say.step('start', 'assets'));
    const items = [asset.start('a', 'a.bin', 10), asset.stream('a', new Uint8Array(11))];
    expect(await words(client.ask(say.step('stream', 'assets', items)))).toBe('Asset size mismatch');
  });

  it('answers NO_SPACE where the disk is full, and leaves what stood there', async () => {
    const files = createMemoryFiles({ capacity: 20_000 });
    const processes = { self: '1', alive: () => true } as never;
    const destination = () =>
      createDirectoryDestination({ path: '/data/content', force: true, files, processes });
    const { open, ended } = await smallServer({ destination });
    const push = async (bytes: number) => {
      const client = await open('push');
      await beginPush(client, { checksums: true });
      await client.ask(say.step('start', 'assets'));
      const content = new Uint8Array(bytes);
      const checksum = createHash('sha256').update(content).digest('hex');
      const items = [asset.start('a', 'a.bin', bytes), asset.stream('a', content), asset.end('a', checksum)];
      const answer = await words(client.ask(say.step('stream', 'assets', items)));
      if (answer === null) {
        await client.ask(say.step('end', 'assets'));
        expect(await words(client.ask(say.action('close')))).toBeNull();
      }
      client.socket.close();
      await ended();
      return answer;
    };
    expect(await push(5000)).toBeNull();
    expect(await push(30_000)).toBe('No space left on the server');
    expect((await files.stat('/data/content/assets/uploads/a.bin'))?.size).toBe(5000);
    expect(await files.list('/data')).toEqual(['content']);
    expect(await push(6000)).toBeNull();
  });

  it('rolls back a push that goes silent after idleTimeout, and takes the next', async () => {
    const clock = new TestClock();
    const { open, store, ended } = await smallServer({ clock, limits: { idleTimeout: 60_000 } });
    const silent = await open('push');
    await beginPush(silent);
    await silent.ask(say.step('start', 'links'));
    await silent.ask(say.step('stream', 'links', smallContent.links.slice(0, 1)));
    const second = await open('push');
    expect(await words(second.ask(say.command('init')))).toMatch(/being written by another transfer/);
    for (const ms of [20_000, 20_000, 19_000]) {
      await clock.pass(ms, 1000);
      // Before init a session may not be silent for as long.
      await second.ask(say.command('status'));
    }
    await silent.settled();
    await clock.pass(1000);
    expect(await silent.closed).toMatchObject({ code: 4408 });
    expect(await ended()).toMatchObject({ fate: 'begun', failure: 'SESSION_IDLE' });
    expect(store.content()).toEqual(smallContent);
    await beginPush(second);
    expect(await words(second.ask(say.action('close')))).toBeNull();
    expect(store.content().links).toEqual([]);
  });

  it('lets go of the store of a client that leaves while its init is in work', async () => {
    const store = createMemoryStore(smallContent);
    let asked = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    let opened = () => {};
    const opening = new Promise<void>((resolve) => {
      opened = resolve;
    });
    const destination = () => {
      const inner = store.destination();
      return {
        ...inner,
        async open() {
          asked();
          await opening;
          await inner.open();
        },
      };
    };
    const { open, server: running } = await smallServer({ destination });
    const client = await open('push');
    client.send({ uuid: 'u', ...say.command('init') });
    await isAsked;
    const [session] = [...running.sessions];
    if (session === undefined) throw new Error('no session');
    client.socket.terminate();
    await waitFor(session.actor, (snapshot) => snapshot.matches('cleaning'));
    opened();
    await session.closed;
    expect((await (await open('push')).ask(say.command('init'))).error).toBeNull();
  });
});

const sessionOf = ({ opened }: Sessions) => {
  const session = opened.at(-1);
  if (session === undefined) throw new Error('no session');
  return session;
};

describe('a client that never reads', () => {
  const megabyte = 1024 * 1024;
  const big = createMemoryStore({
    ...smallContent,
    assets: [{ filename: 'big.bin', metadata: {}, bytes: new Uint8Array(16 * megabyte) }],
    schemas: { 'api::page.page': { uid: 'api::page.page', padding: 'x'.repeat(4 * megabyte) } },
  });
  const stores = { source: () => big.source(), destination: () => big.destination() };

  it('has one batch of its pull wait in this process, no more', async () => {
    const { served, open } = await smallSessions({ stores });
    const client = await open('pull');
    await client.ask(say.command('init', { ferry: { version: 1 } }));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.step('start', 'assets'));
    const batch = await client.batch();
    client.socket.pause();
    client.confirm(batch);
    // What comes after the confirmation waits for its answer, since nobody reads: so the confirmation was taken.
    client.send({ uuid: 'u', ...say.command('status') });
    await waitFor(sessionOf(served).actor, (snapshot) => snapshot.matches({ serving: 'authorizing' }));
    await settled();
    expect(served.buffered()).toBeLessThan(2 * megabyte);
    client.socket.resume();
    for (let next = await client.batch(); ; next = await client.batch()) {
      client.confirm(next);
      if (next.ended) break;
    }
  });

  it('has one answer wait, however much it asks, and is closed where it goes on', async () => {
    const { served, open } = await smallSessions({ stores, limits: { queue: 64 } });
    const client = await open('pull');
    await client.ask(say.command('init'));
    await client.ask(say.action('bootstrap'));
    client.socket.pause();
    const transferID = client.transferID;
    const { actor, closed } = sessionOf(served);
    let most = 0;
    actor.subscribe(() => {
      most = Math.max(most, served.buffered());
    });
    for (let at = 0; at < 60; at += 1) {
      client.send({ uuid: `s${at}`, transferID, ...say.action('getSchemas') });
      client.send({ uuid: `s${at}`, transferID, ...say.action('getSchemas') });
    }
    client.send({ uuid: 'last', ...say.command('status') });
    await waitFor(actor, ({ context: { queue } }) => queue.at(-1)?.request.uuid === 'last');
    // Nothing announces that the kernel takes no more.
    await expect.poll(() => served.buffered()).toBeGreaterThan(0);
    expect(Math.max(most, served.buffered())).toBeLessThan(5 * megabyte);
    for (let at = 60; at < 100; at += 1) {
      client.send({ uuid: `s${at}`, transferID, ...say.action('getSchemas') });
    }
    expect(await closed).toBe('SESSION_OVERRUN');
  });

  it('is given up after heartbeatTimeout', async () => {
    const { served, open } = await smallSessions({ stores, connectionOptions: { heartbeatTimeout: 300 } });
    const client = await open('pull');
    await client.ask(say.command('init'));
    client.socket.pause();
    expect(await served.opened[0]?.closed).toBe('CONNECTION_SILENT');
  });
});

describe('connections without a token', () => {
  const count = isSoak ? 10_000 : 2000;

  test(`${count} of them are refused, take no memory, and are not noticed by others`, async () => {
    const { runner, open, server: running, summaries } = await smallServer();
    const good = await open('pull');
    await good.ask(say.command('init'));
    const { hostname, port, pathname } = new URL(`${runner}pull`);
    const request = `GET ${pathname} HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`;
    const statuses = new Map<string, number>();
    const one = () =>
      new Promise<void>((resolve) => {
        const socket = connect(Number(port), hostname);
        let text = '';
        socket.on('data', (chunk) => {
          text += String(chunk);
        });
        socket.on('error', () => {});
        socket.on('close', () => {
          const status = text.slice(9, 12);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          resolve();
        });
        socket.write(request);
      });
    const before = process.memoryUsage().heapUsed;
    let left = count;
    let slowest = 0;
    const ask = async () => {
      const began = performance.now();
      expect((await good.ask(say.command('status'))).error).toBeNull();
      slowest = Math.max(slowest, performance.now() - began);
    };
    const worker = async () => {
      while (left-- > 0) {
        await one();
        // The other workers go on meanwhile.
        if (left % 50 === 0) await ask();
      }
    };
    await Promise.all(Array.from({ length: 100 }, worker));
    expect(slowest).toBeGreaterThan(0);
    expect([...statuses.keys()].every((status) => ['401', '429'].includes(status))).toBe(true);
    expect([...statuses.values()].reduce((sum, each) => sum + each, 0)).toBe(count);
    expect(running.sessions.size).toBe(1);
    expect(summaries).toEqual([]);
    expect(slowest).toBeLessThan(2000);
    // Not collected: it is an upper bound.
    expect(process.memoryUsage().heapUsed - before).toBeLessThan(100e6);
  }, 60_000);
});
