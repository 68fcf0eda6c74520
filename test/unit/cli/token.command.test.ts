import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  readLifespan,
  runTokenCreate,
  runTokenList,
  runTokenRevoke,
} from '../../../src/cli/commands/token.command.js';
import { createTokenFile } from '../../../src/server/token-file.js';
import { createTokens } from '../../../src/server/tokens.js';

let parent = '';
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'ferry-token-'));
});
afterEach(() => rm(parent, { recursive: true }));

const store = () => join(parent, 'served');

type Command = typeof runTokenCreate;

async function run(command: Command, flags: Record<string, unknown>, fault: Error | null = null) {
  const said = { out: '', err: '' };
  const host = {
    stdout: {
      write(text: string, written?: (fault?: Error | null) => void) {
        if (fault === null) said.out += text;
        written?.(fault);
      },
    },
    stderr: { write: (text: string) => (said.err += text) },
  };
  const exit = await command({ store: store(), ...flags }, host);
  return { exit, ...said };
}

function tokensThere() {
  const file = createTokenFile({ folder: store() });
  return createTokens({ store: file, salt: file.salt });
}

describe('strapi-ferry token', () => {
  it('prints the key alone to stdout, and what it is for to stderr', async () => {
    const { exit, out, err } = await run(runTokenCreate, { scope: 'pull', name: 'night' });
    expect(exit).toBe(0);
    expect(out).toMatch(/^[0-9a-f]{256}\n$/);
    expect(err).toMatch(/^Token night \([0-9a-f]{12}\) for pull, never expires\./);
    expect(await tokensThere().check(out.trim(), 'pull')).toMatchObject({ ok: true });
    expect(await tokensThere().check(out.trim(), 'push')).toMatchObject({ code: 'FORBIDDEN' });
  });

  it('prints one line of JSON with --json, which says when it ends', async () => {
    const { out, err } = await run(runTokenCreate, { scope: 'push, pull', lifespan: '30d', json: true });
    const made = JSON.parse(out);
    expect(err).toBe('');
    expect(made).toMatchObject({ scopes: ['push', 'pull'] });
    expect(made.accessKey).toMatch(/^[0-9a-f]{256}$/);
    expect(made.hash).toBeUndefined();
    expect(Date.parse(made.expiresAt) - Date.parse(made.createdAt)).toBe(30 * 24 * 3_600_000);
  });

  it.each([
    ['is full', 'ENOSPC', /^KEY_NOT_WRITTEN: The key of the token night .*no space is left/m],
    ['has no reader', 'EPIPE', /^KEY_NOT_WRITTEN: .*its reader has closed it/m],
  ])('keeps no token whose key nobody has, since stdout %s', async (_, code, said) => {
    const fault = Object.assign(new Error('write'), { code });
    const { exit, err } = await run(runTokenCreate, { scope: 'pull', name: 'night' }, fault);
    expect([exit, err]).toEqual([7, expect.stringMatching(said)]);
    expect(await tokensThere().list()).toEqual([]);
  });

  it('lists what there is without keys and hashes, and makes nothing by that', async () => {
    expect(await run(runTokenList, {})).toMatchObject({ exit: 0, out: '' });
    expect(await readdir(parent)).toEqual([]);
    const { out: key } = await run(runTokenCreate, { scope: 'pull', name: 'night' });
    await tokensThere().check(key.trim(), 'pull');
    const { out } = await run(runTokenList, {});
    expect(out).toMatch(/^[0-9a-f]{12} {2}night {2}pull {7}never expires {2}used \d{4}-\d\d-\d\d\n$/);
    const { out: json } = await run(runTokenList, { json: true });
    expect(JSON.parse(json)).toMatchObject([{ name: 'night', scopes: ['pull'] }]);
    expect(json).not.toContain('hash');
  });

  it('revokes by name or id; what is not there is a wrong argument', async () => {
    const { out: key } = await run(runTokenCreate, { scope: 'pull', name: 'night' });
    expect(await run(runTokenRevoke, { token: 'night' })).toMatchObject({ exit: 0, out: '' });
    expect(await tokensThere().check(key.trim(), 'pull')).toMatchObject({ code: 'UNAUTHORIZED' });
    const { exit, err } = await run(runTokenRevoke, { token: 'night' });
    expect(exit).toBe(2);
    expect(err).toBe('INVALID_OPTION: Option <token> cannot be night: no token has that id or name.\n');
  });

  it.each([
    ['a scope that is none', { scope: 'admin' }],
    ['no scope', { scope: '' }],
    ['a lifespan without a unit', { scope: 'pull', lifespan: '30' }],
    ['a lifespan of nothing', { scope: 'pull', lifespan: '0d' }],
    ['a lifespan that ends after all dates', { scope: 'pull', lifespan: '999999999w' }],
    ['no folder', { scope: 'pull', store: '' }],
  ])('ends with 2 and creates nothing for %s', async (_, flags) => {
    expect(await run(runTokenCreate, flags)).toMatchObject({ exit: 2, out: '' });
    expect((await run(runTokenList, {})).out).toBe('');
  });

  it('refuses a store that is a file', async () => {
    await writeFile(store(), '');
    expect(await run(runTokenCreate, { scope: 'pull' })).toMatchObject({ exit: 2 });
  });

  it('says with --json why it failed', async () => {
    const { out, exit } = await run(runTokenCreate, { scope: 'admin', json: true });
    expect(exit).toBe(2);
    expect(JSON.parse(out).error.code).toBe('INVALID_OPTION');
  });
});

describe('a lifespan', () => {
  it.each([
    ['5m', 300_000],
    ['12h', 43_200_000],
    ['30d', 2_592_000_000],
    ['2w', 1_209_600_000],
  ])('of %s is %d ms', (text, ms) => {
    expect(readLifespan(text)).toBe(ms);
  });
});
