import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';
import { upgradeOutcome } from '../support/upgrade-outcome.js';

const urlOf = ({ port }: StrapiWithPlugin, path: string) => `ws://127.0.0.1:${port}${path}`;

describe.each([
  ['as ever', {}],
  ['with server.transfer.remote.enabled false', { transferEnabled: false }],
  ['without a salt', { tokenSalt: false }],
])('%s, Strapi’s own route and Ferry’s beside it', (_, options) => {
  let strapi: StrapiWithPlugin;
  const tokens: Record<string, string | undefined> = {};
  beforeAll(async () => {
    strapi = await startStrapiWithPlugin({
      ...options,
      ferry: { enabled: true, config: { replaceBuiltIn: false } },
    });
    Object.assign(tokens, strapi.tokens);
    if ('tokenSalt' in options) return;
    tokens['expired'] = (
      await strapi.createToken({ permissions: ['push', 'pull'], lifespanDays: -1 })
    ).accessKey;
    const { id, accessKey } = await strapi.createToken({ permissions: ['push', 'pull'] });
    await strapi.revokeToken(id);
    tokens['revoked'] = accessKey;
  });
  afterAll(() => strapi?.stop());

  const both = (route: string, token?: string, headers?: Record<string, string>) =>
    Promise.all(
      ['/admin', '/ferry'].map((base) =>
        upgradeOutcome(urlOf(strapi, `${base}/transfer/runner/${route}`), token, headers),
      ),
    );

  test.each([
    ['no token', 'none'],
    ['an unknown one', 'unknown'],
  ])('%s gets the same answer of both', async (_, name) => {
    const token = name === 'unknown' ? 'f'.repeat(256) : undefined;
    for (const route of ['push', 'pull']) {
      const [own, ours] = await both(route, token);
      // A Strapi without a salt fails on every token; the answer that it has for this, 501, never comes.
      if ('tokenSalt' in options && token !== undefined)
        expect([own?.[0], ours]).toEqual([500, [501, expect.stringContaining('INVALID_TOKEN_SALT')]]);
      else expect([route, ours]).toEqual([route, own]);
    }
  });

  // Without a salt Strapi makes none.
  test.skipIf('tokenSalt' in options).each([
    ['one that has expired', 'expired'],
    ['one that was revoked', 'revoked'],
    ['one for push', 'push'],
    ['one for pull', 'pull'],
    ['one for both', 'full'],
  ])('%s gets the same answer of both', async (_, name) => {
    const token = tokens[name];
    expect(token).toMatch(/^\w{20,}$/);
    for (const route of ['push', 'pull']) {
      const [own, ours] = await both(route, token);
      expect([route, ours]).toEqual([route, own]);
    }
  });

  test.each(['Basic abc', 'Bearer', 'Bearer a b'])('the header “%s” gets the same answer', async (header) => {
    const [own, ours] = await both('push', undefined, { Authorization: header });
    expect(ours).toEqual(own);
  });
});
