import { describe, expect, test } from 'vitest';
import type { TokenRow, TokenRows } from '../../../src/strapi/plugin/token-rows.js';
import { createStrapiTokens } from '../../../src/strapi/plugin/tokens.js';
import type { Strapi } from '../../../src/strapi/strapi.js';
import { settled } from '../../support/test-clock.js';

const row = {
  id: 7,
  name: 'nightly',
  hash: 'ab12',
  createdAt: '2026-01-01T00:00:00.000Z',
  expiresAt: null,
  lastUsedAt: null,
  actions: ['pull', 'push', 'something new'],
};

/** A Strapi whose tokens are one row, and what it was asked. */
function strapiWith(stored: TokenRow | null) {
  const asked: unknown[] = [];
  const rows: TokenRows = {
    async find(by, value) {
      asked.push({ [by]: value });
      return stored;
    },
  };
  const query = { update: async (options: object) => asked.push(options) };
  const strapi = { db: { query: () => query } } as unknown as Strapi;
  return { asked, ...createStrapiTokens(strapi, rows) };
}

test('a row of Strapi’s is a token, with the scopes that Ferry knows', async () => {
  const { store, asked } = strapiWith(row);
  const token = {
    ...{ id: '7', name: 'nightly', hash: 'ab12', scopes: ['push', 'pull'], expiresAt: null },
    createdAt: row.createdAt,
  };
  expect(await store.findByHash('ab12')).toEqual(token);
  expect(await store.get('7')).toEqual(token);
  expect(asked).toEqual([{ hash: 'ab12' }, { id: 7 }]);
  expect(await strapiWith(null).store.get('7')).toBeNull();
});

describe('the end of a token, as a driver gives it', () => {
  const end = '2026-12-01T00:00:00.000Z';
  test.each([[end], [new Date(end)], [Date.parse(end)]])('%o', async (expiresAt) => {
    expect(await strapiWith({ ...row, expiresAt }).store.get('7')).toMatchObject({ expiresAt: end });
  });

  test('one that cannot be read lets no one in', async () => {
    await expect(strapiWith({ ...row, expiresAt: 'some day' }).store.get('7')).rejects.toThrow();
  });
});

test.each([
  ['never used', null, 1],
  ['used 59 minutes ago', '2026-06-01T11:01:00.000Z', 0],
  ['used an hour ago', '2026-06-01T11:00:00.000Z', 1],
])('its use is noted once an hour: %s', async (_, lastUsedAt, updates) => {
  const { store, asked } = strapiWith({ ...row, lastUsedAt });
  await store.get('7');
  const [at, next] = ['2026-06-01T12:00:00.000Z', '2026-06-01T12:00:01.000Z'];
  await store.touch('7', at);
  await store.touch('7', next);
  const updated = asked.filter((options) => 'data' in Object(options));
  expect(updated).toEqual(Array(updates).fill({ where: { id: 7 }, data: { lastUsedAt: new Date(at) } }));
});

test('checks wait while a commit holds the database, and the database is asked nothing until all commits are over', async () => {
  const { store, asked, pauseRechecks } = strapiWith(row);
  const [first, second] = [pauseRechecks(), pauseRechecks()];
  const checks = Promise.all([store.get('7'), store.findByHash('ab12')]);
  first();
  // Called twice by mistake, it opens no other's pause.
  first();
  await settled();
  expect(asked).toEqual([]);
  second();
  expect(await checks).toHaveLength(2);
  expect(asked).toHaveLength(2);
});
