import type { RequestListener, Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { WebSocket } from 'ws';
import { realClock } from '../../src/ports/clock.js';
import { realIds } from '../../src/ports/ids.js';
import { tokenAuthentication } from '../../src/server/authentication.js';
import { createAddressOf } from '../../src/server/client-address.js';
import { createCredentials } from '../../src/server/credentials.js';
import type { Refused } from '../../src/server/refusal.js';
import { createTickets } from '../../src/server/tickets.js';
import { createMemoryTokenStore, createTokens } from '../../src/server/tokens.js';
import type { UpgradeOptions } from '../../src/server/upgrade-handler.js';
import { cleanUps } from './clean-ups.js';
import { TestClock } from './test-clock.js';

export async function listen(server: Server): Promise<number> {
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
export async function prepare({ salt = 'salt', ...more }: Setting = {}) {
  const clock = new TestClock();
  const store = createMemoryTokenStore();
  const tokens = createTokens({ store, salt });
  const keys = { push: '', pull: '', both: '' };
  if (salt !== '') {
    keys.push = (await tokens.create({ name: 'pusher', scopes: ['push'] })).accessKey;
    keys.pull = (await tokens.create({ name: 'puller', scopes: ['pull'] })).accessKey;
    keys.both = (await tokens.create({ name: 'both', scopes: ['push', 'pull'] })).accessKey;
  }
  const refused: Refused[] = [];
  const errors: unknown[] = [];
  const tickets = createTickets({ clock, lifetime: 30_000 });
  const options: UpgradeOptions = {
    authenticate: tokenAuthentication({ store, salt }),
    chooseStores: async () => ({}),
    hookTimeout: 10_000,
    addressOf: createAddressOf({}),
    clock: realClock,
    ids: realIds,
    credentials: createCredentials({}, tickets, (error) => errors.push(error)),
    maxPayload: { push: 2 ** 26, pull: 2 ** 16 },
    accept: (webSocket, _request, { asker: { name, direction } }) => {
      webSocket.on('message', (data) => webSocket.send(`echo ${data}`));
      webSocket.send(`${name} may ${direction}`);
    },
    onRefused: (one) => refused.push(one),
    onError: (error) => errors.push(error),
    ...more,
  };
  return { options, tokens, keys, refused, errors, clock };
}

export interface Outcome {
  readonly status: number;
  readonly body: string;
}

type Headers = Readonly<Record<string, string>>;

/** What an upgrade leads to: the first message, or the plain answer. */
export function open(url: string, token?: string, more: Headers = {}): Promise<string | Outcome> {
  const headers = token === undefined ? more : { ...more, Authorization: `Bearer ${token}` };
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
export function exchange(port: number, ...texts: readonly string[]): Promise<string> {
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

export const upgradeHead = (path: string, ...more: readonly string[]) =>
  `${[
    `${more.length > 0 ? 'POST' : 'GET'} ${path} HTTP/1.1`,
    'Host: here',
    'Connection: Upgrade',
    'Upgrade: h2c',
    ...more,
  ].join('\r\n')}\r\n\r\n`;

export const answerAll: RequestListener = (request, response) => {
  const chunks: string[] = [];
  request.on('data', (chunk) => chunks.push(String(chunk)));
  request.on('end', () => response.end(`${request.method} ${request.url} ${chunks.join('')}`));
};

export const push = '/admin/transfer/runner/push';
export const pull = '/admin/transfer/runner/pull';
