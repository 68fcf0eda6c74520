import { describe, expect, test, vi } from 'vitest';
import type { RemoteDestination } from '../../../src/client/remote-destination.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { kindOf, plannedOrder, strapiScript } from '../../../src/testing/strapi-script.js';
import { prepare, readAll, remote, sample, settled, toAsset, watch, writeAll } from '../../support/ends.js';

const withoutBatches = (kinds: readonly string[]) =>
  kinds.filter((kind) => kind !== 'confirmation' && !kind.endsWith('.stream'));

const uploadsBefore = '/srv/strapi/public/uploads_backup_1795334679854';

/** A pull that is open, whose every other answer is the test's to give. */
async function openedByHand() {
  const pull = remote('pull', { peer: { answer: undefined as never } });
  const { end, peer } = pull;
  const opened = end.open();
  await settled();
  peer.answer(peer.sent[0]?.uuid ?? '', { transferID: 't' });
  await settled();
  peer.answer(peer.sent[1]?.uuid ?? '');
  await opened;
  return pull;
}

describe('a pull', () => {
  test('brings everything, in the documented order, and leaves nothing running', async () => {
    const { clock, end, peer, server } = remote('pull');
    await end.open();
    expect(await end.metadata()).toEqual(sample.metadata);
    expect(await end.schemas()).toEqual(sample.schemas);
    const { metadata: _, schemas: __, ...rows } = sample;
    expect(await readAll(end)).toEqual(rows);
    await end.close();
    expect(withoutBatches(server.requests)).toEqual(plannedOrder('pull'));
    expect(peer.socket.readyState).toBe(3);
    expect(clock.pending).toEqual([]);
  });

  test('confirms each batch once, before it asks for the stage’s end', async () => {
    const { end, peer } = remote('pull');
    await end.open();
    await readAll(end);
    const kinds = peer.sent.map(kindOf);
    expect(kinds.slice(kinds.indexOf('entities.start'), kinds.indexOf('assets.start'))).toEqual([
      'entities.start',
      ...Array(4).fill('confirmation'),
      'entities.end',
    ]);
    const confirmed = peer.sent.filter((message) => message.type === undefined).map(({ uuid }) => uuid);
    expect(new Set(confirmed).size).toBe(confirmed.length);
    await end.close();
  });

  test('takes a batch that stands in the same turn as the answer to start', async () => {
    const { clock, end, peer } = remote('pull');
    peer.delay(50);
    const opened = end.open();
    await clock.pass(500, 50);
    await opened;
    const read = watch(readAll(end));
    await clock.pass(10_000, 50);
    expect(read().state).toBe('resolved');
  });

  test('holds the confirmation back while nobody takes the batches: at most one is prefetched', async () => {
    const { end, peer } = remote('pull', { script: { batchSize: 1 } });
    await end.open();
    const rows = end.rows('entities')[Symbol.asyncIterator]();
    expect((await rows.next()).value).toHaveLength(1);
    await settled();
    // The first was taken, the second waits here, the third is not confirmed.
    expect(peer.sent.filter((message) => message.type === undefined)).toHaveLength(2);
    await rows.next();
    await settled();
    expect(peer.sent.filter((message) => message.type === undefined)).toHaveLength(3);
    await end.close();
  });

  test('a batch that comes twice is confirmed twice and taken once', async () => {
    const { end, peer } = remote('pull');
    await end.open();
    peer.duplicate();
    expect((await readAll(end)).entities).toEqual(sample.entities);
    await end.close();
  });

  test('a batch that comes again later than the next one is taken once, too', async () => {
    const { end, peer } = remote('pull', { script: { batchSize: 1 } });
    await end.open();
    const entities: unknown[] = [];
    for await (const rows of end.rows('entities')) {
      entities.push(...rows);
      const [first] = peer.sent.filter((message) => message.type === undefined);
      if (first !== undefined) peer.batch({ uuid: first.uuid, id: 'of this stage', data: [{ late: true }] });
      await settled();
    }
    expect(sample.entities.length).toBeGreaterThan(2);
    expect(entities).toEqual(sample.entities);
    await end.close();
  });

  test.each([
    ['entities', { typd: 'api::page.page', id: 1, data: {} }, 'an entity needs a type'],
    ['entities', { type: 'api::page.page', id: 1, data: 7 }, 'an entity needs its data, an object'],
    ['links', { kind: 'relation.basic', relation: 'manyToOne', left: {}, right: {} }, 'a link needs a left'],
    ['configuration', 7, 'a row has to be an object'],
  ] as const)('a row of %s that is none is the server’s fault: %j', async (step, row, said) => {
    const { end } = remote('pull', { script: { content: { ...sample, [step]: [row] } } });
    await end.open();
    await expect(readAll(end)).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      message: expect.stringContaining(`a batch of ${step} is wrong: ${said}`),
    });
    await end.close({ completed: false });
  });

  test('an asset that nobody reads is skipped, the next one is whole', async () => {
    const { end } = remote('pull');
    await end.open();
    const names: string[] = [];
    for await (const asset of end.assets()) {
      names.push(asset.filename);
      if (asset.filename !== 'b.bin') continue;
      let size = 0;
      for await (const bytes of asset.stream()) size += bytes.length;
      expect(size).toBe(300_000);
    }
    expect(names).toEqual(['a.bin', 'empty.txt', 'b.bin']);
    await end.close();
  });

  test('knows the totals of the assets once the stage has begun', async () => {
    const { end } = remote('pull');
    await end.open();
    expect(end.totals?.('assets')).toBeUndefined();
    for await (const _ of end.assets()) break;
    expect(end.totals?.('assets')).toEqual({ count: 3, bytes: 303_000 });
    await end.close();
  });

  test('waits up to 31 × 120 s for the scan before the assets, and asks again every 120 s', async () => {
    const { clock, end, peer } = remote('pull', { connectionOptions: { busyTimeout: 10_000_000 } });
    await end.open();
    peer.hang();
    const read = watch(end.assets()[Symbol.asyncIterator]().next());
    await clock.pass(120_000 * 31 - 1000, 10_000);
    expect(peer.sent.filter((message) => kindOf(message) === 'assets.start')).toHaveLength(31);
    expect(read().state).toBe('pending');
    await clock.pass(1000);
    expect(read().error?.code).toBe('REQUEST_TIMED_OUT');
    expect(clock.pending).toEqual([]);
  });

  test('a request that is given up is told to nobody who is over: XState would warn', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { clock, end, peer } = remote('pull', { connectionOptions: { heartbeatTimeout: 10_000_000 } });
    await end.open();
    peer.hang();
    const asked = watch(end.metadata());
    await clock.pass(180_000, 1000);
    expect(asked().error?.code).toBe('REQUEST_TIMED_OUT');
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  test('a frame on its way when the end is aborted is told to nobody who is over, either', async () => {
    const warned = vi.spyOn(console, 'warn').mockImplementation(() => {});
    const { end } = remote('pull');
    await end.open();
    const asked = watch(end.metadata());
    end.abort(new TransferError('ABORTED'));
    await settled();
    expect(asked().error?.code).toBe('ABORTED');
    expect(warned).not.toHaveBeenCalled();
    warned.mockRestore();
  });

  describe('while a Strapi fills a batch of rows and answers no ping', () => {
    /** Its first batch was taken and confirmed, and whoever took it is long at work with it. */
    async function withSlowTaker(step: 'links' | 'assets') {
      const pull = await openedByHand();
      const { end, peer } = pull;
      const items = step === 'links' ? end.rows('links') : end.assets();
      const first = watch(items[Symbol.asyncIterator]().next());
      await settled();
      peer.answer(peer.sent[2]?.uuid ?? '', { ok: true, id: 'stage' });
      const data = { filename: 'a.bin', stats: { size: 1 }, metadata: {} };
      const asset = [[{ action: 'start', assetID: 'a', data }]];
      peer.batch({ uuid: 'b1', id: 'stage', data: step === 'links' ? sample.links : asset, ended: false });
      await settled();
      expect(first().state).toBe('resolved');
      expect(peer.sent.at(-1)).toEqual({ uuid: 'b1' });
      peer.hang();
      return pull;
    }

    test('its link lives for busyTimeout, although nobody waits for the batch yet', async () => {
      const { clock, state } = await withSlowTaker('links');
      await clock.pass(60_000, 1000);
      expect(state()).toBe('transferring.streaming');
      await clock.pass(130_000, 1000);
      expect(state()).toBe('failed');
    });

    test('between assets it answers, so that heartbeatTimeout counts', async () => {
      const { clock, state } = await withSlowTaker('assets');
      await clock.pass(11_000, 1000);
      expect(state()).toBe('failed');
    });
  });

  describe('a stage that the server cannot read is an error that says why', () => {
    const inner = { origin: 'x', severity: 'fatal', details: { message: 'table articles is gone.' } };
    const read404 = '[Data transfer] Error in assets read stream: Request failed with status code 404';

    test.each([
      ['in a message', { message: 'no such table' }, null, 'no such table'],
      ['in its details', inner, null, 'table articles is gone'],
      ['in a report that came before', {}, read404, 'Request failed with status code 404'],
      ['in a code alone', { code: 'EIO' }, null, 'EIO'],
      ['nowhere', {}, null, 'it gave no reason'],
    ])('%s', async (_, error, report, reason) => {
      const { end, peer } = await openedByHand();
      const read = watch(end.rows('entities')[Symbol.asyncIterator]().next());
      await settled();
      peer.answer(peer.sent[2]?.uuid ?? '', { ok: true, id: 'stage' });
      if (report !== null) peer.diagnostic(report, 'error');
      peer.batch({ uuid: 'b1', id: 'stage', data: [], ended: false, error });
      await settled();
      expect(read().error).toMatchObject({
        code: 'PEER_STAGE_FAILED',
        message: expect.stringContaining(`example.com/admin could not read its entities: ${reason}. Look`),
      });
    });

    test.each([
      [1, 'The last file that came whole is a.bin: the one that it could not read comes after it.'],
      [0, 'No file had come whole before.'],
    ])('and after %i assets, which file came whole last', async (count, note) => {
      const { end, peer } = await openedByHand();
      const readAssets = async () => {
        for await (const { stream } of end.assets()) for await (const _ of stream());
      };
      const read = watch(readAssets());
      await settled();
      peer.answer(peer.sent[2]?.uuid ?? '', { ok: true, id: 'stage' });
      const data = { filename: 'a.bin', stats: { size: 0 }, metadata: {} };
      const flow = [
        { action: 'start', assetID: 'a', data },
        { action: 'end', assetID: 'a' },
      ];
      if (count > 0) peer.batch({ uuid: 'b1', id: 'stage', data: [flow], ended: false });
      peer.diagnostic(read404, 'error');
      peer.batch({ uuid: 'b2', id: 'stage', data: null, ended: true, error: {} });
      await settled();
      expect(read().error?.message).toContain(`Request failed with status code 404. ${note}`);
    });
  });
});

describe('a push', () => {
  test('brings everything, in the documented order, and leaves nothing running', async () => {
    const { clock, end, peer, server } = remote('push');
    await prepare(end);
    await writeAll(end, sample);
    await end.commit();
    await end.close();
    const { metadata: _, schemas: __, ...rows } = sample;
    expect(server.received).toEqual(rows);
    expect(withoutBatches(server.requests)).toEqual(plannedOrder('push'));
    expect(peer.socket.readyState).toBe(3);
    expect(clock.pending).toEqual([]);
  });

  test('starts and ends every stage where there is nothing to push: Strapi leaves a backup behind otherwise', async () => {
    const { end, server } = remote('push');
    await prepare(end);
    await writeAll(end, { ...sample, entities: [], links: [], configuration: [], assets: [] });
    await end.commit();
    expect(server.requests).toEqual(plannedOrder('push'));
    await end.close();
  });

  test.each([
    ['links.end', async (end: RemoteDestination) => (await end.rowWriter('links')).end()],
    ['assets.start', (end: RemoteDestination) => end.assetWriter()],
    ['close', (end: RemoteDestination) => end.commit()],
  ])(
    'that is broken off while %s is due waits for it as long as a busy server may take',
    async (kind, ask) => {
      const push = remote('push', {
        connectionOptions: { busyTimeout: 100_000 },
        peer: {
          // A Strapi that is busy answers no pings either.
          answer: (message, peer) =>
            kindOf(message) === kind ? peer.hang() : push.server.answer(message, peer),
        },
      });
      const { clock, end } = push;
      await prepare(end);
      const asked = watch(ask(end));
      await settled();
      const drained = watch(end.remote.fallSilent());
      await clock.pass(90_000, 1000);
      expect([asked().error?.code, drained().state]).toEqual(['ABORTED', 'pending']);
      await clock.pass(11_000, 1000);
      expect(drained().error?.code).toBe('CONNECTION_SILENT');
    },
  );

  test('speaks to a server that echoes nothing: no checksums, bytes as Strapi’s older form', async () => {
    const { end, peer, server } = remote('push', { script: { echoes: false } });
    await prepare(end);
    await writeAll(end, sample);
    await end.commit();
    expect(server.received.assets).toEqual(sample.assets);
    const frames = peer.frames.filter((frame) => frame.includes('"step":"assets"')).join('');
    expect(frames).toContain('{"type":"Buffer","data":[');
    expect(frames).not.toContain('checksum');
    await end.close();
  });

  test('tells the server to keep what is never transferred', async () => {
    const { end, peer } = remote('push');
    await end.open({ types: ['api::page.page', 'admin::special'] });
    const { options } = Object(peer.sent[0]?.params);
    expect(options.restore.entities.exclude).toEqual(
      expect.arrayContaining(['admin::user', 'admin::special', 'plugin::content-releases.release']),
    );
    expect(options.restore.entities.exclude).not.toContain('api::page.page');
    await end.close();
  });

  test.each([
    ['no rows move', { include: [] }],
    ['the rows of files are left out', { exclude: ['plugin::upload.file'] }],
    ['other types are named', { include: ['api::page.page'] }],
  ])(
    'is refused before anything is touched where files move and %s: a Strapi takes none',
    async (_, entities) => {
      const restore = { assets: true, configuration: { coreStore: true, webhook: true }, entities };
      const { end, server } = remote('push', { restore });
      await expect(end.open({ types: ['api::page.page'] })).rejects.toMatchObject({
        code: 'FILES_WITHOUT_ROWS',
      });
      expect(server.requests).toEqual(['init']);
      await end.rollback();
      await end.close();
      expect(server.requests).not.toContain('beforeTransfer');
    },
  );

  /** Streams one-row batches without answering any, and counts how many are on their way. */
  async function inFlightOf(version: string) {
    const { end, peer } = remote('push', { script: { version } });
    await prepare(end);
    const writer = await end.assetWriter();
    peer.hang();
    const big = toAsset({ filename: 'x', metadata: {}, bytes: new Uint8Array(5_000_000) });
    watch(writer.write(big));
    await settled();
    const count = peer.sent.filter((message) => kindOf(message) === 'assets.stream').length;
    end.abort(new TransferError('ABORTED'));
    return count;
  }

  test('keeps eight messages on their way to a server that queues them', async () => {
    expect(await inFlightOf('5.54.0')).toBe(8);
    expect(await inFlightOf('5.53.0')).toBe(8);
  });

  test('sends one at a time to a server that does not, or does not say', async () => {
    expect(await inFlightOf('5.52.3')).toBe(1);
    expect(await inFlightOf('unknown')).toBe(1);
  });

  test('with several on their way, only the oldest is asked again', async () => {
    const { clock, end, peer } = remote('push');
    await prepare(end);
    const writer = await end.assetWriter();
    peer.hang();
    const before = peer.sent.length;
    const big = toAsset({ filename: 'x', metadata: {}, bytes: new Uint8Array(5_000_000) });
    watch(writer.write(big));
    for (let second = 0; second < 40; second += 1) {
      peer.byte();
      await clock.pass(1000);
    }
    const sent = peer.sent.slice(before).map(({ uuid }) => uuid);
    expect(sent).toHaveLength(9);
    expect(sent[8]).toBe(sent[0]);

    // Once the oldest is answered, the next oldest counts from then on.
    peer.answer(sent[0] ?? '');
    for (let second = 0; second < 29; second += 1) {
      peer.byte();
      await clock.pass(1000);
    }
    expect(peer.sent.slice(before)).toHaveLength(10);
    peer.byte();
    await clock.pass(1000);
    expect(peer.sent.slice(before).map(({ uuid }) => uuid)[10]).toBe(sent[1]);
    end.abort(new TransferError('ABORTED'));
    await settled();
    expect(clock.pending).toEqual([]);
  });

  test('a refused batch rejects the writer with the server’s words', async () => {
    const { end, peer } = remote('push', {
      peer: {
        answer: undefined as never,
      },
    });
    const server = strapiScript({
      direction: 'push',
    });
    let answered = 0;
    const pump = () => {
      for (const message of peer.sent.slice(answered)) {
        answered += 1;
        if (kindOf(message) === 'entities.stream') peer.error(message.uuid, { message: 'invalid row' });
        else server.answer(message, peer);
      }
    };
    const pushed = watch(prepare(end).then(() => writeAll(end, sample)));
    for (let turn = 0; turn < 20; turn += 1) {
      await settled();
      pump();
    }
    expect(pushed().error).toMatchObject({
      code: 'PEER_ERROR',
      message: 'https://example.com/admin answered entities.stream with an error: invalid row',
    });
    await settled();
  });

  test('rolls back, closes and ends; a second rollback is never sent', async () => {
    const { clock, end, server } = remote('push');
    await prepare(end);
    await end.rowWriter('entities');
    await end.rollback();
    await end.rollback();
    expect(server.requests.slice(-3)).toEqual(['rollback', 'close', 'end']);
    expect(server.requests.filter((kind) => kind === 'rollback')).toHaveLength(1);
    await end.close();
    expect(clock.pending).toEqual([]);
  });

  test('names the uploads that a Strapi leaves behind, after a polite rollback', async () => {
    const { end } = remote('push');
    await prepare(end);
    expect(await end.rollback()).toEqual({ stands: 'asBefore', uploads: [uploadsBefore] });
    await end.close();
  });

  test('names them too where the connection was cut', async () => {
    const { end, peer } = remote('push');
    await prepare(end);
    peer.disconnect();
    await settled();
    expect(await end.rollback()).toEqual({ stands: 'silent', uploads: [uploadsBefore] });
    await end.close();
  });

  test('names them too while an answer is due that cannot be waited for', async () => {
    const { clock, end, peer } = remote('push');
    await prepare(end);
    peer.hang();
    const starting = watch(end.rowWriter('entities'));
    await settled();
    const rolledBack = watch(end.rollback());
    await clock.pass(20_000, 100);
    expect(rolledBack().value).toEqual({ stands: 'silent', uploads: [uploadsBefore] });
    expect(clock.pending).toEqual([]);
    await settled();
    expect(starting().error?.code).toBe('ABORTED');
  });
});

describe('close() at any moment', () => {
  test.each(['push', 'pull'] as const)('of a %s that was never opened, does nothing', async (direction) => {
    const { end, peer } = remote(direction);
    await end.close();
    expect(peer.listenerLog).toEqual([]);
  });

  test.each(['push', 'pull'] as const)('of a %s that is opening, rejects open()', async (direction) => {
    const { clock, end, peer } = remote(direction, { peer: { accepts: false } });
    const opening = watch(end.open());
    await settled();
    await end.close();
    await settled();
    expect(opening().error?.code).toBe('ABORTED');
    expect(peer.socket.readyState).toBe(3);
    expect(clock.pending).toEqual([]);
  });

  test.each(['push', 'pull'] as const)('of a %s, rejects what waits for an answer', async (direction) => {
    const { clock, end, peer } = remote(direction);
    await end.open();
    peer.hang();
    const waiting = watch(end.metadata());
    await settled();
    const closing = watch(end.close());
    await clock.pass(5000);
    expect(closing().state).toBe('resolved');
    expect(waiting().error?.code).toBe('ABORTED');
    expect(clock.pending).toEqual([]);
  });

  test('of a pull, rejects whoever waits for a batch', async () => {
    const { clock, end, peer } = remote('pull');
    await end.open();
    const rows = end.rows('entities')[Symbol.asyncIterator]();
    await rows.next();
    peer.hang();
    await rows.next();
    const waiting = watch(
      (async () => {
        for (;;) if ((await rows.next()).done === true) return;
      })(),
    );
    await settled();
    await clock.pass(100);
    const closing = watch(end.close());
    await clock.pass(5000);
    expect(closing().state).toBe('resolved');
    expect(waiting().error?.code).toBe('ABORTED');
    expect(clock.pending).toEqual([]);
  });

  test('of a pull whose link is lost, resolves', async () => {
    const { end, peer } = remote('pull');
    await end.open();
    peer.disconnect();
    await settled();
    await end.close();
  });
});
