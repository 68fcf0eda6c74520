import { readdir } from 'node:fs/promises';
import { io } from 'socket.io-client';
import { afterAll, afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openRaw, say } from '../../support/raw-client.js';
import { beginPush, initPush } from '../support/begun-push.js';
import { knock } from '../support/knock.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';
import { upgradeOutcome } from '../support/upgrade-outcome.js';

let strapi: StrapiWithPlugin;
beforeAll(async () => {
  strapi = await startStrapiWithPlugin({ content: 'hard' });
});
afterAll(() => strapi?.stop());

const route = (direction: 'push' | 'pull') =>
  `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/${direction}`;

async function open(direction: 'push' | 'pull', token = strapi.tokens.full) {
  const client = await openRaw(route(direction), token);
  onTestFinished(() => client.socket.terminate());
  return client;
}

const serves = async () => (await fetch(`http://127.0.0.1:${strapi.port}/_health`)).status === 204;
const said = (text: RegExp) =>
  strapi
    .output()
    .split('\n')
    .filter((line) => text.test(line));

describe('the routes are Ferry’s', () => {
  test('Strapi’s own sees no upgrade, so it switches nothing off and on', async () => {
    const client = await open('pull');
    await client.ask(say.command('init', { transfer: 'pull' }));
    await client.ask(say.command('end', { transferID: client.transferID }));
    expect(said(/Data transfer\]/)).toEqual([]);
  });

  test.each([
    ['a path that no route has', '/nowhere', [404]],
    ['another route of Strapi’s', '/admin/init', [200]],
    ['a route beside Ferry’s', '/admin/transfer/runner/sideways', [404]],
  ])('an upgrade to %s is answered over HTTP, as without Ferry', async (_, path, [status]) => {
    const url = `ws://127.0.0.1:${strapi.port}${path}`;
    expect(await upgradeOutcome(url, strapi.tokens.full)).toEqual([status, expect.any(String)]);
  });
});

const pull = '/admin/transfer/runner/pull';

/** The head of a good upgrade, each line of which may be another one; null leaves it out. */
const headOf = (changed: Readonly<Record<string, string | null>>): readonly string[] =>
  Object.values({
    line: `GET ${pull} HTTP/1.1`,
    host: 'Host: 127.0.0.1',
    connection: 'Connection: Upgrade',
    upgrade: 'Upgrade: websocket',
    version: 'Sec-WebSocket-Version: 13',
    key: 'Sec-WebSocket-Key: c3RyYXBpLWZlcnJ5IHRlcw==',
    token: `Authorization: Bearer ${strapi.tokens.full}`,
    ...changed,
  }).filter((line) => line !== null);

describe('an upgrade goes to Ferry’s endpoint or is refused, and never to Strapi’s own', () => {
  afterEach(async () => {
    expect(await serves()).toBe(true);
    expect(said(/Data transfer\]/)).toEqual([]);
  });

  test.each<readonly [string, number]>([
    [`${pull}/`, 101],
    [`${pull}?token=none`, 101],
    [`${pull}#push`, 101],
    [`/${pull}`, 400],
    [`${pull}//`, 404],
    ['/admin//transfer/runner/pull', 404],
    ['/ADMIN/transfer/runner/pull', 404],
    ['/admin/transfer/runner/Push', 404],
    ['/admin/transfer/runner/%70ull', 404],
    ['/admin%2Ftransfer/runner/pull', 404],
    ['/admin/./transfer/runner/pull', 404],
    ['/x/../admin/transfer/runner/pull', 404],
    [`http://127.0.0.1${pull}`, 404],
    ['/admin\\transfer/runner/pull#', 404],
  ])('the target %j', async (target, status) => {
    expect(await knock(strapi.port, headOf({ line: `GET ${target} HTTP/1.1` }))).toBe(status);
  });

  test.each<readonly [string, number, Readonly<Record<string, string | null>>]>([
    ['by HTTP/1.0', 101, { line: `GET ${pull} HTTP/1.0` }],
    ['by POST', 405, { line: `POST ${pull} HTTP/1.1` }],
    ['without a Host', 101, { host: null }],
    ['without “Connection: Upgrade”', 404, { connection: null }],
    ['by “Connection: close”', 404, { connection: 'Connection: close' }],
    ['of two protocols', 400, { upgrade: 'Upgrade: h2c, websocket' }],
    ['of an old version', 400, { version: 'Sec-WebSocket-Version: 12' }],
    ['with a short key', 400, { key: 'Sec-WebSocket-Key: short' }],
    [
      'of a page of another site, with the cookies of a user of the panel',
      401,
      {
        token: 'Cookie: jwtToken=e30.e30.e30\r\nOrigin: https://evil.example',
      },
    ],
    [
      'with its token in a subprotocol',
      401,
      {
        token: `Sec-WebSocket-Protocol: bearer, ${'f'.repeat(256)}`,
      },
    ],
    [
      'with its token in the query',
      401,
      { line: `GET ${pull}?token=${'f'.repeat(256)} HTTP/1.1`, token: null },
    ],
    ['with subprotocols', 101, { more: 'Sec-WebSocket-Protocol: strapi, ferry' }],
    ['with an empty subprotocol', 400, { more: 'Sec-WebSocket-Protocol: ,' }],
    ['with a subprotocol twice', 400, { more: 'Sec-WebSocket-Protocol: a, a' }],
    ['with a broken extension', 101, { more: 'Sec-WebSocket-Extensions: permessage-deflate; =' }],
  ])('one %s', async (_, status, changed) => {
    expect(await knock(strapi.port, headOf(changed))).toBe(status);
  });
});

describe('a token is looked up at each message', () => {
  test.each([
    ['revoked', (id: number) => strapi.revokeToken(id), 'Token not found'],
    ['without its scope', (id: number) => strapi.inside('withdrawScopes', { id }), 'Forbidden access'],
    [
      'expired',
      (id: number) => strapi.inside('updateToken', { id, data: { expiresAt: Date.now() - 1000 } }),
      'Token not found',
    ],
  ] as const)('one that is %s half-way ends the push', async (_, withdraw, message) => {
    const { id, accessKey } = await strapi.createToken({ permissions: ['push'] });
    const client = await beginPush(strapi, accessKey);
    expect((await client.ask(say.action('bootstrap'))).error).toBeNull();
    await withdraw(id);
    expect((await client.ask(say.action('getMetadata'))).error?.message).toContain(message);
  });

  test('its last use is noted in its own row, once an hour', async () => {
    const { id, accessKey } = await strapi.createToken({ permissions: ['pull'] });
    const lastUse = async () =>
      (await strapi.inside<{ lastUsedAt: string | null }>('tokenRow', { id })).lastUsedAt;
    const use = async () => expect(await upgradeOutcome(route('pull'), accessKey)).toBe('open');
    expect(await lastUse()).toBeNull();
    await use();
    const first = await lastUse();
    expect(Date.now() - Date.parse(first ?? '')).toBeLessThan(60_000);
    await use();
    expect(await lastUse()).toBe(first);
    const lastUsedAt = new Date(Date.now() - 3_700_000).toISOString();
    await strapi.inside('updateToken', { id, data: { lastUsedAt } });
    await use();
    expect(Date.parse((await lastUse()) ?? '')).toBeGreaterThan(Date.parse(lastUsedAt));
  });
});

describe('nothing that a client does ends the Strapi', () => {
  test.each<readonly [string, string | Buffer]>([
    ['no JSON', '{"uuid":'],
    ['JSON that is no message', '[1]'],
    ['a message without a uuid', '{"type":"command","command":"init"}'],
    ['a step that is none', JSON.stringify({ uuid: 'u', ...say.step('stream', '__proto__', [null]) })],
    ['rows that are none', JSON.stringify({ uuid: 'v', ...say.step('stream', 'entities', [null, 1, {}]) })],
    ['deep JSON', `{"uuid":${'['.repeat(5000)}${']'.repeat(5000)}}`],
    ['bytes', Buffer.from([0xff, 0xfe, 0x00, 0x80])],
  ])('a frame of %s, before init and amid a stage', async (_, frame) => {
    for (const begun of [false, true]) {
      const client = begun ? await beginPush(strapi) : await open('push');
      if (begun) {
        await client.ask(say.action('bootstrap'));
        await client.ask(say.step('start', 'entities'));
      }
      client.socket.send(frame);
      await Promise.race([client.closed, client.settled().catch(() => {})]);
      client.socket.terminate();
    }
    expect(await serves()).toBe(true);
  });

  test('a client that is cut amid a stage', async () => {
    for (const step of ['entities', 'assets', 'links', 'configuration']) {
      const client = await beginPush(strapi);
      await client.ask(say.action('bootstrap'));
      await client.ask(say.step('start', step));
      client.socket.terminate();
      await client.closed;
    }
    expect(await serves()).toBe(true);
  });
});

test('two pushes at once: the second is refused, the first goes on, and the next has its turn', async () => {
  const first = await beginPush(strapi);
  const second = await open('push');
  expect((await second.ask(initPush)).error?.code).toBe('STORE_IN_USE');
  expect((await first.ask(say.action('bootstrap'))).error).toBeNull();
  first.socket.terminate();
  await beginPush(strapi);
});

test('beside socket.io, a database that takes longer than its second: the client is let in, or told why not', async () => {
  await strapi.inside('attachSocketIo');
  await strapi.inside('slowTokens', { ms: 1500 });
  const [good, bad] = await Promise.all([
    upgradeOutcome(route('pull'), strapi.tokens.pull),
    upgradeOutcome(route('pull'), strapi.tokens.push),
  ]);
  expect(good).toBe('open');
  expect(bad).toEqual([403, expect.stringContaining('ForbiddenError')]);
  const other = io(`http://127.0.0.1:${strapi.port}`, { transports: ['websocket'], reconnection: false });
  onTestFinished(() => void other.close());
  await new Promise((resolve, reject) => {
    other.on('connect', () => resolve(true));
    other.on('connect_error', reject);
  });
});

test('SIGTERM ends the sessions with the Strapi: a push amid its rows leaves what was there, and a client that reads no more keeps nothing open', async () => {
  const deaf = await open('pull');
  await deaf.ask(say.command('init', { transfer: 'pull' }));
  await deaf.ask(say.action('bootstrap'));
  await deaf.ask(say.step('start', 'entities'));
  await deaf.batch();
  deaf.socket.pause();
  const client = await beginPush(strapi);
  await client.ask(say.action('bootstrap'));
  await client.ask(say.action('beforeTransfer'));
  await client.ask(say.step('start', 'entities'));
  const from = performance.now();
  process.kill(strapi.pid ?? 0, 'SIGTERM');
  expect(await client.closed).toEqual({ code: 1001, reason: 'SERVER_STOPPED' });
  expect(await strapi.exited).toMatchObject({ signal: null });
  // A close frame is answered within 2 s, or the socket is cut.
  expect(performance.now() - from).toBeLessThan(10_000);
  expect(await readdir(strapi.uploadsDir)).not.toContain('.ferry');
});
