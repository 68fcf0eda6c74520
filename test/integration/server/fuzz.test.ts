import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, test } from 'vitest';
import { statePath } from '../../../machines/remote.machine.js';
import { realClock } from '../../../src/ports/clock.js';
import type { Random } from '../../../src/ports/random.js';
import { checkConnectionOptions } from '../../../src/protocol/connection-options.js';
import { errorTable } from '../../../src/protocol/errors.js';
import { checkRetryMessageOptions } from '../../../src/protocol/retry.js';
import { servedFolder } from '../../../src/server/served-folder.js';
import { createSession } from '../../../src/server/session.js';
import { checkServerLimits } from '../../../src/server/transfer-server.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { seededIds, seededRandom } from '../../../src/testing/seeded.js';
import { asset, openRaw, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { heapInUse, isSoak } from '../../support/soak.js';
import { settled } from '../../support/test-clock.js';
import { runServer } from '../../support/transfer-servers.js';
import { unforeseenFrames } from '../../support/unforeseen-frames.js';

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
const documentedCloses = Object.values(errorTable).flatMap((row) => ('close' in row ? [row.close] : []));

interface Seen {
  readonly states: Set<string>;
  readonly closes: Map<number, number>;
  answers: number;
  frames: number;
}

/** One client, from its connection to its end; nothing of it may be left. */
async function session(
  random: Random,
  store: ReturnType<typeof createMemoryStore>,
  seen: Seen,
  length: number,
) {
  const direction = random() < 0.6 ? 'push' : 'pull';
  const peer = createScriptedPeer({ isOpen: true });
  const next = unforeseenFrames(random);
  const { actor, closed } = createSession({
    direction,
    socket: peer.socket,
    stores: { source: () => store.source(), destination: () => store.destination() },
    authorize: async () => (random() < 0.01 ? 'UNAUTHORIZED' : null),
    connectionOptions: checkConnectionOptions(),
    retryMessageOptions: checkRetryMessageOptions(),
    limits: checkServerLimits({ assetSize: 10_000, batchItems: 10 }),
    clock: realClock,
    ids: seededIds(random),
    now: () => 0,
  });
  let transferID: string | undefined;
  let batch: string | undefined;
  let read = 0;
  const asked = new Set<string>();
  for (let at = 0; at < length && actor.getSnapshot().status === 'active'; at += 1) {
    const { lifecycle } = actor.getSnapshot().context;
    seen.states.add(`${direction} ${statePath(lifecycle.getSnapshot().value)}`);
    const text = next(transferID, batch);
    const { uuid, type } = ((): { uuid?: unknown; type?: unknown } => {
      try {
        return Object(JSON.parse(text));
      } catch {
        return {};
      }
    })();
    const isNew = typeof uuid === 'string' && uuid !== '' && type !== undefined && !asked.has(uuid);
    if (typeof uuid === 'string') asked.add(uuid);
    peer.receive(text);
    seen.frames += 1;
    // Now and then several come at once.
    if (random() < 0.1) continue;
    for (let turn = 0; turn < 4; turn += 1) await settled();
    if (isNew && uuid.length <= 128 && peer.socket.readyState === 1) {
      expect(peer.sent.some((answer) => answer.uuid === uuid)).toBe(true);
      seen.answers += 1;
    }
    for (const frame of peer.sent.slice(read) as readonly { uuid: string; data?: unknown }[]) {
      const answered = Object(frame.data);
      if (typeof answered.transferID === 'string') transferID = answered.transferID;
      if (answered.type === 'transfer') batch = frame.uuid;
    }
    read = peer.sent.length;
  }
  expect(actor.getSnapshot().status).not.toBe('error');
  const code = /^close (\d+)$/.exec(peer.listenerLog.find((line) => line.startsWith('close ')) ?? '')?.[1];
  if (code === undefined) peer.disconnect();
  else {
    expect([1000, ...documentedCloses]).toContain(Number(code));
    seen.closes.set(Number(code), (seen.closes.get(Number(code)) ?? 0) + 1);
  }
  expect(await closed).not.toBe('UNEXPECTED');
  // Whatever happened, the store is free again.
  const after = store.destination();
  await after.open();
  await after.close();
}

describe('frames that nobody foresaw', () => {
  const count = isSoak ? 100_000 : 10_000;

  test(`${count} of them, over all states: answers or documented closes, and the heap stays as it was`, async () => {
    const seed = Number(process.env['FERRY_SEED'] ?? 42);
    const random = seededRandom(seed);
    const seen: Seen = { states: new Set(), closes: new Map(), answers: 0, frames: 0 };
    const heaps: number[] = [];
    const store = createMemoryStore(smallContent);
    while (seen.frames < count) {
      if (seen.frames >= (heaps.length * count) / 10) heaps.push(await heapInUse());
      // Pushes that were committed change what the store holds.
      await session(random, store, seen, 10 + Math.floor(random() * 60));
    }
    heaps.push(await heapInUse());
    const [, first = 0] = heaps;
    const last = heaps.at(-1) ?? 0;
    console.info(
      `seed ${seed}: ${seen.frames} frames, ${seen.answers} answers checked, heap after GC ${(first / 1e6).toFixed(1)} → ${(last / 1e6).toFixed(1)} MB; closes ${JSON.stringify([...seen.closes])}; ${[...seen.states].sort().join(', ')}`,
    );
    expect(last - first).toBeLessThan(5e6);
    for (const state of [
      'connected',
      'preparing.resting',
      'transferring.streaming',
      'transferring.between',
      'closing.settled',
      'ended',
      'failed',
    ]) {
      expect([...seen.states]).toContain(`push ${state}`);
      if (state !== 'failed') expect([...seen.states]).toContain(`pull ${state}`);
    }
    expect([...seen.states]).toContain('push rolledBack');
  }, 600_000);
});

describe('bad input on a real socket', () => {
  /** What is sent once a push or pull stands ready, and what becomes of it: an answer's words, or a close code. */
  interface Bad {
    readonly name: string;
    readonly direction?: 'pull';
    /** Told as the client stands: its transfer prepared, in `stage` if one is named. */
    readonly stage?: string;
    readonly sends: string | Buffer | ((transferID: string | undefined) => object | string);
    readonly leads: number | RegExp;
  }
  const assets =
    (...items: readonly unknown[]) =>
    () =>
      say.step('stream', 'assets', items);
  const bad = (name: string, sends: Bad['sends'], leads: Bad['leads'], more: Partial<Bad> = {}): Bad => ({
    name,
    sends,
    leads,
    ...more,
  });
  const inAssets = { stage: 'assets' };
  const unsafe = [
    '../escape.txt',
    '/etc/passwd',
    'a/b.txt',
    'a\\b.txt',
    '.',
    '..',
    'a\u0000b',
    'x'.repeat(300),
    'a\n',
    '\ud800',
  ];

  const cases: readonly Bad[] = [
    bad('no JSON', 'hello', 1007),
    bad('no JSON, in a pull', 'hello', 1007, { direction: 'pull' }),
    bad('half a message', '{"uuid":"u","type":"comm', 1007),
    bad('an empty message', '', 1007),
    bad('an array', '[1]', 1007),
    bad('null', 'null', 1007),
    bad('a number', '7', 1007),
    bad('bytes', Buffer.from([0, 255, 254, 1, 2]), 1007),
    bad('ten megabytes of brackets', '['.repeat(10_000_000), 1009),
    bad('a uuid as deep as can be', `{"uuid":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 1009),
    bad('no uuid', '{"type":"command","command":"status"}', /Missing uuid/),
    bad('a uuid without end', `{"uuid":"${'u'.repeat(1e6)}","type":"command","command":"status"}`, 1007),
    bad('a type as deep as can be', `{"uuid":"u1","type":${'['.repeat(1e6)}${']'.repeat(1e6)}}`, 1009),
    bad('a command that is none', () => say.command('__proto__'), /Invalid transfer command/),
    bad('an action that is none', () => say.action('constructor'), /Invalid action provided: "constructor"/),
    bad('a kind that is none', () => ({ type: 'transfer', kind: 'toString', action: 'x' }), /./),
    bad('a type with a toString', () => ({ type: { toString: 1 } }), /./),
    bad('a step that is none', () => say.step('start', '__proto__'), /./),
    bad(
      'another transfer’s id',
      () => ({ ...say.action('getMetadata'), transferID: 'another' }),
      /Bad transfer ID/,
    ),
    bad('rows that are no array', () => say.step('stream', 'links', { length: 3 }), /Invalid message/, {
      stage: 'links',
    }),
    bad('rows that are none', () => say.step('stream', 'links', [null]), /Invalid message/, {
      stage: 'links',
    }),
    bad('a row as deep as can be', '', 1009, {
      stage: 'entities',
      sends: (id) =>
        JSON.stringify({
          ...say.step('stream', 'entities', [{ type: 'api::a.a', id: 1, data: { deep: 'DEEP' } }]),
          ...{ uuid: 'u1', transferID: id },
        }).replace('"DEEP"', () => '['.repeat(1e6) + ']'.repeat(1e6)),
    }),
    bad(
      'a row of a protected type',
      () => say.step('stream', 'entities', [{ type: 'admin::user', id: 1, data: {} }]),
      /protected type/,
      { stage: 'entities' },
    ),
    bad('a step of another stage', () => say.step('stream', 'links', []), /You need to init first|./, {
      stage: 'entities',
    }),
    bad(
      'an asset that starts twice',
      assets(asset.start('a', 'a', 0), asset.start('a', 'a', 0)),
      /Invalid message/,
      inAssets,
    ),
    bad('an asset that was never started', assets(asset.end('a')), /Invalid message|No asset "a"/, inAssets),
    bad(
      'bytes of no asset',
      assets(asset.stream('a', new Uint8Array(3))),
      /Invalid message|No asset "a"/,
      inAssets,
    ),
    bad('an asset without its action', assets({ assetID: 'a' }), /Invalid message/, inAssets),
    bad('an asset of less than no size', assets(asset.start('a', 'a', -1)), /Invalid message/, inAssets),
    bad(
      'an asset longer than it says',
      assets(asset.start('a', 'a', 2), asset.stream('a', new Uint8Array(3))),
      /size mismatch/,
      inAssets,
    ),
    bad(
      'an asset shorter than it says',
      assets(
        asset.start('a', 'a', 4),
        asset.stream('a', new Uint8Array(3)),
        asset.end('a', sha256(new Uint8Array(3))),
      ),
      /size mismatch/,
      inAssets,
    ),
    bad(
      'an asset with another checksum',
      assets(
        asset.start('a', 'a', 3),
        asset.stream('a', new Uint8Array(3)),
        asset.end('a', sha256(new Uint8Array(4))),
      ),
      /Checksum mismatch/,
      inAssets,
    ),
    bad(
      'an asset without the checksum that was agreed',
      assets(asset.start('a', 'a', 3), asset.stream('a', new Uint8Array(3)), asset.end('a')),
      /Checksum mismatch/,
      inAssets,
    ),
    bad(
      'damaged base64',
      assets(asset.start('a', 'a', 3), { action: 'stream', assetID: 'a', encoding: 'base64', data: '!!!' }),
      /Invalid message/,
      inAssets,
    ),
    bad(
      'bytes that are none',
      assets(asset.start('a', 'a', 3), {
        action: 'stream',
        assetID: 'a',
        data: { type: 'Buffer', data: [300] },
      }),
      /Invalid message/,
      inAssets,
    ),
    ...unsafe.map((filename) =>
      bad(
        `the file name ${JSON.stringify(filename).slice(0, 40)}`,
        assets(
          asset.start('a', filename, 1),
          asset.stream('a', new Uint8Array(1)),
          asset.end('a', sha256(new Uint8Array(1))),
        ),
        /Invalid asset filename/,
        inAssets,
      ),
    ),
  ];

  it.each(cases.map((one) => [one.name, one] as const))(
    '%s: is answered or closed, and nobody else notices',
    async (_, { direction = 'push', stage, sends, leads }) => {
      const folder = await mkdtemp(join(tmpdir(), 'ferry-bad-'));
      const path = join(folder, 'content');
      const running = await runServer(servedFolder({ path }));
      const bystander = await openRaw(`${running.runner}pull`, running.token);
      await bystander.ask(say.command('init'));
      const client = await openRaw(running.runner + direction, running.token);
      await client.ask(say.command('init', { checksums: true, assetEncoding: 'base64' }));
      await client.ask(say.action('bootstrap'));
      if (direction === 'push') await client.ask(say.action('beforeTransfer'));
      if (stage !== undefined) expect((await client.ask(say.step('start', stage))).error).toBeNull();
      if (typeof leads === 'number') {
        if (typeof sends === 'function') client.send(sends(client.transferID));
        else client.socket.send(sends);
        expect(await client.closed).toMatchObject({ code: leads });
      } else {
        let answer: Awaited<ReturnType<typeof client.ask>>;
        if (typeof sends === 'string') {
          client.send(sends);
          answer = await client.answerTo(sends.includes('"u1"') ? 'u1' : undefined);
        } else {
          const message = (sends as () => object)();
          client.send(JSON.stringify({ uuid: 'u1', transferID: client.transferID, ...message }));
          answer = await client.answerTo('u1');
        }
        expect(answer.error?.message).toMatch(leads);
        // The connection stands, and its next message is answered.
        expect((await client.ask(say.command('status'))).uuid).toBeDefined();
      }
      expect((await bystander.ask(say.command('status'))).error).toBeNull();
      client.socket.terminate();
      bystander.socket.terminate();
      await running.close();
      // Nothing was written, beside the folder neither.
      expect(await readdir(folder)).toEqual([]);
      await rm(folder, { recursive: true });
    },
  );
});
