import { describe, expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination } from '../../../src/stores/store.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { type RawClient, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';
import { TestClock } from '../../support/test-clock.js';

/** A push whose commit is under way until it is let go: then it is done, or fails. */
async function committing(
  failure: TransferError | null = null,
  options: Parameters<typeof smallServer>[0] = {},
) {
  const store = createMemoryStore();
  let letGo = () => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let begin = () => {};
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const destination = (): TransferDestination => {
    const to = store.destination();
    return {
      ...to,
      async commit() {
        begin();
        await free;
        if (failure !== null) throw failure;
        await to.commit();
      },
    };
  };
  const served = await smallServer({ destination, ...options });
  const client = await served.open('push');
  await client.ask(say.command('init', { ferry: { version: 1 } }));
  for (const name of ['bootstrap', 'beforeTransfer']) await client.ask(say.action(name));
  const closing = client.ask(say.action('close')).catch(() => null);
  await begun;
  return { ...served, store, client, closing, letGo };
}

type Begun = Awaited<ReturnType<typeof committing>>;

/** Every way to end a session, and what it says of that. */
const ways: readonly (readonly [string, (begun: Begun) => unknown, string | null])[] = [
  ['its client hangs up', ({ client }) => client.socket.close(), null],
  ['its line is dead', ({ client }) => client.socket.terminate(), null],
  ['its socket is cut', ({ server }) => [...server.sessions].map((session) => session.cut()), null],
  ['its client sends what is no message', ({ client }) => client.socket.send('{'), 'INVALID_MESSAGE'],
  ['an operator aborts it', ({ server }) => [...server.sessions].map((session) => session.abort()), null],
  ['the server stops', ({ server }) => void server.close(), null],
];

/** Until the server has heard of it. */
async function heard(client: RawClient): Promise<void> {
  if (client.socket.readyState === client.socket.OPEN) await client.settled().catch(() => {});
  else await client.closed;
}

describe.each(ways)('a push that is being committed while %s', (_, leave, failure) => {
  test('is committed, and the server says so', async () => {
    const begun = await committing();
    await leave(begun);
    await heard(begun.client);
    expect(begun.summaries).toEqual([]);
    begun.letGo();
    await begun.closing;
    begun.client.socket.close();
    expect(await begun.ended()).toMatchObject({ fate: 'completed', failure });
    expect(begun.store.content().entities).toEqual([]);
  });

  test('is not, where the commit fails, and the server says why', async () => {
    const begun = await committing(new TransferError('TABLES_HELD', { path: 'x' }));
    await leave(begun);
    await heard(begun.client);
    begun.letGo();
    await begun.closing;
    begun.client.socket.close();
    expect(await begun.ended()).toMatchObject({ fate: 'begun', failure: 'TABLES_HELD' });
  });
});

test('an abort of a push that is being committed, or has been, comes too late', async () => {
  const { server, letGo, closing } = await committing();
  const [session] = [...server.sessions];
  expect(session?.abort()).toBe(false);
  letGo();
  expect(await closing).toMatchObject({ error: null });
  expect(session?.abort()).toBe(false);
});

test('a connection whose transfer is over closes where an operator ends it, and nothing has failed', async () => {
  const { server, client, closing, letGo, ended } = await committing();
  letGo();
  await closing;
  const [session] = [...server.sessions];
  await client.ask(say.command('end', { transferID: client.transferID }));
  expect(session?.abort()).toBe(true);
  expect(await client.closed).toEqual({ code: 1000, reason: '' });
  expect(await ended()).toMatchObject({ fate: 'completed', failure: null });
});

describe('a server that stops lets its client end a push that is committed', () => {
  test.each(['closing.settling', 'closing.settled', 'closing.leaving', 'ended'])('%s', async (state) => {
    let stopped: Promise<void> | undefined;
    const { admin, token, server, ended } = await smallServer({
      onSessionStart({ actor }) {
        actor.subscribe(({ context }) => {
          if (context.state === state) stopped ??= server.close();
        });
      },
    });
    const from = createMemoryStore(smallContent).source();
    await createTransfer({ from, to: admin, toToken: token }).done;
    expect(stopped).toBeDefined();
    await stopped;
    expect(await ended()).toMatchObject({ fate: 'completed' });
  });

  test('for five seconds', async () => {
    const clock = new TestClock();
    const { server, client, letGo, closing } = await committing(null, { clock });
    const stopped = server.close();
    letGo();
    expect(await closing).toMatchObject({ error: null });
    expect((await client.ask(say.action('getMetadata'))).error).toBeNull();
    clock.increment(4999);
    expect((await client.ask(say.action('getMetadata'))).error).toBeNull();
    clock.increment(1);
    expect(await client.closed).toEqual({ code: 1001, reason: 'SERVER_STOPPED' });
    await stopped;
  });
});
