import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, test } from 'vitest';
import { WebSocket, WebSocketServer } from 'ws';
import { recordingFormat } from '../../../src/inspect/records.js';
import { createInspector, type InspectorOptions } from '../../../src/inspector/inspector.js';
import { newNonce, placeOf, proofOf } from '../../../src/inspector/proof.js';
import { createReporter, type ReporterOptions } from '../../../src/inspector/reporter.js';
import { cleanUps } from '../../support/clean-ups.js';
import { settled, TestClock } from '../../support/test-clock.js';

const known = 'a'.repeat(64);
const secret = async () => known;
const header = {
  ferry: 'recording',
  format: recordingFormat,
  version: '0.0.0',
  startedAt: '2026-01-02T03:04:05.678Z',
  roles: ['server'],
  data: false,
} as const;
const record = { type: 'dropped', seq: 1, ms: 0, count: 1, reason: 'planted content' } as const;

async function start(options: InspectorOptions = {}) {
  const inspector = await createInspector({ port: 0, secret, ...options });
  cleanUps.push(() => inspector.close());
  return inspector;
}

function report(url: string, options: Partial<ReporterOptions> = {}) {
  const reporter = createReporter({ url, secret, ...options });
  cleanUps.push(() => reporter.close?.());
  return reporter;
}

/** A process that says what it is told to, frame by frame. */
async function raw(port: number) {
  const socket = new WebSocket(`ws://127.0.0.1:${port}/report`);
  cleanUps.push(() => socket.terminate());
  const heard: Record<string, unknown>[] = [];
  socket.on('message', (data) => heard.push(JSON.parse(String(data)) as Record<string, unknown>));
  socket.on('error', () => {});
  const closed = once(socket, 'close');
  await once(socket, 'open');
  const say = (message: unknown) => socket.send(JSON.stringify(message));
  const answer = async (message: unknown) => {
    const next = once(socket, 'message');
    say(message);
    await next;
    return heard.at(-1) ?? {};
  };
  return { socket, heard, say, answer, closed };
}

/** A program of somebody else that has the inspector's port. `play` answers what a reporter says. */
async function stranger(play: (socket: WebSocket, message: Record<string, unknown>, port: number) => void) {
  const http = createServer();
  const sockets = new WebSocketServer({ server: http });
  const heard: string[] = [];
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  sockets.on('connection', (socket) => {
    socket.on('error', () => {});
    socket.on('message', (data) => {
      heard.push(String(data));
      play(socket, JSON.parse(String(data)) as Record<string, unknown>, port);
    });
  });
  cleanUps.push(() => {
    for (const socket of sockets.clients) socket.terminate();
    http.close();
  });
  return { url: `http://127.0.0.1:${port}/`, port, heard };
}

const tell = (socket: WebSocket, message: unknown) => socket.send(JSON.stringify(message));
const about = { type: 'inspector', format: recordingFormat, version: '0.0.0', control: true };

describe('a process that reports', () => {
  test('is let in with the secret of its user, and shown', async () => {
    const { url, port } = await start();
    const page = new WebSocket(`ws://127.0.0.1:${port}/records`);
    cleanUps.push(() => page.terminate());
    const shown = new Promise<void>((resolve) => {
      page.on('message', (data) => String(data).includes('planted content') && resolve());
    });
    const reporter = report(url);
    reporter.begin?.(header);
    expect(await reporter.open()).toEqual({ control: false });
    await reporter.write([record]);
    await shown;
  });

  test('is told whether the page may steer', async () => {
    const { url } = await start({ control: true });
    expect(await report(url).open()).toEqual({ control: true });
  });

  test('is refused with another secret, and refuses the inspector', async () => {
    const { url } = await start();
    const reporter = report(url, { secret: async () => 'b'.repeat(64) });
    await expect(reporter.open()).rejects.toThrow('does not prove that it is an inspector of this user');
  });

  test('is told why where the secret cannot be read', async () => {
    const { url } = await start();
    const reporter = report(url, { secret: () => Promise.reject(new Error('the file is open to others')) });
    await expect(reporter.open()).rejects.toThrow('the file is open to others');
    const { url: other } = await start({ secret: () => Promise.reject(new Error('no secret')) });
    await expect(report(other).open()).rejects.toThrow('cannot report to');
  });

  test.each<[string, (socket: WebSocket, message: Record<string, unknown>, port: number) => void]>([
    ['welcomes it at once', (socket) => tell(socket, { type: 'welcome' })],
    ['steers at once', (socket) => tell(socket, { type: 'control', id: 1, command: 'abort' })],
    ['answers without a proof', (socket) => tell(socket, { ...about, nonce: newNonce() })],
    [
      'sends its challenge back',
      (socket, { nonce, proof }) =>
        tell(socket, proof === undefined ? { ...about, nonce, proof: nonce } : {}),
    ],
    [
      'proves with a proof of a reporter',
      (socket, { nonce }, port) => {
        const inspectorNonce = newNonce();
        const proven = { reporterNonce: String(nonce), inspectorNonce, place: placeOf('127.0.0.1', port) };
        const proof = proofOf(known, { by: 'reporter', ...proven });
        tell(socket, { ...about, nonce: inspectorNonce, proof });
      },
    ],
    ['answers null', (socket) => tell(socket, null)],
    ['answers no JSON', (socket) => socket.send('{')],
    ['answers with a frame of a megabyte', (socket) => socket.send('x'.repeat(1024 * 1024))],
    ['closes the connection', (socket) => socket.close()],
    ['cuts the connection', (socket) => socket.terminate()],
  ])('tells nothing to a stranger who %s, and obeys nothing', async (_, play) => {
    const { url, heard } = await stranger(play);
    const commands: string[] = [];
    const reporter = report(url, { onControl: (command) => void commands.push(command) });
    reporter.begin?.(header);
    await expect(reporter.write([record])).rejects.toThrow(`cannot report to ${url}`);
    await expect(reporter.write([record])).rejects.toThrow(`cannot report to ${url}`);
    expect(heard).toHaveLength(1);
    expect(heard.join('')).not.toContain('planted');
    expect(commands).toEqual([]);
  });

  test('tells nothing to a stranger who passes everything on to the inspector at another port', async () => {
    const { port, url } = await start();
    const behind = await raw(port);
    let front: WebSocket | null = null;
    behind.socket.on('message', (data) => front?.send(String(data)));
    const middle = await stranger((socket, message) => {
      front = socket;
      behind.say(message);
    });
    const reporter = report(middle.url);
    await expect(reporter.open()).rejects.toThrow('does not prove');
    expect(behind.heard).toHaveLength(1);
    expect(url).not.toBe(middle.url);
  });

  test('gives a stranger up who says nothing', async () => {
    const clock = new TestClock();
    const { url, heard } = await stranger(() => {});
    const reporter = report(url, { clock });
    const opening = expect(reporter.open()).rejects.toThrow('it has closed the connection');
    while (heard.length === 0) await settled();
    expect(clock.pending).toEqual([5000]);
    await clock.pass(5000);
    await opening;
    expect(clock.pending).toEqual([]);
  });

  test('obeys a proven inspector’s commands, and nothing else that it says', async () => {
    const commands: string[] = [];
    let proven: WebSocket | null = null;
    const { url, heard } = await stranger((socket, { type, nonce }, port) => {
      const inspectorNonce = newNonce();
      const given = { reporterNonce: String(nonce), inspectorNonce, place: placeOf('127.0.0.1', port) };
      const proof = proofOf(known, { by: 'inspector', ...given });
      if (type === 'challenge') tell(socket, { ...about, nonce: inspectorNonce, proof });
      if (type === 'proof') tell(socket, { type: 'welcome' });
      proven = socket;
    });
    const reporter = report(url, { onControl: (command) => void commands.push(command) });
    await reporter.open();
    const socket = proven as WebSocket | null;
    for (const frame of [
      'null',
      '[]',
      '{',
      '7',
      '{"type":"control"}',
      '{"type":"control","id":1,"command":"rm"}',
    ])
      socket?.send(frame);
    if (socket !== null) tell(socket, { type: 'control', id: 2, command: 'pause' });
    while (heard.length < 3) await settled();
    expect(commands).toEqual(['pause']);
    expect(JSON.parse(heard[2] ?? '')).toEqual({ type: 'controlled', id: 2, reason: '' });
  });
});

describe('an inspector', () => {
  const wrong: readonly [
    string,
    (nonces: { reporter: string; inspector: string; port: number }) => unknown,
  ][] = [
    ['records at once', () => ({ type: 'records', records: [record] })],
    ['a header at once', () => ({ type: 'reporter', header, control: true })],
    ['no proof', () => ({ type: 'proof' })],
    ['a proof that is null', () => ({ type: 'proof', proof: null })],
    ['a proof that is guessed', () => ({ type: 'proof', proof: 'f'.repeat(64) })],
    [
      'the inspector’s own proof',
      ({ reporter, inspector, port }) => ({
        type: 'proof',
        proof: proofOf(known, {
          by: 'inspector',
          ...{ reporterNonce: reporter, inspectorNonce: inspector, place: placeOf('127.0.0.1', port) },
        }),
      }),
    ],
    [
      'a proof for another place',
      ({ reporter, inspector, port }) => ({
        type: 'proof',
        proof: proofOf(known, {
          by: 'reporter',
          ...{ reporterNonce: reporter, inspectorNonce: inspector, place: placeOf('127.0.0.1', port + 1) },
        }),
      }),
    ],
  ];

  test.each(wrong)('cuts one that answers its challenge with %s', async (_, answer) => {
    const { port } = await start();
    const { answer: ask, say, closed, heard } = await raw(port);
    const reporter = newNonce();
    const { nonce } = await ask({ type: 'challenge', nonce: reporter });
    say(answer({ reporter, inspector: String(nonce), port }));
    await closed;
    expect(heard).toHaveLength(1);
  });

  test('cuts one whose proof was heard on an earlier connection', async () => {
    const { port } = await start();
    const reporter = newNonce();
    const first = await raw(port);
    const { nonce } = await first.answer({ type: 'challenge', nonce: reporter });
    const place = placeOf('127.0.0.1', port);
    const proven = { reporterNonce: reporter, inspectorNonce: String(nonce), place };
    const proof = { type: 'proof', proof: proofOf(known, { by: 'reporter', ...proven }) };
    expect(await first.answer(proof)).toEqual({ type: 'welcome' });
    const second = await raw(port);
    await second.answer({ type: 'challenge', nonce: reporter });
    second.say(proof);
    await second.closed;
    expect(second.heard).toHaveLength(1);
  });

  test.each([
    ['null', null],
    ['a list', []],
    ['a short nonce', { type: 'challenge', nonce: 'a' }],
    ['no nonce', { type: 'challenge' }],
    ['a nonce that is a list', { type: 'challenge', nonce: ['a'.repeat(64)] }],
  ])('cuts one that begins with %s', async (_, message) => {
    const { port } = await start();
    const { say, closed, heard } = await raw(port);
    say(message);
    await closed;
    expect(heard).toEqual([]);
  });

  test('reads no long frame of one that has not proven itself', async () => {
    const { port } = await start();
    const { socket, closed } = await raw(port);
    socket.send(JSON.stringify({ type: 'challenge', nonce: newNonce(), more: 'x'.repeat(100_000) }));
    await closed;
  });

  test('waits five seconds for a proof', async () => {
    const clock = new TestClock();
    const { port } = await start({ clock });
    const { closed } = await raw(port);
    while (clock.pending.length === 0) await settled();
    expect(clock.pending).toEqual([5000]);
    await clock.pass(5000);
    await closed;
    expect(clock.pending).toEqual([]);
  });

  test('lets thirty-two wait, and the next one when they have left', async () => {
    const { port, url } = await start();
    const idle = await Promise.all(Array.from({ length: 32 }, () => raw(port)));
    await expect(report(url).open()).rejects.toThrow('cannot report to');
    for (const { socket } of idle) socket.terminate();
    await Promise.all(idle.map(({ closed }) => closed));
    expect(await report(url).open()).toEqual({ control: false });
  });

  test.each([
    ['no JSON of other letters', `{"é${'é'.repeat(200)}`],
    ['null', 'null'],
    [
      'a header of a later format',
      JSON.stringify({ type: 'reporter', header: { ...header, format: 'é'.repeat(200) } }),
    ],
    ['records that are no list', '{"type":"records","records":7}'],
    ['a record that is none', '{"type":"records","records":[{"type":"step","seq":1}]}'],
  ])('goes on where a proven process says %s', async (_, frame) => {
    const { port, url } = await start();
    const { answer, socket, say, closed } = await raw(port);
    const reporter = newNonce();
    const { nonce } = await answer({ type: 'challenge', nonce: reporter });
    const proven = {
      reporterNonce: reporter,
      inspectorNonce: String(nonce),
      place: placeOf('127.0.0.1', port),
    };
    await answer({ type: 'proof', proof: proofOf(known, { by: 'reporter', ...proven }) });
    if (!frame.includes('header')) say({ type: 'reporter', header, control: false });
    socket.send(frame);
    expect((await closed)[0]).toBe(1008);
    expect(await report(url).open()).toEqual({ control: false });
  });
});
