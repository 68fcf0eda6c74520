import { describe, expect, it } from 'vitest';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import type { TransferServerOptions } from '../../../src/server/transfer-server.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { cleanUps } from '../../support/clean-ups.js';
import { asset, openRaw, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

/** What an embedder's code may well say when it fails. */
const reason = 'connect ECONNREFUSED postgres://cms:secret@10.0.0.7 from /srv/cms (pid 4711)';
const secret = /postgres|10\.0\.0\.7|\/srv|pid 4711/;

type Fault = (...parameters: readonly unknown[]) => never;
const faults: Record<string, Fault> = {
  throws: () => {
    throw new Error(reason);
  },
  rejects: (() => Promise.reject(new Error(reason))) as Fault,
  'throws no error': () => {
    throw reason;
  },
};

/** A function that answers at once does not reject. */
const raise = (fault: Fault): never => {
  throw fault === faults['rejects'] ? new Error(reason) : fault();
};

/** What gives an iterable rejects when it is iterated. */
const iterated = (fault: Fault): Fault =>
  async function* () {
    yield* [];
    await fault();
  } as unknown as Fault;

const memory = createMemoryStore(smallContent);
const changed = <T extends object>(value: T, name: string, fault: Fault): T => ({ ...value, [name]: fault });

const source = (name: string, fault: Fault): Partial<TransferServerOptions> => ({
  source: () => changed(memory.source(), name, fault),
});
const destination = (name: string, fault: Fault): Partial<TransferServerOptions> => ({
  destination: () => changed(createMemoryStore(smallContent).destination(), name, fault),
});
const writer = (name: string, fault: Fault): Partial<TransferServerOptions> => ({
  destination() {
    const inner = createMemoryStore().destination();
    return {
      ...inner,
      rowWriter: async (step) => changed(await inner.rowWriter(step), name, fault),
      assetWriter: async () => changed(await inner.assetWriter(), name, fault),
    };
  },
});

type Setting = (fault: Fault) => Partial<TransferServerOptions>;
type Way = 'push' | 'pull';

const each = (
  names: string,
  setting: (name: string, fault: Fault) => Partial<TransferServerOptions>,
  of: string,
) => names.split(' ').map((name): [string, Setting] => [`${of}.${name}`, (fault) => setting(name, fault)]);

/** Everything of an embedder's that a session calls. */
const callbacks: Record<Way, readonly [string, Setting][]> = {
  pull: [
    ['source', (fault) => ({ source: fault })],
    ...each('open metadata schemas close', source, 'source'),
    ...each('rows rowTexts assets', (name, fault) => source(name, iterated(fault)), 'source'),
    ['source.totals', (fault) => source('totals', () => raise(fault))],
    [
      'asset.stream',
      (fault) => ({
        source() {
          const inner = memory.source();
          return {
            ...inner,
            async *assets() {
              for await (const one of inner.assets()) yield changed(one, 'stream', iterated(fault));
            },
          };
        },
      }),
    ],
    ['inspect', (fault) => ({ inspect: fault })],
    ['inspect.next', (fault) => ({ inspect: { next: fault } })],
    ['onSessionStart', (fault) => ({ onSessionStart: fault })],
    ['onSessionEnd', (fault) => ({ onSessionEnd: fault })],
  ],
  push: [
    ['destination', (fault) => ({ destination: fault })],
    ...each('open metadata schemas prepare rowWriter assetWriter commit close', destination, 'destination'),
    ...each('write end', writer, 'writer'),
    ['onSessionStart', (fault) => ({ onSessionStart: fault })],
    ['onSessionEnd', (fault) => ({ onSessionEnd: fault })],
  ],
};

/** Asks everything of its direction, in order, whatever is answered; all that the server said, and how it ended. */
async function transfer(way: Way, url: string, token: string): Promise<string> {
  const client = await openRaw(url, token);
  cleanUps.push(() => client.socket.terminate());
  const ask = (message: object) => client.ask(message).catch(() => null);
  await ask(say.command('init'));
  for (const action of ['bootstrap', 'getMetadata', 'getSchemas']) await ask(say.action(action));
  if (way === 'push') await ask(say.action('beforeTransfer', {}));
  for (const step of ['entities', 'assets'] as const) {
    const { error } = (await ask(say.step('start', step))) ?? {};
    if (error === null && way === 'pull') {
      for (let ended = false; !ended; ) {
        const batch = await client.batch().catch(() => null);
        if (batch === null) break;
        client.confirm(batch);
        ended = batch.ended;
      }
    }
    const rows =
      step === 'assets' ? [asset.start('a', 'a', 0), asset.end('a')] : smallContent.entities.slice(0, 1);
    if (error === null && way === 'push') await ask(say.step('stream', step, rows));
    await ask(say.step('end', step));
  }
  await ask(say.action('close'));
  client.socket.close();
  return JSON.stringify([client.frames, await client.closed]);
}

describe.each(Object.keys(callbacks) as Way[])('in a %s', (way) => {
  describe.each(callbacks[way])('%s that fails', (name, setting) => {
    it.each(Object.entries(faults))(
      'and %s ends no process; the operator hears why, the client does not',
      async (_, fault) => {
        const errors: unknown[] = [];
        const stores = {
          source: () => memory.source(),
          destination: () => createMemoryStore().destination(),
        };
        const running = await runServer({
          ...stores,
          ...setting(fault),
          onError: (error) => errors.push(error),
        });
        cleanUps.push(() => running.close());
        const said = await transfer(way, running.runner + way, running.token);
        await running.server.close();
        expect(said).not.toMatch(secret);
        expect(running.server.sessions.size).toBe(0);
        expect(errors.map(told).join('\n'), name).toContain(reason);
      },
    );
  });
});

/** With what caused it. */
function told(error: unknown): string {
  return error instanceof Error ? `${error.message} ${told(error.cause)}` : String(error);
}

const tokenCallbacks: readonly [string, (fault: Fault) => Partial<TransferServerOptions>][] = [
  ['tokenSalt', (fault) => ({ tokenSalt: fault })],
  ['tokens.findByHash', (fault) => ({ tokens: changed(createMemoryTokenStore(), 'findByHash', fault) })],
  ['authenticate', (fault) => ({ tokens: undefined, authenticate: fault })],
  ['stores', (fault) => ({ tokens: undefined, authenticate: () => ({ name: 'a client' }), stores: fault })],
  ['onRefused', (fault) => ({ onRefused: fault })],
];

describe.each(tokenCallbacks)('before a session, %s that fails', (_, setting) => {
  it.each(Object.entries(faults))(
    'and %s leads to a refusal, and the operator hears why',
    async (_, fault) => {
      const errors: unknown[] = [];
      const running = await runServer({ ...setting(fault), onError: (error) => errors.push(error) });
      cleanUps.push(() => running.close());
      const { closed } = await openRaw(`${running.runner}pull`, 'wrong');
      expect(await closed).toMatchObject({ code: 1006 });
      expect(errors.map(told).join('\n')).toContain(reason);
    },
  );
});

it.each(Object.entries(faults))('an onError that %s ends nothing', async (_, fault) => {
  const running = await runServer({ tokenSalt: fault, onError: fault });
  cleanUps.push(() => running.close());
  const { closed } = await openRaw(`${running.runner}pull`, 'wrong');
  expect(await closed).toMatchObject({ code: 1006 });
});

it.each(Object.entries(faults))(
  'tokens whose use cannot be noted, since that %s, count all the same',
  async (_, fault) => {
    const store = createMemoryTokenStore();
    const running = await runServer({
      source: () => memory.source(),
      tokens: changed(store, 'touch', fault),
    });
    cleanUps.push(() => running.close());

    const { accessKey } = await createTokens({ store, salt: 'salt' }).create({ scopes: ['pull'] });
    const client = await openRaw(`${running.runner}pull`, accessKey);
    expect(await client.ask(say.command('init'))).toMatchObject({ error: null });
  },
);

it.each(Object.entries(faults))(
  'tokens that can be read no more, since that %s, end a session',
  async (_, fault) => {
    const errors: unknown[] = [];
    const inner = createMemoryTokenStore();
    let isReadable = true;
    const store = { ...inner, get: (id: string) => (isReadable ? inner.get(id) : fault()) };
    const running = await runServer({
      source: () => memory.source(),
      tokens: store,
      onError: (error) => errors.push(error),
    });
    cleanUps.push(() => running.close());

    const { accessKey } = await createTokens({ store, salt: 'salt' }).create({ scopes: ['pull'] });
    const client = await openRaw(`${running.runner}pull`, accessKey);
    isReadable = false;
    client.send({ uuid: 'u', ...say.command('init') });
    await client.closed;
    expect(errors.map(told).join('\n')).toContain(reason);
  },
);
