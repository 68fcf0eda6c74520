import { createHmac } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createMemoryTokenStore, createTokens, type TokenRecord } from '../../../src/server/tokens.js';

const salt = 'a salt';
const start = Date.parse('2026-11-23T10:00:00.000Z');

function setUp({ tokenSalt = salt as string | undefined } = {}) {
  let now = start;
  const store = createMemoryTokenStore();
  const tokens = createTokens({ store, salt: tokenSalt, now: () => now });
  return { store, tokens, pass: (ms: number) => (now += ms) };
}

describe('tokens', () => {
  it('keeps of an access key of 128 bytes only its HMAC-SHA512 under the salt, as Strapi does', async () => {
    const { store, tokens } = setUp();
    const { record, accessKey } = await tokens.create({ scopes: ['push'] });
    expect(accessKey).toMatch(/^[0-9a-f]{256}$/);
    expect(record.hash).toBe(createHmac('sha512', salt).update(accessKey).digest('hex'));
    expect(JSON.stringify(await store.list())).not.toContain(accessKey);
  });

  it('finds a token by its access key among others, and by nothing else', async () => {
    const { tokens } = setUp();
    const made = [];
    for (const name of ['a', 'b', 'c']) made.push(await tokens.create({ name, scopes: ['pull'] }));
    for (const { record, accessKey } of made) {
      expect(await tokens.find(accessKey)).toEqual(record);
      expect(await tokens.find(accessKey.slice(1))).toBeNull();
      expect(await tokens.find(record.hash)).toBeNull();
    }
    expect(await tokens.find('')).toBeNull();
  });

  it('takes a stored hash that is no hash for a token that nobody has', async () => {
    const { store, tokens } = setUp();
    const { record, accessKey } = await tokens.create({ scopes: ['pull'] });
    await store.add({ ...record, id: 'empty', hash: '' });
    await store.add({ ...record, id: 'zeros', hash: 'zz' });
    await store.remove(record.id);
    expect(await tokens.find(accessKey)).toBeNull();
    expect(await tokens.find('')).toBeNull();
  });

  it('takes no token whose hash is only alike, whatever its store finds', async () => {
    const { store, tokens } = setUp();
    const { record, accessKey } = await tokens.create({ scopes: ['pull'] });
    for (const hash of [
      `${record.hash.slice(0, -1)}g`,
      record.hash.slice(0, -2),
      `${record.hash}00`,
      '',
      'zz',
    ]) {
      store.findByHash = async () => ({ ...record, hash });
      expect(await tokens.find(accessKey), hash).toBeNull();
    }
    store.findByHash = async () => record;
    expect(await tokens.find(accessKey.replace(/^./, (first) => (first === '0' ? '1' : '0')))).toBeNull();
    expect(await tokens.find(accessKey)).toEqual(record);
  });

  it('asks its store for one token at each check, and for all of them never', async () => {
    const { store, tokens } = setUp();
    const { accessKey, record } = await tokens.create({ scopes: ['pull'] });
    store.list = () => Promise.reject(new Error('too many to list'));
    expect((await tokens.check(accessKey, 'pull')).ok).toBe(true);
    expect((await tokens.recheck(record, 'pull')).ok).toBe(true);
  });

  it('does not take the answer of its store for another id', async () => {
    const { store, tokens } = setUp();
    const { record } = await tokens.create({ scopes: ['pull'] });
    store.get = async () => record;
    expect(await tokens.recheck({ id: 'another', hash: record.hash }, 'pull')).toMatchObject({ ok: false });
  });

  it.each([
    [['push'], 'push', 'ok'],
    [['push'], 'pull', 'FORBIDDEN'],
    [['pull'], 'pull', 'ok'],
    [['pull'], 'push', 'FORBIDDEN'],
    [['push', 'pull'], 'pull', 'ok'],
  ] as const)('answers a token for %j that wants to %s with %s', async (scopes, wanted, expected) => {
    const { tokens } = setUp();
    const { accessKey, record } = await tokens.create({ scopes });
    for (const check of [await tokens.check(accessKey, wanted), await tokens.recheck(record, wanted)])
      expect(check.ok ? 'ok' : check.code).toBe(expected);
  });

  it('stops at the moment of its expiry', async () => {
    const { tokens, pass } = setUp();
    const { accessKey, record } = await tokens.create({ scopes: ['pull'], lifespanMs: 1000 });
    expect(record.expiresAt).toBe('2026-11-23T10:00:01.000Z');
    pass(999);
    expect((await tokens.check(accessKey, 'pull')).ok).toBe(true);
    pass(1);
    const over = { ok: false, code: 'UNAUTHORIZED', expired: true };
    expect(await tokens.check(accessKey, 'pull')).toEqual(over);
    expect(await tokens.recheck(record, 'pull')).toEqual(over);
  });

  it('stops when it is revoked, in a session that has begun too', async () => {
    const { tokens } = setUp();
    const { accessKey, record } = await tokens.create({ name: 'mine', scopes: ['pull'] });
    expect(await tokens.revoke('mine')).toEqual(record);
    expect(await tokens.check(accessKey, 'pull')).toEqual({ ok: false, code: 'UNAUTHORIZED' });
    expect(await tokens.recheck(record, 'pull')).toEqual({ ok: false, code: 'UNAUTHORIZED' });
    expect(await tokens.revoke('mine')).toBeNull();
  });

  it('does not take another token of the same id for the one that a session began with', async () => {
    const { store, tokens } = setUp();
    const { record } = await tokens.create({ scopes: ['pull'] });
    const other: TokenRecord = { ...record, hash: '0'.repeat(128) };
    await store.add(other);
    expect(await tokens.recheck(record, 'pull')).toEqual({ ok: false, code: 'UNAUTHORIZED' });
  });

  it('notes when it was used, and lets the user in where that cannot be noted', async () => {
    const { store, tokens, pass } = setUp();
    const { accessKey } = await tokens.create({ scopes: ['pull'] });
    pass(5000);
    await tokens.check(accessKey, 'pull');
    expect((await tokens.list())[0]?.lastUsedAt).toBe('2026-11-23T10:00:05.000Z');
    store.touch = () => Promise.reject(new Error('read-only'));
    expect((await tokens.check(accessKey, 'pull')).ok).toBe(true);
  });

  it.each([undefined, ''])('says that there is no salt where it is %j', async (tokenSalt) => {
    const tokens = createTokens({ store: createMemoryTokenStore(), salt: tokenSalt });
    expect(await tokens.check('anything', 'pull')).toEqual({ ok: false, code: 'NO_TOKEN_SALT' });
    await expect(tokens.create({ scopes: ['pull'] })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it.each([
    ['no scope', { scopes: [] }],
    ['an empty name', { scopes: ['pull'], name: ' ' }],
    ['no time to live', { scopes: ['pull'], lifespanMs: 0 }],
    ['a lifespan that is no number', { scopes: ['pull'], lifespanMs: Number.NaN }],
    ['an end that no date can name', { scopes: ['pull'], lifespanMs: 1e18 }],
  ] as const)('refuses to create a token with %s', async (_, token) => {
    await expect(setUp().tokens.create(token)).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('gives no two tokens one name, so that a name says which to revoke', async () => {
    const { store, tokens } = setUp();
    const { record } = await tokens.create({ name: 'mine', scopes: ['pull'] });
    for (const name of ['mine', record.id])
      await expect(tokens.create({ name, scopes: ['pull'] })).rejects.toMatchObject({
        code: 'INVALID_OPTION',
      });
    // Two processes may do it at the same time.
    await store.add({ ...record, id: 'other' });
    await expect(tokens.revoke('mine')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
    expect(await tokens.revoke('other')).toMatchObject({ id: 'other' });
  });
});
