import { on, once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { connect, type Socket } from 'node:net';
import { describe, expect, it } from 'vitest';
import type { Authenticate, Identity, Refusal } from '../../../src/server/authentication.js';
import type { Session } from '../../../src/server/session.js';
import { createMemoryTokenStore } from '../../../src/server/tokens.js';
import { attachTransferServer, type TransferServerOptions } from '../../../src/server/transfer-server.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { cleanUps } from '../../support/clean-ups.js';
import { openRaw, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { settled, TestClock } from '../../support/test-clock.js';
import { runServer } from '../../support/transfer-servers.js';
import { open, pull } from '../../support/upgrades.js';

const bare = { metadata: null, schemas: null, entities: [], assets: [], links: [], configuration: [] };
const titles = ({ entities }: { readonly entities: readonly { readonly data: unknown }[] }) =>
  entities.length;

/** A server whose clients are let in by `authenticate` alone, until the end of the test. */
async function serve(options: Partial<TransferServerOptions>) {
  const errors: unknown[] = [];
  const store = createMemoryStore(smallContent);
  const stores = options.stores === undefined ? { source: store.source, destination: store.destination } : {};
  const running = await runServer({
    ...{
      ...stores,
      tokens: undefined,
      tokenSalt: undefined,
      onError: (error: unknown) => errors.push(error),
    },
    ...options,
  });
  cleanUps.push(() => running.close());
  const client = async (direction: 'push' | 'pull', token = 'anna') => {
    const raw = await openRaw(running.runner + direction, token);
    cleanUps.push(() => raw.socket.terminate());
    return raw;
  };
  const upgrade = (token?: string) => open(`${running.runner}pull`, token);
  return { ...running, store, errors, client, upgrade };
}

/** Who shows a name is let in under it: `anna@north` works on the content of `north`. */
const byName: Authenticate = (_request, _direction, { secret = '' }) => {
  const [name = '', tenant] = secret.split('@');
  return name === 'nobody' ? { code: 'UNAUTHORIZED' } : { name, tenant };
};

/** A hook that fails only when it is let go, and what its signal has said until then. */
function hanging() {
  const aborted: string[] = [];
  let letGo = () => {};
  let begin = () => {};
  let giveUp = () => {};
  const goes = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const givenUp = new Promise<void>((resolve) => {
    giveUp = resolve;
  });
  async function hang(signal: AbortSignal): Promise<never> {
    begin();
    signal.addEventListener('abort', () => {
      aborted.push('aborted');
      giveUp();
    });
    await goes;
    throw new Error('too late to matter');
  }
  return { hang, begun, givenUp, aborted, letGo: () => letGo() };
}

describe('authenticate', () => {
  it('decides who a client is; its session works on the stores that are chosen for it', async () => {
    const stores = { north: createMemoryStore(bare), south: createMemoryStore(bare) };
    const asked: unknown[] = [];
    const { admin, ended } = await serve({
      authenticate: byName,
      async stores(asker) {
        asked.push(asker);
        return stores[asker.tenant as 'north' | 'south'];
      },
    });
    const from = createMemoryStore({ ...smallContent, schemas: null }).source();
    await createTransfer({ from, to: admin, toToken: 'anna@north' }).done;
    expect(titles(stores.north.content())).toBeGreaterThan(0);
    expect(titles(stores.south.content())).toBe(0);
    const { id, ...who } = asked.at(-1) as { id: string };
    expect(who).toEqual({ direction: 'push', name: 'anna', tenant: 'north', address: '127.0.0.1' });
    expect(await ended()).toMatchObject({ id, name: 'anna', tenant: 'north', fate: 'completed' });

    const to = createMemoryStore(bare);
    await createTransfer({ from: admin, fromToken: 'ben@south', to: to.destination() }).done;
    expect(titles(to.content())).toBe(0);
  });

  it.each<readonly [Refusal, number, string, string]>([
    [{ code: 'UNAUTHORIZED' }, 401, 'Missing or invalid credentials', 'UNAUTHORIZED'],
    [{ code: 'UNAUTHORIZED', expired: true }, 401, 'Token expired', 'TOKEN_EXPIRED'],
    [{ code: 'FORBIDDEN' }, 403, 'Forbidden', 'FORBIDDEN'],
    [{ code: 'NOT_FOUND' }, 404, 'Not Found', 'NOT_FOUND'],
    [{ code: 'TOO_MANY_ATTEMPTS' }, 429, 'Too Many Requests', 'TOO_MANY_ATTEMPTS'],
    [{ code: 'SERVER_FAILED' }, 500, 'Internal Server Error', 'SERVER_FAILED'],
    [
      { code: 'NO_TOKEN_SALT' },
      501,
      'The server configuration for data transfer is invalid. Please contact your server administrator.',
      'NO_TOKEN_SALT',
    ],
  ])(
    'refuses with %j in the words of a Strapi, which our client understands',
    async (refusal, status, message, code) => {
      const refused: unknown[] = [];
      const { admin, upgrade } = await serve({
        authenticate: async () => refusal,
        onRefused: (one) => refused.push(one),
      });
      const answer = await upgrade('any');
      expect(answer).toMatchObject({ status });
      expect(JSON.parse((answer as { body: string }).body)).toMatchObject({
        data: null,
        error: { status, message },
      });
      expect(refused).toEqual([{ direction: 'pull', code: refusal.code, address: '127.0.0.1' }]);
      const to = createMemoryStore().destination();
      await expect(createTransfer({ from: admin, fromToken: 'any', to }).done).rejects.toMatchObject({
        code,
      });
    },
  );

  it.each([
    ...[
      undefined,
      null,
      true,
      1,
      '',
      'anna',
      [],
      {},
      { name: '' },
      { name: ' ' },
      { name: 7 },
      { user: 'anna' },
    ],
    ...[
      { code: 'OK' },
      { code: 'toString' },
      { code: 7 },
      { code: null, name: 'anna' },
      { code: 'STORE_FAILED' },
    ],
    ...[
      { name: 'anna', tenant: '' },
      { name: 'anna', tenant: null },
      { name: 'anna', tenant: 7 },
    ],
    ...[{ name: 'anna', recheck: true }, { name: 'anna', recheck: null }, () => ({ name: 'anna' })],
  ])('lets no one in by answering %j', async (answer) => {
    const { errors, upgrade } = await serve({ authenticate: () => answer as never });
    expect(await upgrade('planted-secret')).toMatchObject({ status: 500 });
    expect(errors).toEqual([expect.objectContaining({ code: 'HOOK_UNFIT' })]);
    expect(String(errors[0])).not.toContain('planted-secret');
  });

  it('is asked for each upgrade alone where it says nothing of a recheck', async () => {
    let asked = 0;
    const { client } = await serve({
      authenticate() {
        asked += 1;
        return { name: 'anna' };
      },
    });
    const raw = await client('pull');
    await raw.ask(say.command('init'));
    await raw.ask(say.action('bootstrap'));
    expect(asked).toBe(1);
  });
});

/** A client that asks for an upgrade, on a socket of its own. */
function asking(admin: string): Socket {
  const peer = connect(Number(new URL(admin).port), '127.0.0.1').on('error', () => {});
  const names = ['Host: here', 'Connection: Upgrade', 'Upgrade: websocket', 'Authorization: Bearer anna'];
  const headers = [...names, 'Sec-WebSocket-Version: 13', 'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=='];
  peer.write(`GET ${pull} HTTP/1.1\r\n${headers.join('\r\n')}\r\n\r\n`);
  return peer;
}

it('what a client sends while a hook is asked about it is answered once it is let in', async () => {
  let letIn = (_: { name: string }) => {};
  let ask = (_: IncomingMessage) => {};
  const asked = new Promise<IncomingMessage>((resolve) => {
    ask = resolve;
  });
  const { admin } = await serve({
    authenticate(request) {
      ask(request);
      return new Promise((resolve) => {
        letIn = resolve;
      });
    },
  });
  const peer = asking(admin);
  const came = on(peer, 'data');
  const { socket } = await asked;
  const text = Buffer.from(JSON.stringify({ type: 'command', command: 'status', uuid: 'early' }));
  peer.write(Buffer.concat([Buffer.from([0x81, 0x80 | text.length, 0, 0, 0, 0]), text]));
  await once(socket, 'readable');
  letIn({ name: 'anna' });
  let answer = '';
  for await (const [bytes] of came) {
    answer += String(bytes);
    if (answer.includes('"early"')) break;
  }
  expect(answer).toMatch(/^HTTP\/1\.1 101 [\s\S]*"uuid":"early"/);
  peer.destroy();
});

type Hang = (signal: AbortSignal) => Promise<never>;
const hooks: Readonly<Record<string, (hang: Hang) => Partial<TransferServerOptions>>> = {
  authenticate: (hang) => ({ authenticate: (_request, _direction, { signal }) => hang(signal) }),
  stores: (hang) => ({ authenticate: byName, stores: (_asker, signal) => hang(signal) }),
};

describe.each(Object.entries(hooks))('%s that hangs', (name, setting) => {
  it('is refused with 500 after hookTimeout, and the operator hears which hook it was', async () => {
    const clock = new TestClock();
    const { hang, begun, aborted, letGo } = hanging();
    const { errors, upgrade, server } = await serve({
      ...setting(hang),
      clock,
      limits: { hookTimeout: 3000 },
    });
    const answer = upgrade('anna');
    await begun;
    await clock.pass(3000, 1000);
    expect(await answer).toMatchObject({ status: 500 });
    const late = expect.objectContaining({ code: 'HOOK_TIMED_OUT', details: { hook: name, ms: 3000 } });
    expect([errors, aborted]).toEqual([[late], ['aborted']]);
    letGo();
    await settled();
    expect([errors.length, server.sessions.size]).toEqual([1, 0]);
  });

  it('is told where connections that show no token have less time than it', async () => {
    const clock = new TestClock();
    const { hang, begun } = hanging();
    const limits = { hookTimeout: 3000, tokenTimeout: 3000 };
    const { errors, upgrade } = await serve({ ...setting(hang), clock, limits, exclusive: true });
    const answer = upgrade('anna');
    await begun;
    await clock.pass(3000, 1000);
    expect(await answer).toMatchObject({ status: 500 });
    expect(errors).toEqual([expect.objectContaining({ code: 'HOOK_TIMED_OUT' })]);
  });

  it.each([
    ['cuts the line', (peer: Socket) => peer.resetAndDestroy()],
    ['ends its side of the line', (peer: Socket) => peer.end()],
  ])('is given up when its client %s', async (_, leave) => {
    const clock = new TestClock();
    const { hang, begun, givenUp } = hanging();
    const { errors, admin } = await serve({ ...setting(hang), clock });
    const peer = asking(admin);
    await begun;
    leave(peer);
    await givenUp;
    await settled();
    expect([errors, clock.pending]).toEqual([[], []]);
    peer.destroy();
  });

  it('holds up no close of the server', async () => {
    const { hang, begun, aborted } = hanging();
    const { upgrade, server } = await serve({ ...setting(hang), clock: new TestClock() });
    const answer = upgrade('anna');
    await begun;
    await server.close();
    expect(await answer).toMatchObject({ status: 404 });
    expect(aborted).toEqual(['aborted']);
  });
});

describe('stores', () => {
  it.each([undefined, null, 'folder', [], { source: 'folder' }, { destination: null }, () => ({})])(
    'that answer %j are a fault of the server’s own',
    async (answer) => {
      const { errors, upgrade } = await serve({ authenticate: byName, stores: () => answer as never });
      expect(await upgrade('anna')).toMatchObject({ status: 500 });
      expect(errors).toEqual([expect.objectContaining({ code: 'HOOK_UNFIT' })]);
    },
  );

  it('are not chosen for a client that is not let in, nor where nothing is served', async () => {
    let chosen = 0;
    const stores = () => {
      chosen += 1;
      return {};
    };
    const closed = await serve({ authenticate: byName, stores, enabled: false });
    expect(await closed.upgrade('anna')).toMatchObject({ status: 404 });
    const { upgrade } = await serve({ authenticate: byName, stores });
    expect(await upgrade('nobody')).toMatchObject({ status: 401 });
    expect(chosen).toBe(0);
  });

  it('may lack a direction for one client: its init is answered so', async () => {
    const { client } = await serve({ authenticate: byName, stores: () => ({}) });
    const { error } = await (await client('push')).ask(say.command('init'));
    expect(error?.message).toContain('This server takes no push');
  });
});

describe('recheck', () => {
  type Recheck = NonNullable<Identity['recheck']>;
  async function begun(recheck: Recheck, more: Partial<TransferServerOptions> = {}) {
    let isOver = false;
    const served = await serve({
      authenticate: () => ({ name: 'anna', recheck: (signal) => (isOver ? recheck(signal) : null) }),
      ...more,
    });
    const raw = await served.client('push');
    await raw.ask(say.command('init'));
    await raw.ask(say.action('bootstrap'));
    await raw.ask(say.action('beforeTransfer'));
    isOver = true;
    return { ...served, raw };
  }

  it.each([
    ['UNAUTHORIZED', 'Token not found'],
    ['FORBIDDEN', 'Forbidden access'],
  ] as const)('that answers %s has no further message taken', async (code, words) => {
    const { raw, store, ended } = await begun(async () => ({ code }));
    expect((await raw.ask(say.step('start', 'links'))).error?.message).toBe(words);
    raw.socket.close();
    expect(await ended()).toMatchObject({ failure: code });
    expect(store.content()).toEqual(smallContent);
  });

  it.each([undefined, true, false, {}, 'FORBIDDEN', { code: 'NOT_FOUND' }, { code: 'OK' }])(
    'that answers %j ends the session: no one goes on by mistake',
    async (answer) => {
      const { raw, errors, ended } = await begun(() => answer as never);
      raw.send({ uuid: 'u', ...say.action('getMetadata') });
      await raw.closed;
      expect(await ended()).toMatchObject({ failure: 'UNEXPECTED' });
      expect(errors).toEqual([expect.objectContaining({ code: 'HOOK_UNFIT' })]);
    },
  );

  it('that hangs ends the session after hookTimeout, and leaves nothing running', async () => {
    const clock = new TestClock();
    const { hang, aborted } = hanging();
    const { raw, errors, ended, server } = await begun(hang, { clock, limits: { hookTimeout: 3000 } });
    raw.send({ uuid: 'u', ...say.action('getMetadata') });
    await raw.settled();
    await clock.pass(3000, 1000);
    await raw.closed;
    expect(await ended()).toMatchObject({ failure: 'UNEXPECTED', fate: 'begun' });
    expect(errors).toEqual([expect.objectContaining({ code: 'HOOK_TIMED_OUT' })]);
    expect([aborted, server.sessions.size, clock.pending]).toEqual([['aborted'], 0, []]);
  });

  it('that hangs is given up when its session is aborted, and is no fault', async () => {
    const { hang, aborted } = hanging();
    const { raw, errors, ended, server } = await begun(hang);
    raw.send({ uuid: 'u', ...say.action('getMetadata') });
    await raw.settled();
    for (const session of server.sessions) expect(session.abort()).toBe(true);
    expect(await ended()).toMatchObject({ failure: 'ABORTED' });
    await settled();
    expect([aborted, errors]).toEqual([['aborted'], []]);
  });
});

describe('a session', () => {
  it('is told when it starts, is listed while it is open, and is told when it ends', async () => {
    const started: Session[] = [];
    const before = Date.now();
    const { client, server, ended } = await serve({
      authenticate: byName,
      onSessionStart: (session) => started.push(session),
    });
    const raw = await client('push', 'anna@north');
    const init = await raw.ask(say.command('init'));
    expect(init.error).toBeNull();
    const [session] = started as [Session];
    expect([...server.sessions]).toEqual(started);
    const { id, direction, name, tenant, address, startedAt } = session;
    expect({ direction, name, tenant, address }).toEqual({
      ...{ direction: 'push', name: 'anna', tenant: 'north', address: '127.0.0.1' },
    });
    expect(startedAt).toBeGreaterThanOrEqual(before);
    expect(session.counts()).toEqual({});
    await raw.ask(say.action('bootstrap'));
    await raw.ask(say.action('beforeTransfer'));
    await raw.ask(say.step('start', 'links'));
    await raw.ask(say.step('stream', 'links', smallContent.links.slice(0, 2)));
    expect(session.counts()).toEqual({ links: { items: 2, bytes: 0 } });
    raw.socket.close();
    expect(await ended()).toMatchObject({ id, startedAt, counts: { links: { items: 2 } }, fate: 'begun' });
    expect(server.sessions.size).toBe(0);
  });

  it('is stopped with words that its client is told; what it has not committed is undone', async () => {
    const { client, store, server, ended } = await serve({ authenticate: byName });
    const raw = await client('push');
    await raw.ask(say.command('init'));
    await raw.ask(say.action('bootstrap'));
    await raw.ask(say.action('beforeTransfer'));
    const [session] = [...server.sessions];
    expect(session?.abort('the wrong site; ask Ben')).toBe(true);
    expect(session?.abort()).toBe(false);
    expect(await raw.closed).toEqual({ code: 1001, reason: 'ABORTED: the wrong site; ask Ben' });
    expect(await ended()).toMatchObject({ failure: 'ABORTED' });
    expect(store.content()).toEqual(smallContent);
  });

  it('tells the words to the person who runs the transfer', async () => {
    const { admin } = await serve({
      authenticate: byName,
      onSessionStart: (session) => void session.abort('maintenance'),
    });
    const to = createMemoryStore().destination();
    await expect(createTransfer({ from: admin, fromToken: 'anna', to }).done).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      message: expect.stringContaining('ABORTED: maintenance'),
    });
  });

  it.each([
    ['nothing', '', 'ABORTED'],
    ['blanks', '  \n ', 'ABORTED'],
    ['lines and control characters', 'a\r\nb\u001b[2Jc', 'ABORTED: a b [2Jc'],
    ['more than a close frame holds', 'x'.repeat(500), `ABORTED: ${'x'.repeat(114)}`],
    ['more than it holds, in long characters', '€'.repeat(100), `ABORTED: ${'€'.repeat(38)}`],
  ])('that is stopped with %s closes with as much as fits', async (_, words, reason) => {
    const { client } = await serve({
      authenticate: byName,
      onSessionStart: (session) => void session.abort(words),
    });
    expect(await (await client('pull')).closed).toEqual({ code: 1001, reason });
  });
});

it('an address is what the trusted proxies say, in sessions, refusals and hooks', async () => {
  const seen: string[] = [];
  let start = () => {};
  const started = new Promise<void>((resolve) => {
    start = resolve;
  });
  const { runner, server, ended } = await serve({
    trustedProxies: ['127.0.0.1'],
    authenticate(...asked) {
      seen.push(asked[2].address);
      return byName(...asked);
    },
    stores({ address }) {
      seen.push(address);
      return {};
    },
    onSessionStart({ address }) {
      seen.push(address);
      start();
    },
    onRefused: ({ address }) => seen.push(address),
  });
  const headers = { 'X-Forwarded-For': '1.1.1.1, 203.0.113.9' };
  expect(await open(`${runner}pull`, 'nobody', headers)).toMatchObject({ status: 401 });
  const opened = open(`${runner}pull`, 'anna', headers);
  await started;
  for (const session of server.sessions) session.abort();
  expect(await opened).toBe('closed with 1001');
  expect(await ended()).toMatchObject({ address: '203.0.113.9' });
  expect(new Set(seen)).toEqual(new Set(['203.0.113.9']));
});

it.each<readonly [string, Partial<TransferServerOptions>]>([
  ['nothing that says who is let in', {}],
  ['tokens and authenticate', { tokens: createMemoryTokenStore(), authenticate: byName }],
  ['stores and a source', { authenticate: byName, stores: () => ({}), source: createMemoryStore().source }],
  [
    'stores and a destination',
    { authenticate: byName, stores: () => ({}), destination: createMemoryStore().destination },
  ],
  ['a proxy that is no address', { authenticate: byName, trustedProxies: ['proxy'] }],
  ['a time that no timer can hold', { authenticate: byName, limits: { hookTimeout: 2 ** 31 } }],
])('a server with %s is refused', (_, options) => {
  expect(() => attachTransferServer({} as never, options)).toThrow(
    expect.objectContaining({ code: 'INVALID_OPTION' }),
  );
});
