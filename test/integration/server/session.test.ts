import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, it } from 'vitest';
import { WebSocketServer } from 'ws';
import { realClock } from '../../../src/ports/clock.js';
import { realIds } from '../../../src/ports/ids.js';
import { defaultConnectionOptions } from '../../../src/protocol/connection-options.js';
import { defaultRetryMessageOptions } from '../../../src/protocol/retry.js';
import { createSession, type RunningSession } from '../../../src/server/session.js';
import { checkServerLimits } from '../../../src/server/transfer-server.js';
import { createMemoryStore, type MemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { withSignsOfLife } from '../../../src/transport/websocket.js';
import { openRaw, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';

const cleanups: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const clean of cleanups.splice(0)) await clean();
});

async function serve(store: MemoryStore) {
  const http = createServer();
  const wss = new WebSocketServer({ server: http });
  const sessions: RunningSession[] = [];
  wss.on('connection', (socket, request) => {
    sessions.push(
      createSession({
        direction: request.url?.endsWith('push') ? 'push' : 'pull',
        socket: withSignsOfLife(socket, request.socket),
        stores: { source: () => store.source(), destination: () => store.destination() },
        authorize: async () => null,
        connectionOptions: defaultConnectionOptions,
        retryMessageOptions: defaultRetryMessageOptions,
        limits: checkServerLimits({ initTimeout: 5000, idleTimeout: 60_000, assetSize: 2 ** 40 }),
        clock: realClock,
        ids: realIds,
        now: () => Date.now(),
      }),
    );
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  cleanups.push(async () => {
    for (const session of sessions) session.close();
    await Promise.all(sessions.map(({ closed }) => closed));
    http.close();
  });
  const { port } = http.address() as AddressInfo;
  return { url: `http://127.0.0.1:${port}/admin`, sessions };
}

it('is pulled from by our client', async () => {
  const { url, sessions } = await serve(createMemoryStore(smallContent));
  const to = createMemoryStore();
  await createTransfer({ from: url, fromToken: 't', to: to.destination() }).done;
  const kept = smallContent.entities.filter(({ type }) => type !== 'admin::user');
  expect(to.content()).toMatchObject({ entities: kept, schemas: smallContent.schemas });
  expect(to.content().assets).toHaveLength(3);
  expect(await sessions[0]?.closed).toBeNull();
});

it('is pushed to by our client', async () => {
  const store = createMemoryStore();
  const { url, sessions } = await serve(store);
  await createTransfer({ from: createMemoryStore(smallContent).source(), to: url, toToken: 't' }).done;
  expect(store.content()).toMatchObject({ schemas: smallContent.schemas, metadata: smallContent.metadata });
  expect(store.content().entities).toHaveLength(3);
  expect(store.content().assets).toHaveLength(3);
  expect(await sessions[0]?.closed).toBeNull();
});

it('is asked what it takes, and takes a message as new all the same', async () => {
  const { url, sessions } = await serve(createMemoryStore());
  const client = await openRaw(`${url.replace('http', 'ws').replace('/admin', '/')}push`);
  const actor = sessions[0]?.actor;
  const event = {
    type: 'message.received',
    request: { type: 'request.init', uuid: 'u1' },
    bytes: 10,
  } as const;
  expect([actor?.getSnapshot().can(event), actor?.getSnapshot().can(event)]).toEqual([true, true]);
  client.send({ uuid: 'u1', ...say.command('init') });
  expect((await client.answerTo('u1')).error).toBeNull();
  client.socket.terminate();
});

it('tells which message it has refused, and where the order of the protocol stood', async () => {
  const { url, sessions } = await serve(createMemoryStore());
  const client = await openRaw(`${url.replace('http', 'ws').replace('/admin', '/')}push`);
  const refused: object[] = [];
  sessions[0]?.actor.on('request.refused', ({ type: _type, uuid: _uuid, ...fact }) => refused.push(fact));
  await client.ask(say.action('bootstrap'));
  await client.ask(say.command('init'));
  await client.ask(say.command('end', { transferID: 'another' }));
  await client.ask(say.action('close'));
  expect(refused).toEqual([
    { request: 'request.bootstrap', code: 'NO_TRANSFER', state: 'connected' },
    { request: 'request.end', code: 'BAD_TRANSFER_ID', state: 'preparing.unopened' },
    { request: 'request.close', code: 'NOT_BOOTSTRAPPED', state: 'preparing.unopened' },
  ]);
  client.socket.terminate();
});
