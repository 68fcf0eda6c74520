import { describe, expect, it } from 'vitest';
import { createMemoryTokenStore, createTokens, type TokenRecord } from '../../../src/server/tokens.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { cleanUps } from '../../support/clean-ups.js';
import { openRaw, say } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';

const megabyte = 1024 * 1024;
const content = {
  ...smallContent,
  assets: [{ filename: 'big.bin', metadata: {}, bytes: new Uint8Array(8 * megabyte) }],
};

/** What can end a token, told as what its store then holds. */
const endings: Record<string, (record: TokenRecord) => readonly TokenRecord[]> = {
  'was revoked': () => [],
  'has expired': (record) => [{ ...record, expiresAt: '2020-01-01T00:00:00.000Z' }],
  'permits the other direction alone': (record) => [{ ...record, scopes: [] }],
};

async function serve(ending: (record: TokenRecord) => readonly TokenRecord[]) {
  const store = createMemoryStore(content);
  const inner = createMemoryTokenStore();
  let isOver = false;
  const tokens = {
    ...inner,
    async get(id: string) {
      const record = await inner.get(id);
      if (record === null || !isOver) return record;
      return ending({ ...record, lastUsedAt: null })[0] ?? null;
    },
  };
  const running = await runServer({ source: store.source, destination: store.destination, tokens });
  cleanUps.push(() => running.close());
  const { accessKey } = await createTokens({ store: inner, salt: 'salt' }).create({
    scopes: ['push', 'pull'],
  });
  return {
    running,
    store,
    open: (way: 'push' | 'pull') => openRaw(running.runner + way, accessKey),
    end() {
      isOver = true;
    },
  };
}

describe.each(Object.entries(endings))('a token that %s', (_, ending) => {
  it('gets no further batch of the stage that it pulls', async () => {
    const { running, open, end } = await serve(ending);
    const client = await open('pull');
    await client.ask(say.command('init'));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.step('start', 'assets'));
    const batch = await client.batch();
    end();
    client.confirm(batch);
    expect((await client.closed).code).toBeOneOf([4401, 4403]);
    await expect(client.batch()).rejects.toThrow('closed');
    expect(await running.ended()).toMatchObject({ failure: expect.stringMatching(/UNAUTHORIZED|FORBIDDEN/) });
  });

  it('has no further batch of its push taken, and what stood there stays', async () => {
    const { running, store, open, end } = await serve(ending);
    const client = await open('push');
    await client.ask(say.command('init'));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.action('beforeTransfer'));
    await client.ask(say.step('start', 'links'));
    const rows = smallContent.links.slice(0, 1);
    expect((await client.ask(say.step('stream', 'links', rows))).error).toBeNull();
    end();
    const { error } = await client.ask(say.step('stream', 'links', rows));
    expect(error?.message).toMatch(/Token not found|Forbidden access/);
    expect((await client.ask(say.action('close'))).error).not.toBeNull();
    client.socket.close();
    await running.ended();
    expect(store.content()).toEqual(content);
  });
});
