import { createHmac } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import ferryPlugin from '../../../src/strapi/server.js';

/** As much of a Strapi as the plugin asks for before a client comes. */
async function strapiWithPlugin(config: object = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'ferry-plugin-'));
  const httpServer = createServer();
  onTestFinished(async () => {
    httpServer.close();
    await rm(folder, { recursive: true });
  });
  await writeFile(join(folder, 'plugins.js'), 'module.exports = { ferry: true }');
  const said: string[] = [];
  const say = (text: string) => void said.push(text);
  const values: Readonly<Record<string, unknown>> = {
    'plugin::ferry': config,
    'server.transfer.remote.enabled': true,
    'admin.transfer.token.salt': 'salt',
  };
  const token = {
    ...{ id: 1, name: 'nightly', hash: createHmac('sha512', 'salt').update('a-token').digest('hex') },
    ...{ last_used_at: null, expires_at: null, created_at: 0, action: 'pull' },
  };
  const query: object = {
    ...{ select: () => query, leftJoin: () => query, where: () => query, toSQL: () => ({ sql: '' }) },
  };
  const knex = { client: { pool: { max: 10 } }, raw: async () => ({ rows: [token] }) };
  const held = {
    joinTable: { name: 'held', joinColumn: { name: 'token' }, inverseJoinColumn: { name: 'permission' } },
  };
  const models = [
    { uid: 'admin::transfer-token', tableName: 'tokens', attributes: { permissions: held } },
    { uid: 'admin::transfer-token-permission', tableName: 'permissions', attributes: {} },
  ];
  const registerMany = vi.fn(async () => {});
  const strapi = {
    server: { httpServer, use: () => {} },
    config: { get: (path: string) => values[path] },
    log: { debug: say, info: say, warn: say, error: say },
    dirs: { static: { public: folder }, dist: { config: folder } },
    service: () => ({ actionProvider: { registerMany } }),
    db: {
      dialect: { client: 'postgres' },
      connection: Object.assign(() => query, knex),
      metadata: new Map(models.map((model) => [model.uid, model])),
      getSchemaName: () => undefined,
      query: () => ({ update: async () => {} }),
    },
    contentTypes: {},
    components: {},
  };
  const listeners = httpServer.listenerCount('listening');
  const plugin = ferryPlugin({ env: () => undefined });
  await plugin.register({ strapi });
  await plugin.bootstrap({ strapi });
  onTestFinished(() => plugin.destroy());
  async function listen(): Promise<string> {
    await new Promise<void>((resolve) => httpServer.listen(0, '127.0.0.1', resolve));
    return `ws://127.0.0.1:${(httpServer.address() as AddressInfo).port}/admin/transfer/runner/pull`;
  }
  return { plugin, httpServer, listeners, said, registerMany, listen };
}

const ready = expect.stringContaining('[Ferry] takes transfers at /admin/transfer/runner/push');

test('a command, which never listens, gets permissions and no endpoint', async () => {
  const { plugin, httpServer, listeners, said, registerMany } = await strapiWithPlugin({ inspect: 4799 });
  expect(registerMany).toHaveBeenCalledOnce();
  expect([httpServer.listenerCount('upgrade'), said]).toEqual([0, []]);
  await plugin.destroy();
  expect(httpServer.listenerCount('listening')).toBe(listeners);
});

test('the endpoint is there from the first moment of listening, until the end', async () => {
  const { plugin, httpServer, said, listen } = await strapiWithPlugin();
  httpServer.once('listening', () => expect(httpServer.listenerCount('upgrade')).toBe(1));
  await listen();
  await expect.poll(() => said).toContainEqual(ready);
  await plugin.destroy();
  expect(httpServer.listenerCount('upgrade')).toBe(0);
});

test('what the endpoint cannot do is told, and Strapi goes on', async () => {
  const { httpServer, said, listen } = await strapiWithPlugin({ inspect: 4799 });
  httpServer.on('newListener', (event) => {
    if (event === 'upgrade') throw new Error('no listener more\nerror: forged');
  });
  await listen();
  expect(said).toEqual([expect.stringMatching(/^\[Ferry\] .*no listener more error: forged/)]);
  await expect(fetch('http://127.0.0.1:4799')).rejects.toThrow();
});

test('behind a proxy that is trusted the log has the address of the client', async () => {
  for (const [trustedProxies, address] of [
    [[], '127.0.0.1'],
    [['127.0.0.1'], '203.0.113.9'],
  ] as const) {
    const { said, listen } = await strapiWithPlugin({ trustedProxies });
    const headers = { authorization: 'Bearer a-token', 'x-forwarded-for': '203.0.113.9' };
    const client = new WebSocket(await listen(), { headers });
    await new Promise((resolve, reject) => client.once('open', resolve).once('error', reject));
    client.terminate();
    await expect.poll(() => said).toContain(`[Ferry] pull by nightly from ${address} begins`);
  }
});
