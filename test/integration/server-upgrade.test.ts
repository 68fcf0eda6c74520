import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import express from 'express';
import fastify from 'fastify';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { afterEach, describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { attachUpgrade } from '../../src/server/attach.js';
import { createSlowDown } from '../../src/server/slow-down.js';
import { createMemoryTokenStore, createTokens } from '../../src/server/tokens.js';
import { createUpgradeHandler, type Refused, type UpgradeOptions } from '../../src/server/upgrade-handler.js';
import { settled, TestClock } from '../support/test-clock.js';

const cleanUps: (() => unknown)[] = [];
afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0).reverse()) await cleanUp();
});

async function listen(server: Server): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    server.closeAllConnections();
    await closed;
  });
  return (server.address() as AddressInfo).port;
}

interface Setting extends Partial<UpgradeOptions> {
  readonly salt?: string | undefined;
}

/** Options whose `accept` says who came, then answers whatever it is told. */
async function prepare({ salt = 'salt', ...more }: Setting = {}) {
  const clock = new TestClock();
  const tokens = createTokens({ store: createMemoryTokenStore(), salt });
  const keys = { push: '', pull: '', both: '' };
  if (salt !== '') {
    keys.push = (await tokens.create({ name: 'pusher', scopes: ['push'] })).accessKey;
    keys.pull = (await tokens.create({ name: 'puller', scopes: ['pull'] })).accessKey;
    keys.both = (await tokens.create({ name: 'both', scopes: ['push', 'pull'] })).accessKey;
  }
  const refused: Refused[] = [];
  const errors: unknown[] = [];
  const options: UpgradeOptions = {
    tokens,
    slowDown: createSlowDown({ clock }),
    accept: (webSocket, _request, { direction, token }) => {
      webSocket.on('message', (data) => webSocket.send(`echo ${data}`));
      webSocket.send(`${token.name} may ${direction}`);
    },
    onRefused: (one) => refused.push(one),
    onError: (error) => errors.push(error),
    ...more,
  };
  return { options, tokens, keys, refused, errors, clock };
}

interface Outcome {
  readonly status: number;
  readonly body: string;
}

/** What an upgrade leads to: the first message, or the plain answer. */
function open(url: string, token?: string): Promise<string | Outcome> {
  const headers = token === undefined ? {} : { Authorization: `Bearer ${token}` };
  const webSocket = new WebSocket(url, { headers, rejectUnauthorized: false });
  cleanUps.push(() => webSocket.terminate());
  return new Promise((resolve, reject) => {
    webSocket.on('error', reject);
    webSocket.on('message', (data) => resolve(String(data)));
    webSocket.on('close', (code) => resolve(`closed with ${code}`));
    webSocket.on('unexpected-response', (_, response) => {
      const chunks: string[] = [];
      response.on('data', (chunk) => chunks.push(String(chunk)));
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body: chunks.join('') }));
    });
  });
}

/** Everything that comes on a connection on which `text` was sent, until the server ends it. */
function exchange(port: number, ...texts: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  cleanUps.push(() => socket.destroy());
  const chunks: string[] = [];
  return new Promise((resolve, reject) => {
    socket.on('data', (chunk) => chunks.push(String(chunk)));
    socket.on('error', reject);
    socket.on('close', () => resolve(chunks.join('')));
    for (const text of texts) socket.write(text);
  });
}

const upgradeHead = (path: string, ...more: readonly string[]) =>
  `${[
    `${more.length > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1`,
    'Host: here',
    'Connection: Upgrade',
    'Upgrade: h2c',
    ...more,
  ].join('\r\n')}\r\n\r\n`;

const answerAll: RequestListener = (request, response) => {
  const chunks: string[] = [];
  request.on('data', (chunk) => chunks.push(String(chunk)));
  request.on('end', () => response.end(`${request.method} ${request.url} ${chunks.join('')}`));
};

const push = '/admin/transfer/runner/push';
const pull = '/admin/transfer/runner/pull';

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
    const aging = createTokens({ store: createMemoryTokenStore(), salt: 'salt', now: () => now });
    const { accessKey } = await aging.create({ scopes: ['push'], lifespanMs: 1000 });
    now += 1000;
    const other = createServer();
    attachUpgrade(other, { ...options, tokens: aging });
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
    const { options, tokens, keys, errors } = await prepare();
    const failure = new Error('the disk is gone');
    const server = createServer();
    attachUpgrade(server, { ...options, tokens: { ...tokens, check: () => Promise.reject(failure) } });
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
    const { options, keys, errors } = await prepare({ maxPayload: 10 });
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

describe('a server of another kind', () => {
  it('https: takes a transfer, and hands back the rest', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'ferry-tls-'));
    cleanUps.push(() => rmSync(folder, { recursive: true }));
    const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
    const request =
      'req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost';
    execFileSync('openssl', [...request.split(' '), '-keyout', key, '-out', cert], { stdio: 'ignore' });
    const { options, keys } = await prepare();
    const server = createSecureServer({ key: readFileSync(key), cert: readFileSync(cert) }, answerAll);
    attachUpgrade(server, options);
    const url = `wss://127.0.0.1:${await listen(server)}`;
    expect(await open(url + push, keys.push)).toBe('pusher may push');
    expect(await open(url + push)).toMatchObject({ status: 401 });
    expect(await open(`${url}/elsewhere`)).toEqual({ status: 200, body: 'GET /elsewhere ' });
  });

  it('Express 5: takes a transfer, and leaves it every other request', async () => {
    const { options, keys } = await prepare();
    const app = express();
    app.get('/hello', (_, response) => {
      response.send('hello');
    });
    const server = createServer(app);
    attachUpgrade(server, options);
    const port = await listen(server);
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
    expect(await open(`ws://127.0.0.1:${port}/hello`)).toEqual({ status: 200, body: 'hello' });
    expect(await open(`ws://127.0.0.1:${port}/nowhere`)).toMatchObject({ status: 404 });
    expect(await (await fetch(`http://127.0.0.1:${port}/hello`)).text()).toBe('hello');
  });

  it('Fastify 5: takes a transfer, and leaves it every other request', async () => {
    const { options, keys } = await prepare();
    const app = fastify();
    app.get('/hello', () => 'hello');
    attachUpgrade(app.server, options);
    await app.listen({ port: 0, host: '127.0.0.1' });
    cleanUps.push(() => app.close());
    const { port } = app.server.address() as AddressInfo;
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
    expect(await open(`ws://127.0.0.1:${port}/hello`)).toEqual({ status: 200, body: 'hello' });
    expect(await open(`ws://127.0.0.1:${port}/nowhere`)).toMatchObject({ status: 404 });
  });

  it('a framework that has its own upgrade listener hands over what is for us', async () => {
    const { options, keys } = await prepare();
    const handler = createUpgradeHandler(options);
    const others: string[] = [];
    const server = createServer().on('upgrade', (request, socket, head) => {
      if (handler.handleUpgrade(request, socket, head)) return;
      others.push(request.url ?? '');
      socket.end('HTTP/1.1 418 I am a teapot\r\nConnection: close\r\n\r\n');
    });
    const url = `ws://127.0.0.1:${await listen(server)}`;
    expect(await open(url + pull, keys.pull)).toBe('puller may pull');
    expect(await open(`${url}/tea`)).toMatchObject({ status: 418 });
    expect(others).toEqual(['/tea']);
  });
});

describe('beside others', () => {
  it.each(['before', 'after'])('socket.io attached %s us works, and so do we', async (when) => {
    const { options, keys } = await prepare();
    const server = createServer();
    if (when === 'after') attachUpgrade(server, options);
    const sockets = new SocketIoServer(server, { transports: ['websocket'] });
    if (when === 'before') attachUpgrade(server, options);
    sockets.on('connection', (socket) => socket.emit('hello', 'from socket.io'));
    const port = await listen(server);
    const client = io(`http://127.0.0.1:${port}`, { transports: ['websocket'], reconnection: false });
    cleanUps.push(() => {
      client.close();
      sockets.engine.close();
    });
    expect(await new Promise((resolve) => client.on('hello', resolve))).toBe('from socket.io');
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
    expect(await open(`ws://127.0.0.1:${port}${push}`)).toMatchObject({ status: 401 });
  });

  it('leaves an upgrade that is not ours untouched while somebody else listens', async () => {
    const { options } = await prepare();
    const server = createServer(answerAll);
    const other = new WebSocketServer({ noServer: true });
    attachUpgrade(server, options);
    server.on('upgrade', (request, socket, head) => {
      if (request.url === '/other')
        other.handleUpgrade(request, socket, head, (webSocket) => webSocket.send('other'));
    });
    expect(await open(`ws://127.0.0.1:${await listen(server)}/other`)).toBe('other');
  });

  it('two of ours share a server, and still hand back what is for neither', async () => {
    const one = await prepare({ path: '/one' });
    const two = await prepare({ path: '/two' });
    const server = createServer(answerAll);
    attachUpgrade(server, one.options);
    attachUpgrade(server, two.options);
    const url = `ws://127.0.0.1:${await listen(server)}`;
    expect(await open(`${url}/one/transfer/runner/push`, one.keys.push)).toBe('pusher may push');
    expect(await open(`${url}/two/transfer/runner/pull`, two.keys.pull)).toBe('puller may pull');
    expect(await open(`${url}/three`)).toEqual({ status: 200, body: 'GET /three ' });
  });

  it('takes away only what it added, and the server is as it was', async () => {
    const { options, keys } = await prepare();
    const server = createServer(answerAll);
    const other = () => {};
    server.on('upgrade', other);
    const before = server.eventNames().map((name) => [name, server.listeners(name)]);
    const attached = attachUpgrade(server, options);
    attached.close();
    expect(server.eventNames().map((name) => [name, server.listeners(name)])).toEqual(before);
    server.off('upgrade', other);
    const port = await listen(server);
    // Node itself answers an upgrade that nobody listens for.
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toEqual({
      status: 200,
      body: `GET ${push} `,
    });
  });

  it('lets a request handler upgrade by itself what is handed back, as Strapi’s does', async () => {
    const { options } = await prepare();
    const theirs = new WebSocketServer({ noServer: true });
    const server = createServer((request) => {
      theirs.handleUpgrade(request, request.socket, Buffer.alloc(0), (webSocket) => {
        webSocket.on('message', (data) => webSocket.send(`strapi ${data}`));
      });
    });
    attachUpgrade(server, { ...options, path: '/ferry' });
    const webSocket = new WebSocket(`ws://127.0.0.1:${await listen(server)}${push}`);
    cleanUps.push(() => webSocket.terminate());
    const said: string[] = [];
    await new Promise<void>((resolve, reject) => {
      webSocket.on('error', reject);
      webSocket.on('open', () => {
        webSocket.send('a');
        webSocket.send('b'.repeat(200_000));
        webSocket.send('c');
      });
      webSocket.on('message', (data) => {
        if (said.push(String(data)) === 3) resolve();
      });
    });
    expect(said.map((text) => text.length)).toEqual([8, 200_007, 8]);
  });
});

describe('what is handed back', () => {
  /** The same bytes to a server without us, and to one with us. */
  async function bothAnswers(handler: RequestListener, ...texts: readonly string[]) {
    const { options } = await prepare();
    const answers: string[] = [];
    for (const isAttached of [false, true]) {
      const server = createServer(handler);
      if (isAttached) attachUpgrade(server, options);
      const answer = await exchange(await listen(server), ...texts);
      answers.push(answer.replace(/^Date: .*\r\n/m, '').replace(/^(Connection|Keep-Alive): .*\r\n/gm, ''));
    }
    return answers;
  }

  const closing: RequestListener = (request, response) => {
    response.setHeader('Connection', 'close');
    answerAll(request, response);
  };

  it.each([
    ['a GET', [upgradeHead('/a?b=c')]],
    ['a POST with its body in the same packet', [`${upgradeHead('/a', 'Content-Length: 3')}abc`]],
    ['a POST with its body in two', [`${upgradeHead('/a', 'Content-Length: 6')}abc`, 'def']],
    ['a chunked POST', [upgradeHead('/a', 'Transfer-Encoding: chunked'), '3\r\nabc\r\n', '0\r\n\r\n']],
    [
      'a POST that waits to be told to go on',
      [upgradeHead('/a', 'Content-Length: 3', 'Expect: 100-continue'), 'abc'],
    ],
  ] as const)('is answered as by a server without us: %s', async (_, texts) => {
    const [without, withUs] = await bothAnswers(closing, ...texts);
    expect(withUs).toBe(without);
    expect(withUs).toContain('200 OK');
  });

  it('has the headers that came, repeated and not ASCII ones too', async () => {
    const raw: RequestListener = (request, response) => {
      response.setHeader('Connection', 'close');
      response.end(JSON.stringify([request.rawHeaders, request.headers]));
    };
    const [without, withUs] = await bothAnswers(
      raw,
      upgradeHead('/', 'X-A: 1', 'x-a: é', 'Content-Length: 0'),
    );
    expect(withUs).toBe(without);
    expect(withUs).toContain('"Upgrade"');
  });

  it('ends its connection with the answer, since what follows on it would not be seen', async () => {
    const { options } = await prepare();
    const server = createServer(answerAll);
    attachUpgrade(server, options);
    expect(await exchange(await listen(server), upgradeHead('/a'))).toMatch(/Connection: close/);
  });

  it('may break off or break the rules, of which the server hears as it would without us', async () => {
    for (const isAttached of [false, true]) {
      const { options } = await prepare();
      const server = createServer(answerAll);
      if (isAttached) attachUpgrade(server, options);
      const heard = new Promise((resolve) => server.on('clientError', resolve));
      const begun = new Promise((resolve) => server.on('request', resolve));
      const peer = connect(await listen(server), '127.0.0.1').on('error', () => {});
      peer.write(upgradeHead('/a', 'Transfer-Encoding: chunked'));
      await begun;
      peer.write('no chunk\r\n');
      expect(await heard).toMatchObject({ code: 'HPE_INVALID_CHUNK_SIZE' });
      peer.destroy();
    }
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

  it('are told later and later, are turned away when too many wait, and nobody with a token waits', async () => {
    const { options, keys, clock, refused } = await prepare();
    const server = createServer();
    attachUpgrade(server, options);
    const port = await listen(server);
    const url = `ws://127.0.0.1:${port}${push}`;
    for (let n = 0; n < 5; n += 1) expect(await open(url, 'wrong')).toMatchObject({ status: 401 });
    const waiting = Array.from({ length: 10 }, () => open(url, 'wrong'));
    // They race: five of the fifteen are turned away, whichever.
    const more = Array.from({ length: 5 }, () => open(url, 'wrong'));
    expect(await open(url, keys.push)).toBe('pusher may push');
    const answers = Promise.all([...waiting, ...more]);
    await until(() => refused.length === 10);
    expect(refused.filter(({ code }) => code === 'TOO_MANY_ATTEMPTS')).toHaveLength(5);
    await clock.pass(5000);
    const statuses = (await answers).map((answer) => (answer as Outcome).status);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    expect(statuses.filter((status) => status === 401)).toHaveLength(10);
  });

  it('may reset the connection at any moment before the upgrade, and the process goes on', async () => {
    const { options, keys } = await prepare();
    const gates: (() => void)[] = [];
    const tokens = {
      ...options.tokens,
      check: async (key: string, scope: 'push' | 'pull') => {
        if (gates.length < 2) await new Promise<void>((resolve) => gates.push(resolve));
        return options.tokens.check(key, scope);
      },
    };
    const server = createServer();
    attachUpgrade(server, { ...options, tokens });
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
    const { options, keys, clock, refused } = await prepare();
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
    const hundred = Promise.all(Array.from({ length: 100 }, one));
    while (refused.length < 10_000) await clock.pass(5000, 5000);
    await hundred;
    expect(refused).toHaveLength(10_000);
    expect(clock.pending).toEqual([]);
    const connections = await new Promise((resolve) => server.getConnections((_, count) => resolve(count)));
    expect(connections).toBe(0);
    expect(await open(`ws://127.0.0.1:${port}${push}`, keys.push)).toBe('pusher may push');
  });

  it('are answered while the server closes, instead of waiting for nobody', async () => {
    const { options } = await prepare();
    const server = createServer();
    const attached = attachUpgrade(server, options);
    const port = await listen(server);
    const url = `ws://127.0.0.1:${port}${push}`;
    for (let n = 0; n < 5; n += 1) await open(url, 'wrong');
    const arrived = new Promise((resolve) => server.once('upgrade', () => setImmediate(resolve)));
    const waiting = open(url, 'wrong');
    await arrived;
    attached.close();
    expect(await waiting).toMatchObject({ status: 401 });
  });
});
