import { once } from 'node:events';
import { access, cp, mkdir } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import express, { type Router } from 'express';
import { createLocalJWKSet, exportJWK, generateKeyPair, type JWTVerifyGetKey, SignJWT } from 'jose';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createTokenFile } from '../../src/server/token-file.js';
import { createTokens } from '../../src/server/tokens.js';
import type { TransferServer } from '../../src/server/transfer-server.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { runHeldServer } from '../support/held-server.js';
import { root, sampleExport } from './support/installed.js';
import { type Block, blocksOf, type Kitchen, layOut } from './support/recipes.js';
import { run } from './support/run.js';

let blocks: readonly Block[];
let kitchen: Kitchen;
beforeAll(async () => {
  blocks = await blocksOf('docs/serving.md');
  kitchen = await layOut(blocks);
});
afterAll(() => kitchen.remove());

/** The recipes that a test below has run. */
const tried = new Set<string>();
async function recipe<T>(file: string): Promise<T> {
  tried.add(file);
  return (await import(join(kitchen.folder, file.replace(/\.ts$/, '.js')))) as T;
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** What a pull of everything brings. */
async function pulled(host: string, fromToken: string): Promise<number> {
  const to = createMemoryStore();
  await createTransfer({ from: `http://${host}/admin`, fromToken, to: to.destination() }).done;
  return to.content().assets.length;
}

test('every recipe of the page compiles, strict', async () => {
  const tsc = join(root, 'node_modules/.bin/tsc');
  expect((await run(tsc, ['-p', kitchen.folder], { cwd: kitchen.folder })).stdout).toBe('');
});

describe.each(['on-express.ts', 'on-fastify.ts', 'on-hono.ts'])('%s', (file) => {
  interface Site {
    readonly server: Server;
    ready?(): PromiseLike<unknown>;
    close(): Promise<unknown>;
  }

  test('serves a folder beside the app, leaves other upgrades alone, and closes cleanly', async () => {
    const { createSite } = await recipe<{ createSite(folder: string): Site }>(file);
    const folder = join(kitchen.folder, `content of ${file}`);
    await cp(sampleExport, folder, { recursive: true });
    const tokens = createTokenFile({ folder });
    const scopes = ['push', 'pull'] as const;
    const { accessKey } = await createTokens({ store: tokens, salt: tokens.salt }).create({ scopes });

    const site = createSite(folder);
    const others = new WebSocketServer({ noServer: true });
    site.server.on('upgrade', (request, socket, head) => {
      if (request.url !== '/live') return;
      others.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('live'));
    });
    await site.ready?.();
    const host = await listen(site.server);

    expect(await (await fetch(`http://${host}/hello`)).text()).toBe('hello');
    expect((await fetch(`http://${host}/nowhere`)).status).toBe(404);
    const live = new WebSocket(`ws://${host}/live`);
    expect(String((await once(live, 'message'))[0])).toBe('live');
    live.terminate();
    expect(await pulled(host, accessKey)).toBe(4);
    const from = createMemoryStore({
      ...{ metadata: null, schemas: null, entities: [], links: [], configuration: [] },
      assets: [{ filename: 'one.txt', metadata: {}, bytes: new Uint8Array(3) }],
    }).source();
    await createTransfer({ from, to: `http://${host}/admin`, toToken: accessKey, force: true }).done;
    expect(await pulled(host, accessKey)).toBe(1);
    await expect(pulled(host, 'wrong')).rejects.toMatchObject({ code: 'UNAUTHORIZED' });

    const open = new WebSocket(`ws://${host}/admin/transfer/runner/pull`, {
      headers: { Authorization: `Bearer ${accessKey}` },
    });
    await once(open, 'open');
    const closed = once(open, 'close');
    const ended = once(site.server, 'close');
    await site.close();
    expect((await closed)[0]).toBe(1001);
    site.server.closeAllConnections();
    await ended;
    // The one listener that is left is this test's.
    expect(site.server.listenerCount('upgrade')).toBe(1);
  });
});

describe('tenants.ts', () => {
  const issuer = 'https://id.example.com';

  async function served() {
    const { privateKey, publicKey } = await generateKeyPair('ES256');
    const stranger = await generateKeyPair('ES256');
    const keys = createLocalJWKSet({ keys: [{ ...(await exportJWK(publicKey)), alg: 'ES256' }] });
    const { serveTenants } = await recipe<{
      serveTenants(server: Server, keys: JWTVerifyGetKey, folder: string): TransferServer;
    }>('tenants.ts');
    const folder = join(kitchen.folder, 'tenants');
    await mkdir(folder, { recursive: true });
    const server = createServer();
    const transfers = serveTenants(server, keys, folder);
    const host = await listen(server);
    const jwt = (claims: object, key = privateKey, expires: string | number = '5 minutes') =>
      new SignJWT({ tenant: 'north', scope: 'content:push content:pull', sub: 'anna', ...claims })
        .setProtectedHeader({ alg: 'ES256' })
        .setIssuer(issuer)
        .setAudience('content')
        .setExpirationTime(expires)
        .sign(key);
    async function close() {
      await transfers.close();
      server.close();
    }
    return { host, jwt, folder, stranger: stranger.privateKey, close };
  }

  test('gives each tenant content of its own, and no other tenant’s', async () => {
    const { host, jwt, folder, close } = await served();
    const to = `http://${host}/admin`;
    const options = { from: sampleExport, to, toToken: await jwt({ scope: 'content:push' }), force: true };
    await createTransfer({ ...options, schemaStrategy: 'ignore' }).done;
    expect(await pulled(host, await jwt({}))).toBe(4);
    expect(await pulled(host, await jwt({ tenant: 'south', sub: 'ben' }))).toBe(0);
    await access(join(folder, 'north'));
    await close();
  });

  test('refuses what it should, in words that a client understands', async () => {
    const { host, jwt, stranger, close } = await served();
    const refusals: readonly (readonly [string, string])[] = [
      ['no-jwt', 'UNAUTHORIZED'],
      [await jwt({}, stranger), 'UNAUTHORIZED'],
      [await jwt({}, undefined, 1), 'TOKEN_EXPIRED'],
      [await jwt({ scope: 'content:push' }), 'FORBIDDEN'],
      [await jwt({ tenant: '../north' }), 'FORBIDDEN'],
      [await jwt({ tenant: undefined }), 'FORBIDDEN'],
    ];
    for (const [token, code] of refusals)
      await expect(pulled(host, token), token).rejects.toMatchObject({ code });
    await close();
  });
});

test('admin-page.ts shows who is there, and stops one', async () => {
  const { adminPage } = await recipe<{ adminPage(transfers: TransferServer): Router }>('admin-page.ts');
  const held = await runHeldServer();
  const app = createServer(express().use('/transfers', adminPage(held.server)));
  const url = `http://${await listen(app)}/transfers`;
  const page = async () => (await fetch(url)).text();
  expect(await page()).toContain('No transfer runs.');

  const from = createMemoryStore({
    ...{ metadata: null, schemas: null, assets: [], links: [], configuration: [] },
    entities: [{ type: 'api::a.a', id: 1, data: { title: 'one' } }],
  }).source();
  const push = createTransfer({ from, to: held.admin, toToken: held.token, force: true });
  const stopped = push.done.catch((error: unknown) => error);
  while (held.server.sessions.size === 0) await new Promise((resolve) => setImmediate(resolve));
  const shown = await page();
  expect(shown).toContain('both: push from 127.0.0.1 since ');
  const action = /action="([^"]+)"/.exec(shown)?.[1] ?? '';
  const answer = await fetch(new URL(action, url), { method: 'POST' });
  expect(await answer.text()).toContain('<h1>Transfers</h1>');
  held.letGo();
  expect(await stopped).toMatchObject({
    message: expect.stringContaining('(code 1001: ABORTED: an administrator stopped it)'),
  });
  expect(await held.ended()).toMatchObject({ name: 'both', failure: 'ABORTED' });
  expect(await page()).toContain('No transfer runs.');
  app.close();
  await held.close();
});

test('every block of the page is run here', () => {
  expect([...tried].sort()).toEqual(blocks.map(({ file }) => file).sort());
});
