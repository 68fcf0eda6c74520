import { readdir } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { errorTable } from '../../../src/protocol/errors.js';
import { seededRandom } from '../../../src/testing/seeded.js';
import type { Tables } from '../../strapi/harness/strapi.js';
import { asset, openRaw, type RawClient, say } from '../../support/raw-client.js';
import { isSoak } from '../../support/soak.js';
import { unforeseenFrames } from '../../support/unforeseen-frames.js';
import { beginPush, initPush } from '../support/begun-push.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

let strapi: StrapiWithPlugin;
let before: Tables;
let idle: number;
const opened: RawClient[] = [];
beforeAll(async () => {
  strapi = await startStrapiWithPlugin({ content: 'hard' });
  const first = await open('pull');
  first.socket.terminate();
  before = await strapi.tables();
  idle = await strapi.inside<number>('memory');
});
afterAll(async () => {
  for (const { socket } of opened) socket.terminate();
  await strapi?.stop();
});

const documentedCloses = [
  1000,
  1005,
  ...Object.values(errorTable).flatMap((row) => ('close' in row ? [row.close] : [])),
];

async function open(direction: 'push' | 'pull', token = strapi.tokens.full) {
  const client = await openRaw(`ws://127.0.0.1:${strapi.port}/admin/transfer/runner/${direction}`, token);
  opened.push(client);
  return client;
}

async function isAlive() {
  expect((await fetch(`http://127.0.0.1:${strapi.port}/_health`)).status).toBe(204);
  // Its database answers.
  expect(await strapi.counts()).toHaveProperty(['plugin::i18n.locale']);
}

/** But for when a token was used last. */
const rowsOf = (tables: Tables, isOf: (table: string) => boolean) =>
  Object.fromEntries(
    Object.entries(tables)
      .filter(([table]) => isOf(table))
      .map(([table, rows]) => [
        table,
        table === 'strapi_transfer_tokens' ? rows.map(({ last_used_at, updated_at, ...row }) => row) : rows,
      ]),
  );

const isAdmins = (table: string) => /^(admin_|strapi_(api|transfer)_token)/.test(table);

/** A push, up to a stage of it. */
async function pushUpTo(stage: string) {
  const client = await beginPush(strapi);
  expect((await client.ask(say.action('bootstrap'))).error).toBeNull();
  expect((await client.ask(say.action('beforeTransfer'), 20_000)).error).toBeNull();
  expect((await client.ask(say.step('start', stage))).error).toBeNull();
  return client;
}

describe('a push that is refused leaves rows and files as they were', () => {
  test.each<[string, string, unknown, string?]>([
    ['a row without a type', 'entities', [{ id: 1, data: {} }]],
    ['a row of a type of the admin panel', 'entities', [{ type: 'admin::user', id: 1, data: {} }]],
    ['a row of a type that is not there', 'entities', [{ type: 'api::none.none', id: 1, data: {} }]],
    [
      'a row whose type is a name of JavaScript',
      'entities',
      [{ type: '__proto__', id: 1, data: {} }],
      'which this Strapi does not have',
    ],
    ['rows that are no list', 'entities', { length: 1 }],
    ['a link without ends', 'links', [{ kind: 'relation.basic' }]],
    ['a configuration of no kind', 'configuration', [{ type: 'nothing', value: 1 }]],
    ['an asset that leads out of its folder', 'assets', [asset.start('a', '../../config/server.js', 3)]],
    ['a chunk of an asset that was not begun', 'assets', [asset.stream('a', new Uint8Array(3))]],
  ])('%s', async (_, stage, data, said = '') => {
    const client = await pushUpTo(stage);
    const answer = await client.ask(say.step('stream', stage, data)).catch((error: Error) => ({ error }));
    const ended =
      answer.error ?? (await client.ask(say.step('end', stage)).catch((error: Error) => ({ error }))).error;
    if (said !== '') expect(ended?.message).toContain(said);
    if (ended === null) expect((await client.ask(say.action('close'), 20_000)).error).not.toBeNull();
    client.socket.terminate();
    await client.closed;
    await isAlive();
    await expect
      .poll(async () => rowsOf(await strapi.tables(), () => true))
      .toEqual(rowsOf(before, () => true));
  });
});

describe('the wrong order is refused, and what comes after it too', () => {
  test.each<readonly [string, readonly object[]]>([
    ['a stage before bootstrap', [say.step('start', 'entities')]],
    ['a stream before its start', [say.action('bootstrap'), say.step('stream', 'entities', [])]],
    ['close in a stage', [say.action('bootstrap'), say.step('start', 'entities'), say.action('close')]],
    [
      'a stage that is over',
      [
        ...[say.action('bootstrap'), say.step('start', 'links'), say.step('end', 'links')],
        say.step('start', 'entities'),
      ],
    ],
    ['a second init', [initPush]],
    ['a step that is none', [say.action('bootstrap'), say.step('start', 'constructor')]],
  ])('%s', async (_, messages) => {
    const client = await beginPush(strapi);
    const answers = [];
    for (const message of messages) answers.push((await client.ask(message, 20_000)).error);
    expect(answers.slice(0, -1).every((error) => error === null)).toBe(true);
    expect(answers.at(-1)).not.toBeNull();
    client.socket.terminate();
    await isAlive();
  });
});

describe('a client that leaves early leaves nothing', () => {
  const push = ['beforeTransfer', 'entities', 'assets', 'links', 'configuration'];
  test.each<readonly [string, 'push' | 'pull', readonly object[]]>([
    ['a push before init', 'push', []],
    ['a push after init', 'push', [initPush]],
    ['a push after bootstrap', 'push', [initPush, say.action('bootstrap')]],
    ...push.map(
      (at) =>
        [
          `a push in ${at}`,
          'push',
          [
            ...[initPush, say.action('bootstrap'), say.action('beforeTransfer')],
            ...(at === 'beforeTransfer' ? [] : [say.step('start', at)]),
            ...(at === 'assets' ? [say.step('stream', at, [asset.start('a', 'a.txt', 9)])] : []),
          ],
        ] as const,
    ),
    ['a pull before init', 'pull', []],
    ['a pull after bootstrap', 'pull', [say.command('init', { transfer: 'pull' }), say.action('bootstrap')]],
    ...['entities', 'assets', 'links', 'configuration'].map(
      (at) =>
        [
          `a pull amid ${at}, whose batches it does not take`,
          'pull',
          [say.command('init', { transfer: 'pull' }), say.action('bootstrap'), say.step('start', at)],
        ] as const,
    ),
  ])('%s', async (_, direction, messages) => {
    for (const leave of ['terminate', 'close'] as const) {
      const client = await open(direction);
      for (const message of messages) await client.ask(message, 20_000);
      client.socket[leave]();
      await client.closed;
      await expect.poll(running).toBe(0);
    }
    expect(await readdir(strapi.uploadsDir)).not.toContain('.ferry');
    expect(rowsOf(await strapi.tables(), () => true)).toEqual(rowsOf(before, () => true));
    await isAlive();
  });

  /** Sessions that the log has seen begin, and not end. */
  const running = () => {
    const said = strapi.output().match(/\[Ferry\] (?:push|pull) by .*/g) ?? [];
    const begun = said.filter((line) => line.endsWith(' begins')).length;
    return begun - (said.length - begun);
  };
});

test.each(['push', 'pull'] as const)(
  'a %s whose frame announces more than it may be is closed before the frame comes',
  async (direction) => {
    const client = await open(direction);
    if (direction === 'push') await client.ask(initPush);
    const announced = Buffer.from([0x81, 0xff, 0, 0, 0, 1, 0, 0, 0, 0, 1, 2, 3, 4]);
    // The library would send the frame that it announces.
    (Reflect.get(client.socket, '_socket') as Socket).write(announced);
    expect((await client.closed).code).toBe(1009);
    await isAlive();
  },
);

test('a hundred clients at once: sixty-four are served, the others are told to come later', async () => {
  const clients = await Promise.all(Array.from({ length: 100 }, () => open('pull')));
  const answers = await Promise.all(
    clients.map(({ socket, closed, settled }) =>
      Promise.race([settled().then(() => socket.readyState), closed]),
    ),
  );
  expect(answers.filter((answer) => answer === 1)).toHaveLength(64);
  expect(answers.filter((answer) => Object(answer).code === 1013)).toHaveLength(36);
  for (const { socket } of clients) socket.terminate();
  await Promise.all(clients.map(({ closed }) => closed));
  await isAlive();
});

test('frames that nobody foresaw: answers or documented closes, and no row of the admin panel changes', async () => {
  const seed = Number(process.env['FERRY_SEED'] ?? 42);
  const random = seededRandom(seed);
  const sessions = isSoak ? 1000 : 30;
  const closes = new Set<number>();
  for (let at = 0; at < sessions; at += 1) {
    const direction = random() < 0.7 ? 'push' : 'pull';
    const client = await open(direction);
    const next = unforeseenFrames(random);
    let [transferID, batch]: (string | undefined)[] = [];
    for (let frame = 0; frame < 30 && client.socket.readyState === 1; frame += 1) {
      client.send(next(transferID, batch));
      if (random() < 0.5) await client.settled().catch(() => {});
      for (const { uuid, data } of client.frames) {
        const answered = Object(data);
        if (typeof answered.transferID === 'string') transferID = answered.transferID;
        if (answered.type === 'transfer') batch = uuid;
      }
    }
    client.socket.close();
    closes.add((await client.closed).code);
  }
  await isAlive();
  expect([...closes].filter((code) => !documentedCloses.includes(code))).toEqual([]);
  const after = await strapi.tables();
  expect(rowsOf(after, isAdmins)).toEqual(rowsOf(before, isAdmins));
  expect(strapi.output()).not.toMatch(/unhandled|uncaught/i);
  expect((await strapi.inside<number>('memory')) - idle).toBeLessThan(96 * 2 ** 20);
});
