import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type StrapiInstance, startStrapi } from './harness/strapi.js';
import { strapiPull, strapiPush, strapiRead } from './harness/strapi-client.js';

const full = (strapi: StrapiInstance) => ({ adminUrl: strapi.adminUrl, token: strapi.tokens.full });

describe("Strapi's own client between two real Strapis", () => {
  let source: StrapiInstance;
  let target: StrapiInstance;
  let scratch: string;

  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ferry-smoke-'));
    source = await startStrapi({ content: 'hard' });
    target = await startStrapi({ content: 'none' });
  });

  afterAll(async () => {
    await source?.stop();
    await target?.stop();
    await rm(scratch, { recursive: true, force: true });
  });

  it('starts with the content that was asked for', async () => {
    expect(await source.counts()).toEqual({
      'api::article.article': 200,
      'api::author.author': 4,
      'api::category.category': 12,
      'api::homepage.homepage': 3,
      'plugin::upload.file': 8,
      'plugin::i18n.locale': 2,
    });
    expect((await target.counts())['api::article.article']).toBe(0);
  });

  it('carries the same content from one to the other', async () => {
    const first = join(scratch, 'first');
    const second = join(scratch, 'second');

    expect(await strapiPull(full(source), first)).toMatchObject({ ok: true });
    const sent = await strapiRead(first);
    expect(sent.types).toMatchObject(await source.counts());

    expect(await strapiPush(first, full(target))).toMatchObject({ ok: true, warnings: [] });
    expect(await target.counts()).toEqual(await source.counts());

    expect(await strapiPull(full(target), second)).toMatchObject({ ok: true });
    const received = await strapiRead(second);
    expect(received.types).toEqual(sent.types);
    expect(received.counts).toEqual(sent.counts);
    expect(received.assets).toEqual(sent.assets);
  });

  it('is refused with a token that lacks the scope, was revoked or has expired', async () => {
    const pushOnly = { adminUrl: source.adminUrl, token: source.tokens.push };
    const folder = join(scratch, 'refused');
    expect(await strapiPull(pushOnly, folder)).toMatchObject({
      ok: false,
      error: 'Failed to initialize the connection: Authorization Error',
    });

    const unauthorized = {
      ok: false,
      error: 'Failed to initialize the connection: Authentication Error',
    };
    const revoked = await source.createToken({ permissions: ['pull'], lifespanDays: 7 });
    await source.revokeToken(revoked.id);
    const expired = await source.createToken({ permissions: ['pull'], lifespanDays: -1 });
    for (const { accessKey } of [revoked, expired]) {
      const from = { adminUrl: source.adminUrl, token: accessKey };
      expect(await strapiPull(from, folder)).toMatchObject(unauthorized);
    }
  });
});
