import { describe, expect, test } from 'vitest';
import { createActor } from 'xstate';
import { type ConnectionEmitted, connectionMachine } from '../../../machines/connection.machine.js';
import { type ConnectionOptions, checkConnectionOptions } from '../../../src/protocol/connection-options.js';
import { createScriptedPeer, type ScriptedPeerOptions } from '../../../src/testing/scripted-peer.js';
import { createSocketActor } from '../../../src/transport/socket.actor.js';
import type { OpenSocket } from '../../../src/transport/socket.js';
import { settled, TestClock } from '../../support/test-clock.js';

interface Options extends ScriptedPeerOptions {
  readonly link?: Partial<ConnectionOptions>;
  readonly longest?: number;
  readonly opener?: (open: OpenSocket) => OpenSocket;
}

/** The connection chart over the real socket actor, with the other side scripted. */
function connect({ link = {}, longest = 1000, opener = (open) => open, ...script }: Options = {}) {
  const clock = new TestClock();
  const peer = createScriptedPeer({ clock, ...script });
  const frames: string[] = [];
  const refused: string[] = [];
  const told: ConnectionEmitted[] = [];
  const { logic, wire } = createSocketActor(opener(peer.open), (frame) => frames.push(String(frame)), {
    most: () => longest,
    refuse: () => refused.push('too long'),
  });
  const connection = createActor(connectionMachine.provide({ actors: { socket: logic } }), {
    clock,
    input: { options: checkConnectionOptions(link) },
  });
  connection.on('*', (event) => told.push(event));
  connection.start();
  return {
    clock,
    peer,
    frames,
    refused,
    told,
    wire,
    connection,
    state: () => connection.getSnapshot().value,
  };
}

async function connected(options: Options = {}) {
  const unit = connect(options);
  await settled();
  expect(unit.told).toEqual([{ type: 'connection.opened' }]);
  unit.told.length = 0;
  return unit;
}

const lost = (code: string, details: object = {}) => [
  { type: 'connection.lost', code, details: expect.objectContaining(details) },
];

describe('opening', () => {
  test('attaches open, close, error, message, in that order', () => {
    expect(connect().peer.listenerLog).toEqual(['+open', '+close', '+error', '+message']);
  });

  test('says once that it is open, for a socket that was handed over open too', async () => {
    const { told, peer } = connect({ isOpen: true, accepts: false });
    expect(told).toEqual([{ type: 'connection.opened' }]);
    await settled();
    expect(told).toHaveLength(1);
    expect(peer.socket.readyState).toBe(1);
  });

  test('hands the text of each frame on', async () => {
    const { frames, peer } = await connected();
    peer.receive('{"a":1}');
    peer.receive('no JSON');
    await settled();
    expect(frames).toEqual(['{"a":1}', 'no JSON']);
  });

  test('gives up a handshake that takes longer than connectTimeout, and leaves nothing behind', async () => {
    const { clock, peer, told, connection } = connect({ accepts: false });
    await clock.pass(29_900);
    expect(told).toEqual([]);
    await clock.pass(100);
    expect(told).toEqual(lost('CONNECT_TIMEOUT', { ms: 30_000 }));
    expect(connection.getSnapshot().status).toBe('done');
    expect(peer.listenerLog).toContain('terminate');
    expect(clock.pending).toEqual([]);
  });

  test('an opener that throws is CONNECT_FAILED with its reason', async () => {
    const { told, clock } = connect({
      opener: () => () => {
        throw new Error('no such host');
      },
    });
    await settled();
    expect(told).toEqual(lost('CONNECT_FAILED', { reason: 'no such host' }));
    expect(clock.pending).toEqual([]);
  });

  test('an error before the socket is open is CONNECT_FAILED with its reason', async () => {
    const { told, peer, clock } = connect({ accepts: false });
    peer.fail('connect ECONNREFUSED 127.0.0.1:1');
    peer.disconnect();
    await settled();
    expect(told).toEqual(lost('CONNECT_FAILED', { reason: 'connect ECONNREFUSED 127.0.0.1:1' }));
    expect(clock.pending).toEqual([]);
  });

  test('a handshake that was answered with something else is what that answer means', async () => {
    const { told, peer, clock } = connect({ accepts: false });
    peer.refuse({ code: 'GATEWAY_ERROR', details: { status: 521 } });
    await settled();
    expect(told).toEqual(lost('GATEWAY_ERROR', { status: 521 }));
    expect(clock.pending).toEqual([]);
  });
});

describe('closing', () => {
  const removal = ['-message', '-error', '-open', '-close'];

  test('takes off message, error, open, close, in that order, and only then closes the socket', async () => {
    const { connection, peer, told, clock } = await connected();
    const before = peer.listenerLog.length;
    connection.send({ type: 'connection.close', closeCode: 1000, reason: 'done' });
    expect(peer.listenerLog.slice(before)).toEqual([...removal, '+error', '+close', 'close 1000']);
    await settled();
    expect(told).toEqual([{ type: 'connection.closed' }]);
    expect(clock.pending).toEqual([]);
  });

  test('the same order when it is cut', async () => {
    const { connection, peer, told } = await connected();
    const before = peer.listenerLog.length;
    connection.send({ type: 'abort' });
    expect(peer.listenerLog.slice(before)).toEqual([...removal, '+error', '+close', 'terminate']);
    await settled();
    expect(told).toEqual([{ type: 'connection.closed' }]);
  });

  test('the same order when the peer closed', async () => {
    const { peer, told } = await connected();
    const before = peer.listenerLog.length;
    peer.disconnect(1001, 'going away');
    await settled();
    expect(peer.listenerLog.slice(before)).toEqual([...removal, '+error', '+close']);
    expect(told).toEqual(lost('CONNECTION_CLOSED', { closeCode: 1001, reason: 'going away' }));
  });

  test('a late error finds a listener: it is never uncaught', async () => {
    const { connection, peer, told } = await connected();
    connection.send({ type: 'connection.close' });
    expect(() => peer.fail('read ECONNRESET')).not.toThrow();
    await settled();
    expect(() => peer.fail('read ECONNRESET')).not.toThrow();
    expect(told).toEqual([{ type: 'connection.closed' }]);
  });

  test('an error in the middle of the work is reported once, by the close that follows it', async () => {
    const { peer, told } = await connected();
    peer.fail('write EPIPE');
    peer.disconnect(1006);
    await settled();
    expect(told).toEqual(lost('CONNECTION_CLOSED', { closeCode: 1006 }));
  });

  test('nothing that arrives after closing has begun is handed on', async () => {
    const { connection, peer, frames } = await connected();
    connection.send({ type: 'connection.close' });
    peer.receive('late');
    await settled();
    expect(frames).toEqual([]);
  });

  test('a peer that does not answer the closing handshake is cut after closeTimeout; closed arrives', async () => {
    const { clock, connection, peer, told, state } = await connected();
    peer.hang();
    connection.send({ type: 'connection.close' });
    await clock.pass(1900);
    expect(state()).toBe('closing');
    expect(peer.listenerLog).not.toContain('terminate');
    await clock.pass(100);
    expect(peer.listenerLog).toContain('terminate');
    expect(told).toEqual([{ type: 'connection.closed' }]);
    expect(clock.pending).toEqual([]);
  });

  test('closed arrives even where a cut socket never says so', async () => {
    const { clock, connection, told } = await connected({
      opener: (open) => (refused) =>
        Object.assign(Object.create(open(refused), { close: { value() {} }, terminate: { value() {} } })),
    });
    connection.send({ type: 'connection.close' });
    await clock.pass(3900);
    expect(told).toEqual([]);
    await clock.pass(100);
    expect(told).toEqual([{ type: 'connection.closed' }]);
    expect(clock.pending).toEqual([]);
  });

  test('a socket that is closed already is not closed again', async () => {
    let gone = false;
    const { connection, peer, told } = await connected({
      opener: (open) => (refused) => {
        const socket = open(refused);
        return Object.create(socket, { readyState: { get: () => (gone ? 3 : socket.readyState) } });
      },
    });
    gone = true;
    connection.send({ type: 'connection.close' });
    expect(told).toEqual([{ type: 'connection.closed' }]);
    expect(peer.listenerLog).not.toContain('close 1000');
  });

  test.each(['connecting', 'open', 'closing', 'cutting'])(
    'abort while %s ends it, with no timer left',
    async (when) => {
      const { clock, connection, peer, told } = connect({ accepts: when !== 'connecting' });
      await settled();
      peer.hang();
      if (when === 'closing') connection.send({ type: 'connection.close' });
      if (when === 'cutting') connection.send({ type: 'abort' });
      connection.send({ type: 'abort' });
      await settled();
      expect(told.at(-1)).toEqual({ type: 'connection.closed' });
      expect(peer.listenerLog.filter((entry) => entry === 'terminate')).toHaveLength(1);
      expect(connection.getSnapshot().status).toBe('done');
      expect(clock.pending).toEqual([]);
    },
  );

  test('stopping the actor closes the socket and leaves nothing running', async () => {
    const { clock, connection, peer } = await connected();
    connection.stop();
    await settled();
    expect(peer.socket.readyState).toBe(3);
    expect(clock.pending).toEqual([]);
    expect(() => peer.fail('late')).not.toThrow();
  });
});

describe('life', () => {
  test('a silent link is dead within heartbeatTimeout, and not before 0.7 of it', async () => {
    for (const lastByteAt of [0, 1000, 2900]) {
      const { clock, peer, told } = await connected();
      peer.hang();
      await clock.pass(lastByteAt);
      peer.byte();
      await clock.pass(7000 - 100);
      expect(told).toEqual([]);
      await clock.pass(3100);
      expect(told).toEqual(lost('CONNECTION_SILENT', { ms: 10_000 }));
      expect(peer.listenerLog.filter((entry) => entry === 'ping')).toHaveLength(1);
      expect(clock.pending).toEqual([]);
    }
  });

  test('pongs keep an idle link alive', async () => {
    const { clock, peer, told } = await connected();
    await clock.pass(600_000, 1000);
    expect(told).toEqual([]);
    expect(peer.listenerLog.filter((entry) => entry === 'ping').length).toBeGreaterThan(50);
  });

  test('any byte keeps it alive, where pings are not answered: a pong may stand behind a long frame', async () => {
    const { clock, peer, told } = await connected();
    peer.hang();
    for (let second = 0; second < 60; second += 6) {
      peer.byte();
      await clock.pass(6000);
    }
    expect(told).toEqual([]);
  });

  test('sent bytes that drain keep it alive', async () => {
    const { clock, peer, told, wire } = await connected();
    peer.hang();
    for (let second = 0; second < 60; second += 6) {
      wire.send('{"uuid":"1"}');
      await clock.pass(6000);
    }
    expect(told).toEqual([]);
  });

  test('frames that no longer drain do not', async () => {
    const { clock, peer, told, wire } = await connected();
    peer.clog();
    for (let second = 0; second < 12; second += 2) {
      wire.send('{"uuid":"1"}');
      await clock.pass(2000);
    }
    expect(told).toEqual(lost('CONNECTION_SILENT'));
  });

  test('a last look saves a link whose byte came while this process was busy', async () => {
    const { clock, peer, told, state } = await connected();
    peer.hang();
    await clock.pass(9000);
    expect(state()).toEqual({ open: 'lastLook' });
    peer.byte();
    await settled();
    expect(state()).toEqual({ open: 'lively' });
    expect(told).toEqual([]);
  });

  test('while an answer is due that keeps the peer busy, busyTimeout counts, from then on', async () => {
    const { clock, connection, peer, told } = await connected();
    peer.hang();
    await clock.pass(5000);
    connection.send({ type: 'peer.busy' });
    await clock.pass(179_900);
    expect(told).toEqual([]);
    await clock.pass(100);
    expect(told).toEqual(lost('CONNECTION_SILENT', { ms: 180_000 }));
    expect(clock.pending).toEqual([]);
  });

  test('once the answer is in, heartbeatTimeout counts again, from then on', async () => {
    const { clock, connection, peer, told } = await connected();
    peer.hang();
    connection.send({ type: 'peer.busy' });
    await clock.pass(100_000, 1000);
    connection.send({ type: 'peer.idle' });
    await clock.pass(9900);
    expect(told).toEqual([]);
    await clock.pass(100);
    expect(told).toEqual(lost('CONNECTION_SILENT', { ms: 10_000 }));
  });

  test('a socket that can be neither pinged nor watched is not held dead for being idle', async () => {
    const { clock, told } = await connected({
      opener: (open) => (refused) =>
        Object.create(open(refused), { ping: { value: undefined }, watch: { value: undefined } }),
    });
    await clock.pass(60_000, 1000);
    expect(told).toEqual([]);
  });
});
