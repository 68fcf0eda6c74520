import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { cleanUps } from '../../support/clean-ups.js';
import { runCommand } from '../../support/command.js';
import { allOk, examined, uncheckedAfter } from '../../support/doctor-command.js';
import { createToken, serveFolder } from '../../support/served-command.js';
import { serveScript, serveStatus } from '../../support/served-script.js';
import { smallContent } from '../../support/small-content.js';
import { runServer } from '../../support/transfer-servers.js';
import { treeOf } from '../../support/tree.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let scratch = '';
let folder = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'ferry-doctor-'));
});
beforeEach(async () => {
  folder = join(await mkdtemp(join(scratch, 'case-')), 'content');
});
afterAll(() => rm(scratch, { recursive: true }));

async function serve(...flags: readonly string[]) {
  await cp(sample, folder, { recursive: true });
  const server = await serveFolder(folder, ...flags);
  cleanUps.push(() => server.stop());
  return server;
}

/** A whole server over a small store; what it is given is what it lacks. */
async function attach(options: Parameters<typeof runServer>[0] = {}) {
  const store = createMemoryStore(smallContent);
  const stores = { source: () => store.source(), destination: () => store.destination() };
  const running = await runServer({ ...stores, ...options });
  cleanUps.push(() => running.close());
  return running;
}
const using = (token: string) => ({ env: { STRAPI_TRANSFER_TOKEN: token } });

describe('a server of ours', () => {
  test('is ok in every line, and left as it was', async () => {
    const { adminUrl, token } = await serve();
    const before = await treeOf(folder);
    const { states, messages, exitCode, error } = await examined(adminUrl, [], using(token));
    expect(states).toEqual(allOk);
    expect({ exitCode, error }).toEqual({ exitCode: 0, error: undefined });
    expect(messages).toMatchObject({
      scope: 'the token may pull and push',
      session: 'a pull and a push can begin',
      version: "a server of ferry's, with content of Strapi 5.54.0",
      'round trip': expect.stringMatching(/^\d+\.\d ms; a push waits \d+\.\d s .* 8 at a time$/),
    });
    expect(await treeOf(folder)).toEqual(before);
    // That a token was used is noted there, whatever for.
    expect(await readdir(`${folder}.ferry`)).toEqual(['tokens']);
  });

  test('is told in lines for people, without --json', async () => {
    const { adminUrl, token } = await serve();
    const good = await runCommand(['doctor', adminUrl, '--token', token]);
    expect(good).toMatchObject({ exitCode: 0, stderr: '' });
    const lines = good.stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(13);
    for (const line of lines) expect(line).toMatch(/^(\w+|round trip) +ok: \S/);
    const bad = await runCommand(['doctor', adminUrl]);
    expect(bad).toMatchObject({ exitCode: 2, stderr: '' });
    expect(bad.stdout).toMatch(
      /^token {8}MISSING_TOKEN: No transfer token for .* in STRAPI_TRANSFER_TOKEN\.$/m,
    );
    expect(bad.stdout).toMatch(/^upgrade {6}not checked: token comes first$/m);
  });

  test('that takes no pushes says so to a token that may push', async () => {
    const { adminUrl, token } = await serve('--read-only');
    const { states, error } = await examined(adminUrl, [], using(token));
    expect(states).toEqual({ ...allOk, session: 'PEER_ERROR', ...uncheckedAfter('session') });
    expect(error?.message).toContain('takes no push: it is read-only');
    expect((await examined(adminUrl, ['--scope', 'pull'], using(token))).states).toEqual(allOk);
  });

  test('whose transfer is disabled', async () => {
    const { admin, token } = await attach({ enabled: false });
    const { states, error, exitCode } = await examined(admin, [], using(token));
    expect(states).toEqual({ ...allOk, upgrade: 'TRANSFER_DISABLED', ...uncheckedAfter('upgrade') });
    expect(error?.message).toContain('Set server.transfer.remote.enabled to true');
    expect(exitCode).toBe(3);
  });

  test('without a salt', async () => {
    const { admin, token } = await attach({ tokenSalt: '' });
    const { states, exitCode } = await examined(admin, [], using(token));
    expect(states).toEqual({ ...allOk, salt: 'NO_TOKEN_SALT', ...uncheckedAfter('salt') });
    expect(exitCode).toBe(3);
  });

  test('under another admin path', async () => {
    const { admin, token } = await attach({ path: '/cms' });
    const { states, error, exitCode } = await examined(admin, [], using(token));
    expect(states).toEqual({ ...allOk, route: 'NOT_FOUND', ...uncheckedAfter('route') });
    expect(error?.message).toContain('check that the URL ends so');
    expect(exitCode).toBe(3);
  });
});

describe('a token', () => {
  test('that nobody knows', async () => {
    const { admin } = await attach();
    const { states, exitCode } = await examined(admin, ['--token', 'f'.repeat(256)]);
    expect(states).toEqual({ ...allOk, token: 'UNAUTHORIZED', ...uncheckedAfter('token') });
    expect(exitCode).toBe(3);
  });

  test('that has expired', async () => {
    const tokens = createMemoryTokenStore();
    const made = createTokens({ store: tokens, salt: 'salt', now: () => Date.now() - 86_400_000 });
    const { accessKey } = await made.create({ name: 'old', scopes: ['pull'], lifespanMs: 1000 });
    const { admin } = await attach({ tokens });
    const { states, error } = await examined(admin, [], using(accessKey));
    expect(states).toEqual({ ...allOk, token: 'TOKEN_EXPIRED', ...uncheckedAfter('token') });
    expect(error?.message).toContain('its time is over. Create a new one');
  });

  test('that was copied badly is not sent', async () => {
    const { admin } = await attach();
    const { states, exitCode, error } = await examined(admin, ['--token', 'Bearer planted-4d']);
    expect(states).toEqual({
      ...allOk,
      salt: 'unchecked',
      token: 'INVALID_OPTION',
      ...uncheckedAfter('token'),
    });
    expect(error?.message).toContain('it begins with "Bearer"');
    expect(exitCode).toBe(2);
  });

  test('that may only pull is ok, unless it is wanted for a push', async () => {
    const { adminUrl } = await serve();
    const token = await createToken(folder, 'pull', 'puller');
    const { states, messages } = await examined(adminUrl, [], using(token));
    expect(states).toEqual(allOk);
    expect(messages['scope']).toBe('the token may pull, and not push');
    for (const [flags, env] of [
      [['--scope', 'push'], { STRAPI_TRANSFER_TOKEN: token }],
      [['--scope', 'push,pull'], { STRAPI_TRANSFER_TOKEN: token }],
      [[], { STRAPI_TRANSFER_TO_TOKEN: token }],
    ] as const) {
      const wanted = await examined(adminUrl, flags, { env });
      expect(wanted.states).toEqual({ ...allOk, scope: 'FORBIDDEN', ...uncheckedAfter('scope') });
      expect(wanted.error?.message).toContain('has no push permission');
      expect(wanted.exitCode).toBe(3);
    }
  });

  test('is read from the variable of the end that is meant', async () => {
    const { adminUrl, token } = await serve();
    const env = { STRAPI_TRANSFER_FROM_TOKEN: token, STRAPI_TRANSFER_TO_TOKEN: 'f'.repeat(256) };
    for (const flags of [[], ['--scope', 'pull']]) {
      expect((await examined(adminUrl, flags, { env })).states).toEqual(allOk);
    }
    const pushing = await examined(adminUrl, ['--scope', 'push'], { env });
    expect(pushing.states).toMatchObject({ token: 'UNAUTHORIZED' });
  });

  test('that may only push is asked for nothing of a pull', async () => {
    const { adminUrl } = await serve();
    const before = await treeOf(folder);
    const token = await createToken(folder, 'push', 'pusher');
    const { states, messages } = await examined(adminUrl, [], using(token));
    expect(states).toEqual({ ...allOk, session: 'warning', version: 'unchecked' });
    expect(messages['session']).toMatch(/^a push can begin\. .*CUT_BY_ANOTHER/);
    expect(await treeOf(folder)).toEqual(before);
  });
});

describe('a server that is no Strapi', () => {
  test.each([
    [200, 3, 'UPGRADE_NOT_FORWARDED', 'proxy_set_header Upgrade $http_upgrade'],
    [403, 3, 'BLOCKED', 'a firewall'],
    [404, 3, 'NOT_FOUND', 'below /admin'],
    [502, 4, 'GATEWAY_ERROR', 'Check that Strapi runs'],
  ])('and answers %i', async (status, exitCode, code, message) => {
    const server = await serveStatus(status, { location: 'https://elsewhere.example/admin' });
    cleanUps.push(() => server.close());
    const result = await examined(server.url, [], using('planted-token-51'));
    expect(result.states).toEqual({ ...allOk, route: code, ...uncheckedAfter('route') });
    expect(result.error?.message).toContain(message);
    expect(result.exitCode).toBe(exitCode);
  });

  test('and opens a WebSocket to anyone', async () => {
    const { url, close } = await serveScript({ direction: 'pull' });
    cleanUps.push(close);
    const { states, exitCode } = await examined(url, [], using('planted-token-51'));
    expect(states).toEqual({ ...allOk, route: 'INVALID_MESSAGE', ...uncheckedAfter('route') });
    expect(exitCode).toBe(8);
  });
});

test.each([
  [['http://127.0.0.1:1'], 'INVALID_URL'],
  [['http://127.0.0.1:1/admin', '--scope', 'read'], 'INVALID_OPTION'],
  [['http://127.0.0.1:1/admin', '--timeout', 'long'], 'INVALID_OPTION'],
])('%j is refused with 2 before anything is asked', async (parameters, code) => {
  const { exitCode, stdout, stderr } = await runCommand(['doctor', ...parameters]);
  expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
  expect(stderr).toMatch(new RegExp(`^${code}: `));
});
