import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { withConnection } from '../../src/doctor/test-connection.js';
import { realClock } from '../../src/ports/clock.js';
import { offerPull, offerPush } from '../../src/protocol/negotiation.js';
import { createDirectorySource } from '../../src/stores/index.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { allOk as allOfFerryOk, examined, uncheckedAfter } from '../support/doctor-command.js';
import { type Nginx, startNginx } from '../support/nginx.js';
import { treeOf } from '../support/tree.js';
import { type StrapiInstance, type StrapiOptions, startStrapi } from './harness/strapi.js';

let strapi: StrapiInstance;
let scratch: string;
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-doctor-'));
  strapi = await startStrapi({ content: { articles: 20, assetBytes: 1024 * 1024, assetCount: 3 } });
});
afterAll(async () => {
  await strapi?.stop();
  await rm(scratch, { recursive: true, force: true });
});

/** To close a connection of a Strapi has an effect on others, of which the doctor warns. */
const allOk = { ...allOfFerryOk, session: 'warning' };

/** How a session is opened, as the doctor opens one. */
const session = (url: string, token: string) => ({
  ...{ url, token, clock: realClock, timeLimit: 30_000, signal: new AbortController().signal },
});

const using = (token: string) => ({ env: { STRAPI_TRANSFER_TOKEN: token } });

/** The database, byte for byte, and the uploads. */
async function stateOf({ appDir, uploadsDir }: StrapiInstance) {
  const database = await readFile(join(appDir, 'data.db'));
  return { database: createHash('sha256').update(database).digest('hex'), uploads: await treeOf(uploadsDir) };
}

async function examineAnother(options: StrapiOptions) {
  const other = await startStrapi(options);
  const result = await examined(other.adminUrl, [], using(other.tokens.full));
  await other.stop();
  return result;
}

describe('a real Strapi', () => {
  test('is ok in every line, and left as it was: database and uploads', async () => {
    const before = await stateOf(strapi);
    const { states, messages, exitCode } = await examined(strapi.adminUrl, [], using(strapi.tokens.full));
    expect(states).toEqual(allOk);
    expect(exitCode).toBe(0);
    expect(messages).toMatchObject({
      version: 'Strapi 5.54.0',
      session: expect.stringMatching(/^a pull and a push can begin\. Where this is a Strapi/),
    });
    expect(await stateOf(strapi)).toEqual(before);
    // What it switches off while a transfer is connected is on again, and nothing holds its database.
    expect(strapi.output().match(/Disabling lifecycle hooks/g)?.length).toBe(
      strapi.output().match(/Restoring lifecycle hooks/g)?.length,
    );
    await createTransfer({ from: strapi.adminUrl, fromToken: strapi.tokens.pull, to: join(scratch, 'after') })
      .done;
  });

  test('whose transfer is disabled', async () => {
    const { states, exitCode } = await examineAnother({ transferEnabled: false });
    expect(states).toEqual({ ...allOk, upgrade: 'TRANSFER_DISABLED', ...uncheckedAfter('upgrade') });
    expect(exitCode).toBe(3);
  });

  test('without a salt', async () => {
    const { states, error, exitCode } = await examineAnother({ tokenSalt: false });
    expect(states).toEqual({ ...allOk, salt: 'SERVER_FAILED', ...uncheckedAfter('salt') });
    expect(error?.message).toContain('TRANSFER_TOKEN_SALT');
    expect(exitCode).toBe(3);
  });

  test('under another path', async () => {
    const url = strapi.adminUrl.replace(/admin$/, 'elsewhere');
    const { states } = await examined(url, [], using(strapi.tokens.full));
    expect(states).toEqual({ ...allOk, route: 'NOT_FOUND', ...uncheckedAfter('route') });
  });
});

describe('a Strapi 5.52.3 whose panel lives at /dashboard, and whose requests time out soon', () => {
  let older: StrapiInstance;
  beforeAll(async () => {
    older = await startStrapi({ version: 'older', panel: '/dashboard', shortTimeouts: true });
  });
  afterAll(() => older?.stop());

  test('of 5.52.3 is known by its version, which does not queue', async () => {
    const { states, messages, exitCode } = await examined(older.adminUrl, [], using(older.tokens.full));
    expect(states).toEqual({ ...allOk, version: 'warning' });
    expect(messages['version']).toContain('Strapi 5.52.3 does not queue');
    expect(messages['round trip']).toContain('one at a time');
    expect(exitCode).toBe(0);
  });

  test('has its routes below /admin all the same, and people are sent there', async () => {
    const url = older.adminUrl.replace(/admin$/, 'dashboard');
    const { states, error } = await examined(url, [], using(older.tokens.full));
    expect(states).toEqual({ ...allOk, route: 'NOT_FOUND', ...uncheckedAfter('route') });
    expect(error?.message).toContain(`${older.adminUrl} has one: give that address.`);
  });

  test('cuts a transfer that goes on when another connection closes, which the error names', async () => {
    const { adminUrl, tokens } = older;
    let begun = () => {};
    const hasBegun = new Promise<void>((resolve) => {
      begun = resolve;
    });
    const victim = withConnection(session(adminUrl, tokens.pull), 'pull', async ({ requests, status }) => {
      await requests.init(offerPull({ checksums: true }));
      begun();
      for (;;) await status();
    });
    victim.catch(() => {});
    await hasBegun;
    await withConnection(session(adminUrl, tokens.pull), 'pull', async () => null);
    await expect(victim).rejects.toMatchObject({ code: 'CUT_BY_ANOTHER', details: { status: 408 } });
  });
});

describe('a token of a real Strapi', () => {
  test('that is not known', async () => {
    const { states } = await examined(strapi.adminUrl, [], using('f'.repeat(256)));
    expect(states).toEqual({ ...allOk, token: 'UNAUTHORIZED', ...uncheckedAfter('token') });
  });

  test('that has expired', async () => {
    const { accessKey } = await strapi.createToken({ permissions: ['pull'], lifespanDays: -1 });
    const { states } = await examined(strapi.adminUrl, [], using(accessKey));
    expect(states).toEqual({ ...allOk, token: 'TOKEN_EXPIRED', ...uncheckedAfter('token') });
  });

  test('is not known, and not said to be, while a push holds its database', async () => {
    const { adminUrl, tokens } = strapi;
    const open = session(adminUrl, tokens.push);
    const restore = {
      assets: false,
      configuration: { coreStore: false, webhook: false },
      entities: { include: [] },
    };
    const { states, error } = await withConnection(open, 'push', async ({ requests }) => {
      await requests.init(offerPush({ checksums: true, restore }));
      await requests.action('bootstrap');
      return examined(adminUrl, ['--timeout', '1000'], using('f'.repeat(256)));
    });
    const unknown = { salt: 'unchecked', token: 'unchecked', upgrade: 'CONNECT_TIMEOUT' };
    expect(states).toEqual({ ...allOk, ...unknown, ...uncheckedAfter('upgrade') });
    expect(error?.message).toContain('on SQLite that waits while a push is running there');
    expect(await strapi.counts()).toMatchObject({ 'api::article.article': 20 });
  });

  test('that may only push: a push can begin, what it is wanted for else fails', async () => {
    const before = await stateOf(strapi);
    const pushing = await examined(strapi.adminUrl, [], using(strapi.tokens.push));
    expect(pushing.states).toEqual({ ...allOk, version: 'unchecked' });
    expect(pushing.messages['scope']).toBe('the token may push, and not pull');
    const pulling = await examined(strapi.adminUrl, ['--scope', 'pull'], using(strapi.tokens.push));
    expect(pulling.states).toEqual({ ...allOk, scope: 'FORBIDDEN', ...uncheckedAfter('scope') });
    expect(await stateOf(strapi)).toEqual(before);
  });
});

describe('a real nginx in front of a real Strapi', () => {
  let nginx: Nginx;
  beforeAll(async () => {
    nginx = await startNginx(strapi.port);
  });
  afterAll(() => nginx?.stop());

  test('that drops the Upgrade header is named, with its cure', async () => {
    const { states, error, exitCode } = await examined(nginx.bad, [], using(strapi.tokens.full));
    expect(states).toEqual({ ...allOk, upgrade: 'UPGRADE_NOT_FORWARDED', ...uncheckedAfter('upgrade') });
    expect(error?.details['proxy']).toMatch(/^nginx/);
    for (const cure of [
      'proxy_http_version 1.1',
      'proxy_set_header Upgrade $http_upgrade',
      'proxy_set_header Connection "upgrade"',
    ])
      expect(error?.message).toContain(cure);
    expect(exitCode).toBe(3);
    // Where the message sends to look.
    expect(strapi.output()).toContain("Transfer Upgrade header expected 'websocket'");
  });

  test('with the three lines is ok, and a transfer goes through it', async () => {
    const { states } = await examined(nginx.good, [], using(strapi.tokens.full));
    expect(states).toEqual(allOk);
    const to = join(scratch, 'through');
    await createTransfer({ from: nginx.good, fromToken: strapi.tokens.pull, to }).done;
    const source = createDirectorySource({ path: to });
    await source.open();
    let articles = 0;
    for await (const rows of source.rows('entities'))
      articles += rows.filter(({ type }) => type === 'api::article.article').length;
    await source.close();
    expect(articles).toBe(20);
    await createTransfer({ from: to, to: nginx.good, toToken: strapi.tokens.push }).done;
  });

  test('whose Strapi is gone is named', async () => {
    const behind = await startNginx(9);
    const { states, exitCode } = await examined(behind.bad, [], using(strapi.tokens.full));
    await behind.stop();
    expect(states).toEqual({ ...allOk, route: 'GATEWAY_ERROR', ...uncheckedAfter('route') });
    expect(exitCode).toBe(4);
  });
});
