import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { getRequestListener } from '@hono/node-server';
import express from 'express';
import fastify from 'fastify';
import { Hono } from 'hono';
import { Server as SocketIoServer } from 'socket.io';
import { io } from 'socket.io-client';
import { describe, expect, it } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { attachUpgrade } from '../../../src/server/attach.js';
import type { Authenticate } from '../../../src/server/authentication.js';
import { createUpgradeHandler } from '../../../src/server/upgrade-handler.js';
import { cleanUps } from '../../support/clean-ups.js';
import { TestClock } from '../../support/test-clock.js';
import {
  answerAll,
  exchange,
  listen,
  open,
  prepare,
  pull,
  push,
  upgradeHead,
} from '../../support/upgrades.js';

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

  it('Hono: takes a transfer, and leaves it every other request', async () => {
    const { options, keys } = await prepare();
    const app = new Hono().get('/hello', (context) => context.text('hello'));
    const server = createServer(getRequestListener(app.fetch));
    attachUpgrade(server, options);
    const port = await listen(server);
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

  it.each([
    ['a client that is let in', 'pusher may push'],
    ['a client that is refused', { status: 401, body: expect.stringContaining('UnauthorizedError') }],
  ])('%s after the second that socket.io gives an upgrade has its answer whole', async (_, outcome) => {
    const clock = new TestClock();
    const { options, keys } = await prepare({ clock });
    let asked = () => {};
    let look = () => {};
    const isAsked = new Promise<void>((resolve) => {
      asked = resolve;
    });
    const mayLook = new Promise<void>((resolve) => {
      look = resolve;
    });
    const authenticate: Authenticate = async (...about) => {
      asked();
      await mayLook;
      return options.authenticate(...about);
    };
    const server = createServer();
    attachUpgrade(server, { ...options, authenticate });
    const sockets = new SocketIoServer(server, { transports: ['websocket'], destroyUpgradeTimeout: 20 });
    cleanUps.push(() => sockets.engine.close());
    const port = await listen(server);
    const answer = open(`ws://127.0.0.1:${port}${push}`, typeof outcome === 'string' ? keys.push : 'wrong');
    await isAsked;
    clock.increment(500);
    // socket.io ends what nothing was written to: this upgrade, which came later, and not the one above.
    await exchange(port, upgradeHead('/nowhere'));
    look();
    expect(await answer).toEqual(outcome);
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

  it('does not hold its connection for a body that never comes', async () => {
    const { options } = await prepare();
    const server = createServer(answerAll);
    server.requestTimeout = 50;
    attachUpgrade(server, options);
    expect(await exchange(await listen(server), upgradeHead('/a', 'Content-Length: 3'))).toBe('');
  });
});
