import type { IncomingMessage } from 'node:http';
import { Duplex, PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  type GuardedUpgradeOptions,
  guardUpgrade,
  pathOf,
  plainRefusal,
} from '../../../src/transport/guarded-upgrade.js';
import { settled, TestClock } from '../../support/test-clock.js';

const request = (url: string) => ({ url, method: 'GET', headers: {} }) as IncomingMessage;
const refusal = plainRefusal('403 Forbidden');

function guard(socket: Duplex, options: Partial<GuardedUpgradeOptions> = {}) {
  const clock = new TestClock();
  guardUpgrade(
    { request: request('/'), socket, head: Buffer.alloc(0) },
    { judge: () => ({ refusal }), clock, ...options },
  );
  return clock;
}

describe('a path', () => {
  test.each([
    ['/records', '/records'],
    ['/records?token=a#b', '/records'],
    ['/', '/'],
    ['/%', '/%'],
    ['//', null],
    ['//evil.example/records', null],
    ['*', null],
    ['http://[', null],
    ['http://127.0.0.1/records', null],
    ['', null],
  ])('of %j is %j', (url, path) => {
    expect(pathOf(request(url))).toBe(path);
  });
});

describe('a guarded upgrade', () => {
  test('ends the connection when the refusal is out, and leaves no timer behind', async () => {
    const socket = new PassThrough();
    const chunks: string[] = [];
    socket.on('data', (chunk) => chunks.push(String(chunk)));
    const closed = new Promise((resolve) => socket.once('close', resolve));
    const clock = guard(socket);
    await closed;
    expect(chunks.join('')).toBe(refusal);
    expect(clock.pending).toEqual([]);
  });

  test('cuts a peer that does not take its refusal', async () => {
    const stuck = new Duplex({ read() {}, write() {} });
    const clock = guard(stuck);
    await clock.pass(1900);
    expect(stuck.destroyed).toBe(false);
    await clock.pass(200);
    expect(stuck.destroyed).toBe(true);
  });

  test('does nothing to a connection that is gone', async () => {
    const socket = new PassThrough();
    socket.destroy();
    const clock = guard(socket);
    await settled();
    expect(clock.pending).toEqual([]);
  });

  test.each(['before', 'while', 'after'])(
    'takes a reset that comes %s the refusal is written',
    async (when) => {
      const reset = () => Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
      const socket = new Duplex({
        read() {},
        write: (_chunk, _encoding, done) => done(when === 'while' ? reset() : null),
      });
      const closed = new Promise((resolve) => socket.once('close', resolve));
      guard(socket);
      if (when === 'before') socket.destroy(reset());
      if (when === 'after') socket.once('finish', () => socket.destroy(reset()));
      await closed;
    },
  );

  test.each([
    ['throws', () => Promise.reject(new Error('tokens cannot be read'))],
    [
      'cannot take the peer',
      () => ({
        webSockets: new WebSocketServer({ noServer: true }),
        get accept(): never {
          throw new Error('no way');
        },
      }),
    ],
  ] as const)('cuts the connection where the judge %s, and tells the error', async (_, judge) => {
    const errors: unknown[] = [];
    const socket = new PassThrough();
    guard(socket, { judge, onError: (error) => errors.push(error) });
    await settled();
    expect(socket.destroyed).toBe(true);
    expect(errors).toEqual([expect.any(Error)]);
  });

  test('outlives an onError that throws itself', async () => {
    const socket = new PassThrough();
    const judge = () => Promise.reject(new Error('first'));
    const onError = () => {
      throw new Error('second');
    };
    guard(socket, { judge, onError });
    await settled();
    expect(socket.destroyed).toBe(true);
  });
});
