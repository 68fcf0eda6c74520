import { createServer, type IncomingMessage } from 'node:http';
import { expect, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRemoteSource } from '../../../src/client/remote-source.js';
import { createInspection } from '../../../src/inspect/inspection.js';
import { ticketProtocols } from '../../../src/protocol/ticket.js';
import type { Refused } from '../../../src/server/refusal.js';
import { createMemoryTokenStore } from '../../../src/server/tokens.js';
import { attachTransferServer, type TransferServerOptions } from '../../../src/server/transfer-server.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { cleanUps } from '../../support/clean-ups.js';
import { startNginx } from '../../support/nginx.js';
import { smallContent } from '../../support/small-content.js';
import { TestClock } from '../../support/test-clock.js';
import { runServer } from '../../support/transfer-servers.js';

const origins = ['https://app.example.com'];

async function started(options: Partial<TransferServerOptions> = {}) {
  const refused: Refused[] = [];
  const running = await runServer({
    source: () => createMemoryStore(smallContent).source(),
    origins,
    onRefused: (one) => refused.push(one),
    ...options,
  });
  cleanUps.push(() => running.close());
  const ticket = () => running.server.issueTicket({ direction: 'pull', token: running.token });
  return { ...running, refused, ticket };
}

/** What an upgrade is answered: the subprotocol that the server agrees to, or the status. */
function upgrade(url: string, protocols: readonly string[], headers: Readonly<Record<string, string>> = {}) {
  const socket = new WebSocket(url, [...protocols], { headers });
  cleanUps.push(() => socket.terminate());
  return new Promise((resolve) => {
    socket.on('error', () => {});
    socket.on('upgrade', (response: IncomingMessage) => resolve(response.headers['sec-websocket-protocol']));
    socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
  });
}

test('a ticket pulls all that the token in its place would, once', async () => {
  const { admin, ticket, refused } = await started();
  const shown = ticket();
  const pull = async () => {
    const to = createMemoryStore();
    const from = createRemoteSource({ url: admin, ticket: shown });
    await createTransfer({ from, to: to.destination() }).done;
    return to.content();
  };
  expect((await pull()).assets).toHaveLength(smallContent.assets.length);
  await expect(pull()).rejects.toMatchObject({ code: 'UNAUTHORIZED' });
  expect(refused).toMatchObject([{ code: 'UNAUTHORIZED' }]);
});

test('a ticket passes a proxy that passes WebSockets', async () => {
  const { admin, ticket } = await started();
  const nginx = await startNginx(Number(new URL(admin).port));
  cleanUps.push(() => nginx.stop());
  const url = `${nginx.good.replace('http', 'ws')}/transfer/runner/pull`;
  expect(await upgrade(url, ticketProtocols(ticket()))).toBe('strapi-ferry');
});

test('a ticket of a token that is revoked opens nothing', async () => {
  const { runner, ticket, tokens } = await started();
  const shown = ticket();
  await tokens.revoke('both');
  expect(await upgrade(`${runner}pull`, ticketProtocols(shown))).toBe(401);
});

test('a ticket of a pull opens no push', async () => {
  const { runner, ticket } = await started();
  expect(await upgrade(`${runner}push`, ticketProtocols(ticket()))).toBe(401);
});

test('a ticket is worth nothing after ticketLifetime', async () => {
  const clock = new TestClock();
  const { runner, ticket } = await started({ clock, ticketLifetime: 5000 });
  const shown = ticket();
  clock.increment(5000);
  expect(await upgrade(`${runner}pull`, ticketProtocols(shown))).toBe(401);
});

test('the page of another site is refused with 403, and its ticket is kept for the page that it is for', async () => {
  const { runner, ticket, refused } = await started();
  const protocols = ticketProtocols(ticket());
  expect(await upgrade(`${runner}pull`, protocols, { origin: 'https://evil.com' })).toBe(403);
  expect(refused).toEqual([{ direction: 'pull', code: 'ORIGIN_REFUSED', address: '127.0.0.1' }]);
  expect(await upgrade(`${runner}pull`, protocols, { origin: 'https://app.example.com' })).toBe(
    'strapi-ferry',
  );
});

test('a ticket is sent back to no client, in no order of the subprotocols', async () => {
  const { runner, ticket } = await started();
  const [name = '', shown = ''] = ticketProtocols(ticket());
  expect(await upgrade(`${runner}pull`, [shown, name])).toBe('strapi-ferry');
});

test('no record of the charts and no report of the server holds a ticket or its token', async () => {
  const inspection = createInspection();
  const lines: string[] = [];
  inspection.attach({ data: true, write: (records) => void lines.push(JSON.stringify(records)) });
  const { admin, ticket, token, refused, summaries, ended } = await started({ inspect: inspection.inspect });
  const shown = ticket();
  const from = createRemoteSource({ url: admin, ticket: shown });
  const to = createMemoryStore().destination();
  await createTransfer({ from, to, inspect: inspection.inspect }).done;
  await upgrade(`${admin.replace('http', 'ws')}/transfer/runner/pull`, ticketProtocols(shown));
  await ended();
  await inspection.flush();
  expect(lines.length).toBeGreaterThan(0);
  const all = [...lines, JSON.stringify([refused, summaries])].join();
  for (const secret of [shown, token]) expect(all).not.toContain(secret);
});

test('a server that names no page issues no ticket, and says what to give', async () => {
  const { ticket } = await started({ origins: undefined });
  expect(ticket).toThrow(/^Option origins cannot be left out: .*name the origins of the pages/);
});

test('an origin that no browser writes so is refused when the server is mounted', () => {
  const options = {
    tokens: createMemoryTokenStore(),
    tokenSalt: 'salt',
    origins: ['https://app.example.com/'],
  };
  expect(() => attachTransferServer(createServer(), options)).toThrow(/a browser writes it as https:\/\/app/);
});

test('an embedder reads the secret from where its clients put it', async () => {
  const { runner, token } = await started({
    credentials: ({ headers }) => headers['x-transfer-token']?.toString(),
  });
  expect(await upgrade(`${runner}pull`, ['any'], { 'x-transfer-token': token })).toBe('any');
  expect(await upgrade(`${runner}pull`, ['any'], { authorization: `Bearer ${token}` })).toBe(401);
});
