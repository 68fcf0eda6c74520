import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createFaultProxy, type FaultProxy } from '../../../src/testing/fault-proxy.js';

let echo: Server;
/** The end behind the proxy. */
let peer: Socket;
let proxy: FaultProxy;
let socket: Socket;

beforeEach(async () => {
  echo = createServer((peer) => peer.on('error', () => {}).pipe(peer)).listen(0, '127.0.0.1');
  await once(echo, 'listening');
  proxy = await createFaultProxy({ target: { port: (echo.address() as AddressInfo).port } });
  socket = connect(proxy.port, '127.0.0.1');
  socket.on('error', () => {});
  [peer] = (await once(echo, 'connection')) as [Socket];
});

afterEach(async () => {
  socket.destroy();
  await proxy.close();
  echo.close();
});

/** Not `once`: that rejects at the error before it. */
const closed = () => new Promise((resolve) => socket.once('close', resolve));

/** Another connection through another proxy shows that time enough has passed. */
async function roundTrip(): Promise<void> {
  const witness = await createFaultProxy({ target: { port: (echo.address() as AddressInfo).port } });
  const other = connect(witness.port, '127.0.0.1');
  other.write('x');
  await once(other, 'data');
  other.destroy();
  await witness.close();
}

/** What has come back, once `length` bytes are there or the connection is over. */
async function received(length: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  let size = 0;
  const enough = new Promise<void>((resolve) => {
    socket.on('data', (part: Buffer) => {
      parts.push(part);
      size += part.length;
      if (size >= length) resolve();
    });
  });
  await Promise.race([enough, closed()]);
  return Buffer.concat(parts);
}

const bytes = (length: number) => Buffer.from(Array.from({ length }, (_, index) => (index * 31) % 251));

test('passes every byte on, and counts them', async () => {
  const sent = bytes(100_000);
  socket.write(sent);
  expect((await received(100_000)).equals(sent)).toBe(true);
  expect(proxy.bytes()).toEqual({ up: 100_000, down: 100_000 });
});

test('a delay keeps order and does not limit throughput', async () => {
  proxy.delay(40);
  const sent = bytes(2_000_000);
  const before = performance.now();
  socket.write(sent);
  const came = await received(2_000_000);
  const took = performance.now() - before;
  expect(came.equals(sent)).toBe(true);
  expect(took).toBeGreaterThanOrEqual(79);
  // 2 MB in reads of 64 KiB are 31 reads; one after the other they would take 2.5 s.
  expect(took).toBeLessThan(1000);
});

test('cuts the connection once so many bytes have passed', async () => {
  proxy.cutAfter(1000, 'up');
  socket.write(bytes(5000));
  expect((await received(5000)).length).toBeLessThanOrEqual(1000);
  expect(proxy.bytes().up).toBe(1000);
  expect(socket.destroyed).toBe(true);
});

test('a black hole swallows both ways and says nothing, until it is healed', async () => {
  proxy.blackHoleAfter(1000, 'down');
  socket.write(bytes(5000));
  expect(await received(1000)).toHaveLength(1000);
  socket.write(bytes(10));
  await roundTrip();
  expect(proxy.bytes().down).toBe(1000);
  expect(socket.destroyed).toBe(false);

  const reset = closed();
  proxy.heal();
  await reset;
  socket = connect(proxy.port, '127.0.0.1');
  socket.write(bytes(10));
  expect(await received(10)).toHaveLength(10);
});

test('a black hole says nothing of an end that resets its connection', async () => {
  proxy.blackHoleAfter(1, 'up');
  socket.write('ab');
  await once(peer, 'data');
  socket.resetAndDestroy();
  await roundTrip();
  expect(peer.destroyed).toBe(false);
});
