import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { trustedHosts } from '../../../../src/cli/profiles/trusted-hosts.js';

let state = '';
let folder = '';
let file = '';
beforeEach(async () => {
  state = await mkdtemp(join(tmpdir(), 'ferry-trust-'));
  folder = join(state, 'strapi-ferry');
  file = join(folder, 'trusted-hosts');
});
afterEach(() => rm(state, { recursive: true }));

const origin = 'https://cms.example.com';
const hosts = () => trustedHosts({ XDG_STATE_HOME: state });

test('a host is trusted once it was added, by every process of the user, and no other is', async () => {
  expect(await hosts().has(origin)).toBe(false);
  await hosts().add(origin);
  await hosts().add('http://localhost:1337');
  await hosts().add(origin);
  expect(await hosts().has(origin)).toBe(true);
  expect(await readFile(file, 'utf8')).toBe(`${origin}\nhttp://localhost:1337\n`);
  expect((await stat(file)).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(await readdir(folder)).toEqual(['trusted-hosts']);
});

test.each([
  'http://cms.example.com',
  'https://cms.example.com:8443',
  'https://cms.example.com.',
  'https://cms.example.co',
  'https://evil.cms.example.com',
  'https://cms.example.com.evil.example',
  'https://xn--cms-exmple-v2a.com',
  '',
])('%j is another one', async (other) => {
  await hosts().add(origin);
  expect(await hosts().has(other)).toBe(false);
});

test('it is below the home folder where XDG_STATE_HOME names no absolute path', async () => {
  for (const given of ['', 'relative', undefined]) {
    await trustedHosts({ XDG_STATE_HOME: given, HOME: state }).add(origin);
    expect(await readFile(join(state, '.local/state/strapi-ferry/trusted-hosts'), 'utf8')).toBe(
      `${origin}\n`,
    );
  }
});

describe('a list that another user could have written is not used:', () => {
  const unusable = (words: string) => ({ code: 'TRUST_UNUSABLE', message: expect.stringContaining(words) });
  const both = async (words: string, uid = process.getuid?.()) => {
    await expect(trustedHosts({ XDG_STATE_HOME: state }, uid).has(origin)).rejects.toMatchObject(
      unusable(words),
    );
    await expect(trustedHosts({ XDG_STATE_HOME: state }, uid).add(origin)).rejects.toMatchObject(
      unusable(words),
    );
  };
  beforeEach(async () => {
    await mkdir(folder, { mode: 0o700 });
    await writeFile(file, `${origin}\n`, { mode: 0o600 });
  });

  test('of another user', () => both('belongs to the user', 4711));

  test.each([0o620, 0o602, 0o666])('with mode %o', async (mode) => {
    await chmod(file, mode);
    await both('it can be written by other users');
  });

  test('in a folder where others may write', async () => {
    await chmod(folder, 0o777);
    await both('its folder can be written by other users');
  });

  test('that is a link, or whose folder is one', async () => {
    await rm(file);
    await writeFile(join(state, 'planted'), `${origin}\n`);
    await symlink(join(state, 'planted'), file);
    await both('it is a link');
    await rm(folder, { recursive: true });
    await mkdir(join(state, 'elsewhere'));
    await symlink(join(state, 'elsewhere'), folder);
    await both('its folder is a link');
  });

  test('that is a folder', async () => {
    await rm(file);
    await mkdir(file);
    await both('it is a link, or of another kind');
  });
});
