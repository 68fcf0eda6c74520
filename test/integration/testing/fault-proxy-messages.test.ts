import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { createFaultProxy, type FaultProxy, type Strike } from '../../../src/testing/fault-proxy.js';

let listening: WebSocketServer;
let proxy: FaultProxy;
let client: WebSocket;

beforeEach(async () => {
  listening = new WebSocketServer({ port: 0, host: '127.0.0.1' });
  await once(listening, 'listening');
  proxy = await createFaultProxy({ target: { port: (listening.address() as AddressInfo).port } });
});

afterEach(async () => {
  client.terminate();
  await proxy.close();
  listening.close();
});

/** Both ends of a WebSocket through the proxy, of which one message is to be struck. */
async function connect(strike: Omit<Strike, 'direction'>) {
  const struck = proxy.strike({ direction: 'up', ...strike });
  client = new WebSocket(`ws://127.0.0.1:${proxy.port}`);
  const connected = once(listening, 'connection');
  await once(client, 'open');
  const [server] = (await connected) as [WebSocket];
  const received: string[] = [];
  let enough = { count: 0, resolve: () => {} };
  server.on('message', (data) => {
    received.push(String(data));
    if (received.length === enough.count) enough.resolve();
  });
  for (const end of [client, server]) end.on('error', () => {});
  return {
    server,
    received,
    struck,
    send: (...texts: readonly string[]) => {
      for (const text of texts) client.send(text);
    },
    /** What the server got, once it is that much. */
    came: (count: number) =>
      new Promise<readonly string[]>((resolve) => {
        enough = { count, resolve: () => resolve(received) };
        if (received.length >= count) enough.resolve();
      }),
  };
}

const closed = async (socket: WebSocket) => (await once(socket, 'close'))[0] as number;

/** All that is on its way through a healthy proxy arrives before this is over. */
async function roundTrip(): Promise<void> {
  const witness = await createFaultProxy({ target: { port: (listening.address() as AddressInfo).port } });
  const other = new WebSocket(`ws://127.0.0.1:${witness.port}`);
  await once(other, 'open');
  other.ping();
  await once(other, 'pong');
  other.terminate();
  await witness.close();
}

describe('a message that is struck', () => {
  test('passes where no fault is named, and the strike resolves', async () => {
    const { send, came, struck } = await connect({ number: 2 });
    send('1', '2', '3');
    await struck;
    expect(await came(3)).toEqual(['1', '2', '3']);
  });

  test('never arrives after a drop; all others do', async () => {
    const { send, came } = await connect({ number: 2, fault: 'drop' });
    send('1', '2', '3', '4');
    expect(await came(3)).toEqual(['1', '3', '4']);
  });

  test('comes a second time, late, as a duplicate', async () => {
    const { send, came } = await connect({ number: 1, fault: 'duplicate', ms: 30 });
    send('1', '2', '3');
    expect(await came(4)).toEqual(['1', '2', '3', '1']);
  });

  test('is overtaken by those behind it after a reorder', async () => {
    const { send, came } = await connect({ number: 1, fault: 'reorder', ms: 30 });
    send('1', '2', '3');
    expect(await came(3)).toEqual(['2', '3', '1']);
  });

  test('has one other bit where it is corrupt, under the mask too', async () => {
    const { send, came } = await connect({ number: 2, fault: 'corrupt', place: 0.5 });
    send('2222', '2222', '2222');
    expect(await came(3)).toEqual(['2222', '2232', '2222']);
  });

  test('holds all behind it back by a delay, in order, while pings pass by', async () => {
    const { send, came, received } = await connect({ number: 1, fault: 'delay', ms: 150 });
    send('1', '2');
    client.ping();
    await once(client, 'pong');
    expect(received).toEqual([]);
    send('3');
    expect(await came(3)).toEqual(['1', '2', '3']);
  });

  test('makes its receiver slow: each takes its time from there on', async () => {
    const { send, came } = await connect({ number: 1, fault: 'slowReader', ms: 30 });
    const began = performance.now();
    send('1', '2', '3');
    expect(await came(3)).toEqual(['1', '2', '3']);
    expect(performance.now() - began).toBeGreaterThanOrEqual(89);
  });

  test('is lost in a cut, of which both ends hear', async () => {
    const { send, server, received } = await connect({ number: 1, fault: 'cut' });
    send('1');
    expect(await Promise.all([closed(client), closed(server)])).toEqual([1006, 1006]);
    expect(received).toEqual([]);
  });

  test('is lost in a half close, of which its receiver hears and its sender does not', async () => {
    const { send, server, received } = await connect({ number: 1, fault: 'halfClose' });
    send('1');
    expect(await closed(server)).toBe(1006);
    send('2');
    await roundTrip();
    expect(client.readyState).toBe(WebSocket.OPEN);
    expect(received).toEqual([]);
  });

  test('is lost in a black hole, of which nobody hears, even when an end gives up', async () => {
    const { send, server, received, struck } = await connect({ number: 1, fault: 'blackHole' });
    send('1');
    await struck;
    client.terminate();
    await closed(client);
    await roundTrip();
    expect(server.readyState).toBe(WebSocket.OPEN);
    expect(received).toEqual([]);
  });

  test('is counted in its own direction alone, and may be long', async () => {
    const struck = proxy.strike({ direction: 'down', number: 2, fault: 'drop' });
    client = new WebSocket(`ws://127.0.0.1:${proxy.port}`);
    listening.on('connection', (socket) => {
      socket.on('message', (data) => socket.send(String(data)));
    });
    await once(client, 'open');
    const back: number[] = [];
    const all = new Promise<void>((resolve) => {
      client.on('message', (data) => {
        back.push(String(data).length);
        if (back.length === 3) resolve();
      });
    });
    for (const length of [10, 300, 70_000, 1_000_000]) client.send('x'.repeat(length));
    await struck;
    await all;
    expect(back).toEqual([10, 70_000, 1_000_000]);
  });
});

test('a proxy that is healed strikes nothing any more', async () => {
  const { send, came } = await connect({ number: 2, fault: 'drop' });
  proxy.heal();
  send('1', '2', '3');
  expect(await came(3)).toEqual(['1', '2', '3']);
});

test('a proxy that is healed right after a half close has closed both ends, and itself when it is told to', async () => {
  const struck = proxy.strike({ direction: 'down', number: 1, fault: 'halfClose' });
  const connected = once(listening, 'connection');
  client = new WebSocket(`ws://127.0.0.1:${proxy.port}`);
  const [server] = (await connected) as [WebSocket];
  await once(client, 'open');
  for (const end of [client, server]) end.on('error', () => {});
  const both = Promise.all([closed(client), closed(server)]);
  server.send('1');
  await struck;
  proxy.heal();
  expect(await both).toEqual([1006, 1006]);
  await proxy.close();
});
