import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { attachUpgrade } from '../../../src/server/attach.js';
import { type Authenticate, tokenAuthentication } from '../../../src/server/authentication.js';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import { cleanUps } from '../../support/clean-ups.js';
import { settled } from '../../support/test-clock.js';
import {
  answerAll,
  exchange,
  listen,
  type Outcome,
  open,
  prepare,
  pull,
  push,
} from '../../support/upgrades.js';

describe('the routes', () => {
  it('accept a token for what it permits, and refuse it for what it does not', async () => {
    const { options, keys, refused } = await prepare();
    const server = createServer(answerAll);
    attachUpgrade(server, options);
    const url = `ws://127.0.0.1:${await listen(server)}`;
    expect(await open(url + push, keys.push)).toBe('pusher may push');
    expect(await open(url + pull, keys.both)).toBe('both may pull');
    expect(await open(url + pull, keys.push)).toEqual({
      status: 403,
      body: '{"data":null,"error":{"status":403,"name":"ForbiddenError","message":"Forbidden","details":{}}}',
    });
    expect(refused).toEqual([{ direction: 'pull', code: 'FORBIDDEN', address: '127.0.0.1' }]);
  });

  it.each([
    ['no token', undefined],
    ['an unknown token', 'f'.repeat(256)],
    ['a malformed header', 'two words'],
  ])('refuse %s with 401', async (_, token) => {
    const { options } = await prepare();
    const server = createServer();
    attachUpgrade(server, options);
    expect(await open(`ws://127.0.0.1:${await listen(server)}${push}`, token)).toEqual({
      status: 401,
      body: '{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Missing or invalid credentials","details":{}}}',
    });
  });

  it('refuse a token that is revoked or has expired', async () => {
    const { options, tokens, keys } = await prepare();
    const server = createServer();
    attachUpgrade(server, options);
    const url = `ws://127.0.0.1:${await listen(server)}${push}`;
    await tokens.revoke('pusher');
    expect(await open(url, keys.push)).toMatchObject({ status: 401 });
    let now = Date.now();
    const aging = { store: createMemoryTokenStore(), salt: 'salt', now: () => now };
    const { accessKey } = await createTokens(aging).create({ scopes: ['push'], lifespanMs: 1000 });
    now += 1000;
    const other = createServer();
    attachUpgrade(other, { ...options, authenticate: tokenAuthentication(aging) });
    expect(await open(`ws://127.0.0.1:${await listen(other)}${push}`, accessKey)).toEqual({
      status: 401,
      body: '{"data":null,"error":{"status":401,"name":"UnauthorizedError","message":"Token expired","details":{}}}',
    });
  });

  it('are 404 where transfers are not enabled, for a valid token; without one 401 as ever', async () => {
    const { options, keys } = await prepare({ enabled: false });
    const server = createServer();
    attachUpgrade(server, options);
    const url = `ws://127.0.0.1:${await listen(server)}${push}`;
    expect(await open(url, keys.push)).toEqual({
      status: 404,
      body: '{"data":null,"error":{"status":404,"name":"NotFoundError","message":"Not Found","details":{}}}',
    });
    expect(await open(url)).toMatchObject({ status: 401 });
  });

  it('are 501 where there is no salt', async () => {
    const { options } = await prepare({ salt: '' });
    const server = createServer();
    attachUpgrade(server, options);
    const url = `ws://127.0.0.1:${await listen(server)}${push}`;
    const answer = await open(url, 'any');
    expect(answer).toMatchObject({ status: 501 });
    expect(JSON.parse((answer as Outcome).body).error.details).toEqual({ code: 'INVALID_TOKEN_SALT' });
  });

  it('are 500 where the tokens cannot be read, and the server hears why', async () => {
    const { options, keys, errors } = await prepare();
    const failure = new Error('the disk is gone');
    const server = createServer();
    attachUpgrade(server, { ...options, authenticate: () => Promise.reject(failure) });
    const url = `ws://127.0.0.1:${await listen(server)}${push}`;
    expect(await open(url, keys.push)).toMatchObject({ status: 500 });
    expect(errors).toEqual([failure]);
  });

  it.each([
    ['/admin', '/admin/transfer/runner/push?a=b'],
    ['/admin', '/admin/transfer/runner/push/'],
    ['/cms/panel/', '/cms/panel/transfer/runner/push'],
    ['', '/transfer/runner/push'],
  ])('lie under the path %j: %s', async (path, route) => {
    const { options, keys } = await prepare({ path });
    const server = createServer();
    attachUpgrade(server, options);
    const url = `ws://127.0.0.1:${await listen(server)}${route}`;
    expect(await open(url, keys.push)).toBe('pusher may push');
  });

  it('close a connection whose frame is too long, and one whose accept throws, and nothing is uncaught', async () => {
    const { options, keys, errors } = await prepare({ maxPayload: { push: 10, pull: 1000 } });
    const server = createServer();
    attachUpgrade(server, options);
    const webSocket = new WebSocket(`ws://127.0.0.1:${await listen(server)}${push}`, {
      headers: { Authorization: `Bearer ${keys.push}` },
    });
    const code = new Promise((resolve) => webSocket.on('close', resolve));
    webSocket.on('open', () => webSocket.send('12345678901'));
    expect(await code).toBe(1009);
    const failing = createServer();
    attachUpgrade(failing, {
      ...options,
      accept: () => {
        throw new Error('not today');
      },
    });
    expect(await open(`ws://127.0.0.1:${await listen(failing)}${push}`, keys.push)).toBe('closed with 1006');
    expect(errors).toHaveLength(1);
  });
});

/** Resolves when the event loop has brought it about. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await settled();
}

describe('hostile peers', () => {
  const asked = (token: string) =>
    [
      `GET ${push} HTTP/1.1`,
      'Host: here',
      'Connection: Upgrade',
      'Upgrade: websocket',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      `Authorization: Bearer ${token}`,
      '\r\n',
    ].join('\r\n');

  it('are turned away where very many wait for slow tokens, and the next is judged as ever', async () => {
    const { options, keys, refused } = await prepare();
    const gates: (() => void)[] = [];
    const authenticate: Authenticate = async (...asked) => {
      if (asked[2].secret === 'wrong') await new Promise<void>((resolve) => gates.push(resolve));
      return options.authenticate(...asked);
    };
    const server = createServer();
    attachUpgrade(server, { ...options, authenticate });
    const url = `ws://127.0.0.1:${await listen(server)}${push}`;
    const waiting = Array.from({ length: 100 }, () => open(url, 'wrong'));
    await until(() => gates.length === 100);
    expect(await open(url, keys.push)).toMatchObject({ status: 429 });
    for (const go of gates) go();
    await Promise.all(waiting);
    expect(await open(url, keys.push)).toBe('pusher may push');
    expect(refused.map(({ code }) => code)).toEqual([
      'TOO_MANY_ATTEMPTS',
      ...Array(100).fill('UNAUTHORIZED'),
    ]);
  });

  it('may reset the connection at any moment before the upgrade, and the process goes on', async () => {
    const { options, keys } = await prepare();
    const gates: (() => void)[] = [];
    const authenticate: Authenticate = async (...asked) => {
      if (gates.length < 2) await new Promise<void>((resolve) => gates.push(resolve));
      return options.authenticate(...asked);
    };
    const server = createServer();
    attachUpgrade(server, { ...options, authenticate });
    const gone: Promise<unknown>[] = [];
    const arrived = new Promise<void>((resolve) => {
      server.on('upgrade', (_, socket) => {
        gone.push(new Promise((closed) => socket.on('close', closed)));
        if (gone.length === 2) resolve();
      });
    });
    const port = await listen(server);
    const peers: Socket[] = [keys.push, 'wrong'].map((token) => {
      const peer = connect(port, '127.0.0.1').on('error', () => {});
      peer.write(asked(token));
      return peer;
    });
    await arrived;
    for (const peer of peers) peer.resetAndDestroy();
    await Promise.all(gone);
    for (const go of gates) go();
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
  });

  it('cannot keep a refused connection open by not closing their half', async () => {
    const { options } = await prepare();
    const server = createServer();
    attachUpgrade(server, options);
    const port = await listen(server);
    const peer = connect({ port, host: '127.0.0.1', allowHalfOpen: true }).on('error', () => {});
    cleanUps.push(() => peer.destroy());
    const closed = new Promise((resolve) =>
      server.on('upgrade', (_, socket) => socket.on('close', () => resolve('closed'))),
    );
    peer.write(asked('wrong'));
    expect(await closed).toBe('closed');
  });

  it('ten thousand connections without a token cost nothing that stays', async () => {
    const { options, keys, refused } = await prepare();
    const server = createServer();
    attachUpgrade(server, options);
    const port = await listen(server);
    let left = 10_000;
    const one = async () => {
      while (left > 0) {
        left -= 1;
        await exchange(port, asked(''));
      }
    };
    await Promise.all(Array.from({ length: 100 }, one));
    expect(refused).toHaveLength(10_000);
    const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    expect(connections).toBe(0);
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
  });
});
