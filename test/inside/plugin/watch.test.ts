import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { TransferRow } from '../../../src/strapi/plugin/history.js';
import { openRaw, say } from '../../support/raw-client.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

const password = 'Password-of-a-test-1';
const readers = { email: 'reader@example.com', actions: ['plugin::ferry.read'] };
const users = [
  { email: 'ada@example.com' },
  readers,
  { email: 'stopper@example.com', actions: ['plugin::ferry.read', 'plugin::ferry.stop'] },
  { email: 'other@example.com', actions: ['admin::webhooks.read'] },
];

let strapi: StrapiWithPlugin;
const logins: Record<string, string> = {};

beforeAll(async () => {
  strapi = await startStrapiWithPlugin();
  for (const user of users) {
    await strapi.inside('createAdmin', { ...user, password });
    const answer = await call('POST', '/admin/login', { body: { email: user.email, password } });
    logins[user.email.replace(/@.*/, '')] = (answer.body as { data: { token: string } }).data.token;
  }
});
afterAll(() => strapi?.stop());

async function call(method: string, path: string, { as = '', body }: { as?: string; body?: object } = {}) {
  const response = await fetch(`http://127.0.0.1:${strapi.port}${path}`, {
    method,
    headers: {
      'Content-Type': 'application/json',
      ...(as === '' ? {} : { Authorization: `Bearer ${logins[as] ?? as}` }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as unknown };
}

const transfers = async () => {
  const { body } = await call('GET', '/ferry/transfers', { as: 'reader' });
  return (body as { data: readonly TransferRow[] }).data;
};

async function begin(direction: 'push' | 'pull') {
  const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/${direction}`;
  const client = await openRaw(url, strapi.tokens[direction]);
  await client.ask(say.command('init', { transfer: direction }));
  await client.ask(say.action('bootstrap'));
  return client;
}

describe('who may see transfers, and stop them', () => {
  test.each([
    ['no login', '', 401, 401],
    ['a transfer token', 'f'.repeat(256), 401, 401],
    ['a role without Ferry’s permissions', 'other', 403, 403],
    ['a role that may read', 'reader', 200, 403],
    ['a role that may stop', 'stopper', 200, 404],
    ['a super admin', 'ada', 200, 404],
  ])('%s', async (_, as, read, stop) => {
    expect((await call('GET', '/ferry/transfers', { as })).status).toBe(read);
    expect((await call('POST', '/ferry/transfers/none/stop', { as })).status).toBe(stop);
  });
});

test('a transfer is shown while it runs and after it; one that is stopped ends, and its client learns no name', async () => {
  const pull = await begin('pull');
  const push = await begin('push');
  expect(await transfers()).toEqual([
    expect.objectContaining({ direction: 'push', token: 'test 1', address: '127.0.0.1', ended: null }),
    expect.objectContaining({ direction: 'pull', token: 'test 2', ended: null }),
  ]);
  pull.socket.close();
  const [running] = await transfers();
  const answer = await call('POST', `/ferry/transfers/${running?.id}/stop`, { as: 'stopper' });
  expect(answer).toEqual({ status: 200, body: { data: { id: running?.id } } });
  expect((await push.closed).reason).toBe('ABORTED: an administrator stopped it');
  await expect.poll(async () => (await transfers()).every(({ ended }) => ended !== null)).toBe(true);
  expect(await transfers()).toEqual([
    expect.objectContaining({
      direction: 'push',
      ended: expect.objectContaining({ outcome: 'failed', stoppedBy: 'Ada Lovelace' }),
    }),
    expect.objectContaining({ direction: 'pull', ended: expect.objectContaining({ stoppedBy: null }) }),
  ]);
  expect((await call('POST', `/ferry/transfers/${running?.id}/stop`, { as: 'stopper' })).status).toBe(404);
});

test('a connection that stays open after its transfer is closed, and the transfer stays as it ended', async () => {
  const client = await begin('pull');
  await client.ask(say.action('close'));
  await client.ask(say.command('end', { transferID: client.transferID }));
  const [row] = await transfers();
  expect(row?.ended).toBeNull();
  expect((await call('POST', `/ferry/transfers/${row?.id}/stop`, { as: 'stopper' })).status).toBe(200);
  expect((await client.closed).code).toBe(1000);
  await expect
    .poll(async () => (await transfers())[0]?.ended)
    .toMatchObject({ failure: null, stoppedBy: null });
});

test('Strapi’s log says who began what, and how it ended, a line each, and no token', async () => {
  const { accessKey } = await strapi.createToken({ permissions: ['pull'] });
  const said = () =>
    strapi
      .output()
      .split('\n')
      .filter((line) => line.includes('[Ferry]'));
  const before = said().length;
  const url = `ws://127.0.0.1:${strapi.port}/admin/transfer/runner/`;
  await openRaw(`${url}push`, accessKey);
  const client = await openRaw(`${url}pull`, accessKey);
  client.socket.close();
  await expect.poll(() => said().slice(before).length).toBe(3);
  expect(said().slice(before)).toEqual([
    expect.stringMatching(/warn.*\[Ferry\] refused a push from 127\.0\.0\.1: FORBIDDEN$/),
    expect.stringMatching(/info.*\[Ferry\] pull by test \d from 127\.0\.0\.1 begins$/),
    expect.stringMatching(
      /\[Ferry\] pull by test \d from 127\.0\.0\.1: nothing in 0\.\d s, nothing was begun/,
    ),
  ]);
  expect(strapi.output()).not.toContain(accessKey);
});
