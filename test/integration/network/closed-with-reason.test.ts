import { createHash } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { answersUpgrade } from '../../../src/client/answers-upgrade.js';
import { describeSession } from '../../../src/server/session-words.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { webSocketOpener } from '../../../src/transport/websocket.js';
import { cleanUps } from '../../support/clean-ups.js';
import { greetingServer } from '../../support/greeting-server.js';
import { serveScript, serveStatus } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';

const pullOf = (url: string, token = 'planted') =>
  createTransfer({ from: url, fromToken: token, to: createMemoryStore().destination() }).done;
const pushTo = (url: string, token = 'planted') =>
  createTransfer({ from: createMemoryStore(smallContent).source(), to: url, toToken: token, force: true })
    .done;

describe('a close with 1009', () => {
  test('of a server that was pushed to names the size and the limits, and is not worth trying again', async () => {
    const { admin, token, ended } = await smallServer({ limits: { frameSize: 600 } });
    const error = await pushTo(admin, token).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'MESSAGE_TOO_LONG', row: { exit: 8 } });
    expect(error).not.toHaveProperty('row.retryable');
    const { bytes } = (error as { details: { bytes: number } }).details;
    expect(bytes).toBeGreaterThan(600);
    expect(error).toHaveProperty(
      'message',
      expect.stringMatching(
        new RegExp(`has ${bytes} bytes\\. A Strapi reads up to 104857600 bytes.*frameSize`),
      ),
    );
    const summary = await ended();
    expect(summary).toMatchObject({ failure: 'MESSAGE_LIMIT', exceeded: { limit: 'frameSize', value: 600 } });
    expect(describeSession(summary)).toMatch(
      /: MESSAGE_LIMIT \(a message was over the limit frameSize, 600\)$/,
    );
  });

  test('of a client that pulls is told by the server as that', async () => {
    const { admin, token, ended } = await smallServer();
    const done = createTransfer({
      ...{ from: admin, fromToken: token, to: createMemoryStore().destination() },
      limits: { frameSize: 600 },
    }).done;
    await expect(done).rejects.toMatchObject({ code: 'MESSAGE_LIMIT', details: { limit: 'frameSize' } });
    expect(await ended()).toMatchObject({ fate: 'begun', failure: 'MESSAGE_TOO_LONG' });
  });
});

/** A frame that closes, as a server sends it. */
function closeFrame(code: number, reason: string): Buffer {
  const words = Buffer.from(reason);
  return Buffer.concat([Buffer.from([0x88, 2 + words.length, code >> 8, code & 255]), words]);
}

test.each([
  [1013, 'too many sessions', { code: 'CONNECTION_CLOSED', row: { exit: 4, retryable: true } }],
  [4401, 'UNAUTHORIZED', { code: 'UNAUTHORIZED', row: { exit: 3 } }],
  [
    4403,
    'FORBIDDEN',
    { code: 'FORBIDDEN', row: { exit: 3 }, message: expect.stringContaining('no pull permission') },
  ],
])(
  'a close with %i in one piece with the answer to the upgrade is told for what it is',
  async (closeCode, reason, error) => {
    const { url, close } = await greetingServer((socket) => {
      socket.once('data', (request) => {
        const key = /sec-websocket-key: (\S+)/i.exec(String(request))?.[1] ?? '';
        const accept = createHash('sha1')
          .update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`)
          .digest('base64');
        const head = ['HTTP/1.1 101 Switching Protocols', 'Upgrade: websocket', 'Connection: Upgrade'];
        const answer = `${[...head, `Sec-WebSocket-Accept: ${accept}`].join('\r\n')}\r\n\r\n`;
        socket.write(Buffer.concat([Buffer.from(answer), closeFrame(closeCode, reason)]));
        socket.once('data', () => socket.end());
      });
    });
    cleanUps.push(close);
    await expect(pullOf(url)).rejects.toMatchObject({ ...error, details: { closeCode, reason } });
  },
);

describe('an HTTP answer within a WebSocket', () => {
  const cutWith = async (direction: 'pull' | 'push', text: string) => {
    const script = await serveScript({
      direction,
      at: 'entities.start',
      // What a Node server writes into the connection: past the WebSocket that it belongs to.
      misbehave: ({ socket }) => Object(socket)['_socket'].end(text),
    });
    cleanUps.push(script.close);
    return script.url;
  };
  const timedOut = 'HTTP/1.1 408 Request Timeout\r\nConnection: close\r\n\r\n';

  test.each(['pull', 'push'] as const)(
    '408 in a %s names the other connection whose end it comes of',
    async (way) => {
      const url = await cutWith(way, timedOut);
      await expect(way === 'pull' ? pullOf(url) : pushTo(url)).rejects.toMatchObject({
        code: 'CUT_BY_ANOTHER',
        message: expect.stringMatching(
          /cut the connection while content was moving \(HTTP 408\)\. When any transfer/,
        ),
        row: { exit: 4, retryable: true },
      });
    },
  );

  test.each(['HTTP/1.1 400 Bad Request\r\n\r\n', 'HTTP/1.1 500 \r\n\r\n', '\x15\x03\x03'])(
    '%j says nothing of another',
    async (text) => {
      await expect(pullOf(await cutWith('pull', text))).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
    },
  );
});

describe('whether a server answers an upgrade', () => {
  const answersAt = async (status: number, headers: Readonly<Record<string, string>> = {}, body?: string) => {
    const { url, close } = await serveStatus(status, headers, body);
    cleanUps.push(close);
    const route = new URL(`${url.replace('http:', 'ws:')}/transfer/runner/push`);
    const open = webSocketOpener({ route, token: 'planted', url, scope: 'push', maxPayload: 1000 });
    return answersUpgrade(open, new AbortController().signal);
  };

  test.each([401, 403, 404, 429, 500].map((status) => [status]))(
    '%i in its words: it does',
    async (status) => {
      const body = JSON.stringify({ data: null, error: { status, name: 'Error', message: 'x' } });
      expect(await answersAt(status, {}, body)).toBe(true);
    },
  );

  test.each([200, 302, 403, 407, 418, 502, 503, 504, 521, 530].map((status) => [status]))(
    '%i of something on the way: it does not show',
    async (status) => {
      expect(await answersAt(status)).toBe(false);
    },
  );
});
