import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createInspector } from '../../../src/inspector/inspector.js';
import { createInspectRelay } from '../../../src/inspector/relay.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { runServer } from '../../support/transfer-servers.js';

/** Whatever would have ended a process of its own. */
const uncaught: unknown[] = [];
const note = (error: unknown) => void uncaught.push(error);
beforeAll(() => void process.on('uncaughtExceptionMonitor', note));
afterAll(() => void process.off('uncaughtExceptionMonitor', note));
afterEach(() => expect(uncaught.splice(0)).toEqual([]));

interface Running {
  readonly port: number;
  /** A WebSocket that is let in. */
  readonly good: { readonly path: string; readonly token?: string };
  close(): Promise<void>;
}

const servers: Readonly<Record<string, () => Promise<Running>>> = {
  async inspector() {
    const { port, close } = await createInspector({ port: 0 });
    return { port, good: { path: '/records' }, close };
  },
  async relay() {
    const { port, close } = await createInspectRelay({ port: 0 });
    return { port, good: { path: '/legacy' }, close };
  },
  async 'transfer server'() {
    const { admin, token, close } = await runServer({ source: () => createMemoryStore().source() });
    const good = { path: '/admin/transfer/runner/pull', token };
    return { port: Number(new URL(admin).port), good, close };
  },
};

const targets: Readonly<Record<string, string>> = {
  'two slashes': '//',
  'another host’s slashes': '//evil.example/records',
  'a broken escape': '/%',
  'a broken address': 'http://[',
  'an address': 'http://127.0.0.1/records',
  'an asterisk': '*',
  'sixty thousand characters': `/${'x'.repeat(60_000)}`,
  'ten thousand characters': `/${'x'.repeat(10_000)}`,
  NUL: '/\u0000',
  'a byte beyond ASCII': '/\u00ff',
  nothing: '',
  'a page of the server': '/records',
  'a report without a proof': '/report',
  'a transfer without a token': '/admin/transfer/runner/push',
};

const headers: Readonly<Record<string, (port: number) => readonly string[]>> = {
  'a foreign origin': (port) => [`Host: 127.0.0.1:${port}`, 'Origin: https://evil.example'],
  'no host': () => [],
  'a broken key': (port) => [`Host: 127.0.0.1:${port}`, 'Sec-WebSocket-Key: short'],
};

const head = (target: string, more: readonly string[]) =>
  [
    `GET ${target} HTTP/1.1`,
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    ...(more.some((line) => line.startsWith('Sec-WebSocket-Key'))
      ? more
      : [...more, 'Sec-WebSocket-Key: c3RyYXBpLWZlcnJ5IHRlcw==']),
    '\r\n',
  ].join('\r\n');

/** When the peer resets the connection. */
const resets: Readonly<Record<string, (socket: Socket, text: string) => void>> = {
  'before the refusal': (socket, text) => socket.write(text, () => socket.resetAndDestroy()),
  'while it is written': (socket, text) => {
    socket.write(text);
    socket.once('data', () => socket.resetAndDestroy());
  },
  'after it': (socket, text) => {
    socket.write(text);
    socket.on('data', () => {});
    socket.once('end', () => socket.resetAndDestroy());
  },
  never: (socket, text) => {
    socket.write(text);
    socket.on('data', (bytes) => {
      // One that was let in has no more to say.
      if (String(bytes).startsWith('HTTP/1.1 101')) socket.destroy();
    });
  },
};

function knock(port: number, text: string, reset: (socket: Socket, text: string) => void): Promise<void> {
  const socket = connect({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  socket.once('connect', () => reset(socket, text));
  // A server waits for the rest of a head that is none.
  socket.setTimeout(1000, () => socket.destroy());
  return new Promise((resolve) => socket.once('close', () => resolve()));
}

describe.each(Object.entries(servers))('a peer of the %s', (_name, start) => {
  let running: Running;
  let session: WebSocket;
  beforeAll(async () => {
    running = await start();
    const { path, token } = running.good;
    const authorization = token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } };
    session = new WebSocket(`ws://127.0.0.1:${running.port}${path}`, authorization);
    await once(session, 'open');
  });
  afterAll(async () => {
    session.terminate();
    await running.close();
  });

  const goesOn = async () => {
    const answered = once(session, 'pong', { signal: AbortSignal.timeout(5000) });
    session.ping();
    await answered;
    expect((await fetch(`http://127.0.0.1:${running.port}/nothing.html`)).status).toBe(404);
  };

  test('is let in by the head of these tests, where nothing is wrong with it', async () => {
    const { path, token } = running.good;
    const host = `Host: 127.0.0.1:${running.port}`;
    const more = token === undefined ? [host] : [host, `Authorization: Bearer ${token}`];
    let answer = '';
    await knock(running.port, head(path, more), (socket, text) => {
      socket.write(text);
      socket.once('data', (bytes) => {
        answer = String(bytes);
        socket.destroy();
      });
    });
    expect(answer).toMatch(/^HTTP\/1\.1 101 /);
  });

  describe.each(Object.entries(resets))('that resets %s', (_when, reset) => {
    test.each(Object.entries(targets))('ends nothing with %s as its target', async (_target, target) => {
      const kinds = Object.values(headers);
      await Promise.all(kinds.map((more) => knock(running.port, head(target, more(running.port)), reset)));
      await goesOn();
    });
  });
});
