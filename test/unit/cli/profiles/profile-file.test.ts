import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isName, readProfiles } from '../../../../src/cli/profiles/profile-file.js';

let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-profiles-'));
});
afterAll(() => rm(root, { recursive: true }));

let count = 0;
/** A folder of its own, which holds this ferry.json. */
async function folderWith(content: unknown): Promise<string> {
  const folder = join(root, `case-${++count}`);
  await mkdir(folder);
  await writeFile(
    join(folder, 'ferry.json'),
    typeof content === 'string' ? content : JSON.stringify(content),
  );
  return folder;
}

const url = 'https://cms.example.com/admin';
const withEnd = (end: unknown) => ({ ends: { staging: end } });

test('an end is a server with its token, or a path with its password', async () => {
  const folder = await folderWith({
    ends: {
      staging: { url: 'https://CMS.example.com:443/admin/', token: 'STRAPI_TRANSFER_STAGING_TOKEN' },
      local: { url: 'http://localhost:1337/admin' },
      nightly: { path: 'backups/nightly.tar.gz.age', key: 'STRAPI_TRANSFER_BACKUP_KEY' },
      constructor: { path: './content' },
    },
  });
  const profiles = await readProfiles(folder);
  expect(profiles?.file).toBe(join(folder, 'ferry.json'));
  expect(Object.fromEntries(profiles?.ends ?? [])).toEqual({
    staging: { end: url, origin: 'https://cms.example.com', variable: 'STRAPI_TRANSFER_STAGING_TOKEN' },
    local: { end: 'http://localhost:1337/admin', origin: 'http://localhost:1337', variable: null },
    nightly: {
      end: join(folder, 'backups/nightly.tar.gz.age'),
      origin: null,
      variable: 'STRAPI_TRANSFER_BACKUP_KEY',
    },
    constructor: { end: join(folder, 'content'), origin: null, variable: null },
  });
  expect(profiles?.ends.get('toString')).toBeUndefined();
});

describe('is refused, and the message names what is wrong and what is allowed:', () => {
  const deep = `${'['.repeat(100_00)}${']'.repeat(100_00)}`;
  const cases: readonly [string, unknown, string][] = [
    ['no JSON', '{ends:', 'it is no JSON'],
    ['a list', [], 'it is no object: it may have ends'],
    ['null', 'null', 'it is no object'],
    ['JSON that is deep', deep, 'the limit depth is 4'],
    ['JSON of many values', JSON.stringify(Array(3000).fill(0)), 'the limit values is 2000'],
    ['a long file', ' '.repeat(70_000), 'more than 65536 bytes'],
    ['a key of the file', { ends: {}, end: {} }, 'it has "end": it may have ends'],
    ['__proto__ of the file', '{"ends":{},"__proto__":{"x":1}}', 'it has "__proto__"'],
    ['no ends', {}, 'ends is no object'],
    ['a list of ends', { ends: [] }, 'ends is no object'],
    ['__proto__ as a name', '{"ends":{"__proto__":{"path":"x"}}}', 'ends has the name "__proto__"'],
    ['a name with a slash', { ends: { 'a/b': { path: 'x' } } }, 'a name is 1 to 64 letters'],
    ['a name like a host', { ends: { 'cms.example.com': { path: 'x' } } }, 'a name is'],
    ['a name that steers a terminal', { ends: { 'a\u001b[2J': { path: 'x' } } }, '"a\\u001b[2J"'],
    [
      'an end that is text',
      withEnd(url),
      'ends.staging is no object: ends.staging may have url, token, path, key',
    ],
    [
      'an end with an unknown key',
      withEnd({ url, tokn: 'X' }),
      'ends.staging has "tokn": ends.staging may have',
    ],
    [
      '__proto__ of an end',
      '{"ends":{"staging":{"__proto__":{"url":"http://x/admin"}}}}',
      'ends.staging has "__proto__"',
    ],
    ['an end with neither', withEnd({}), 'ends.staging has no url and path'],
    ['an end with both', withEnd({ url, path: 'x' }), 'both a url and path'],
    ['a URL that is a number', withEnd({ url: 1 }), 'ends.staging.url is no text'],
    ['a URL without an admin path', withEnd({ url: 'https://cms.example.com' }), 'it has no admin path'],
    ['a URL of another scheme', withEnd({ url: 'file:///etc/passwd' }), 'its scheme is file'],
    [
      'a URL with a user',
      withEnd({ url: 'https://cms.example.com@evil.example/admin' }),
      'it holds a user name',
    ],
    ['a token itself', withEnd({ url, token: 'planted-7c1' }), 'ends.staging.token is no name of a variable'],
    ['another variable', withEnd({ url, token: 'AWS_SECRET_ACCESS_KEY' }), 'ends.staging.token is no name'],
    [
      'a variable of Strapi’s',
      withEnd({ url, token: 'TRANSFER_TOKEN_SALT' }),
      'ends.staging.token is no name',
    ],
    [
      'a password as a token',
      withEnd({ url, token: 'STRAPI_TRANSFER_TO_KEY' }),
      'ends.staging.token is no name',
    ],
    [
      'a variable in lower case',
      withEnd({ url, token: 'strapi_transfer_token' }),
      'ends.staging.token is no name',
    ],
    [
      'a variable behind a line',
      withEnd({ url, token: 'X\nSTRAPI_TRANSFER_TOKEN' }),
      'ends.staging.token is no name',
    ],
    [
      'a key of a server',
      withEnd({ url, key: 'STRAPI_TRANSFER_TO_KEY' }),
      'has a key, and that is of a path',
    ],
    ['a token of a path', withEnd({ path: 'x', token: 'STRAPI_TRANSFER_TOKEN' }), 'a path needs none'],
    ['a token as a key', withEnd({ path: 'x', key: 'STRAPI_TRANSFER_TOKEN' }), 'ends.staging.key is no name'],
    ...['/etc', '..', '../x', 'a/../../x', 'a\\..\\x', 'C:\\x', '\\\\host\\x', '~', '~/x', 'a\0b'].map(
      (path) => [`the path ${path}`, withEnd({ path }), 'does not leave it'] as [string, unknown, string],
    ),
    ['an empty path', withEnd({ path: '' }), 'ends.staging.path is no path'],
  ];
  test.each(cases)('%s', async (_, content, words) => {
    const folder = await folderWith(content);
    const error = await readProfiles(folder).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_PROFILES' });
    expect(String(error)).toContain(words);
    expect(String(error)).not.toContain('planted');
  });

  test('a folder and a pipe in its place', async () => {
    const folder = await folderWith({ ends: {} });
    await rm(join(folder, 'ferry.json'));
    execFileSync('mkfifo', [join(folder, 'ferry.json')]);
    await expect(readProfiles(folder)).rejects.toThrow('it is no file');
    await rm(join(folder, 'ferry.json'));
    await mkdir(join(folder, 'ferry.json'));
    await expect(readProfiles(folder)).rejects.toThrow(/it is no file|EISDIR/);
  });
});

describe('is looked for', () => {
  test('in the folder and those above it, up to the root of the repository', async () => {
    const folder = await folderWith({ ends: {} });
    const inner = join(folder, 'repository', 'a', 'b');
    await mkdir(inner, { recursive: true });
    expect(await readProfiles(inner)).toBeNull();
    await mkdir(join(folder, 'repository', '.git'));
    expect(await readProfiles(inner)).toBeNull();
    await writeFile(join(folder, 'repository', 'ferry.json'), '{"ends":{}}');
    expect((await readProfiles(inner))?.file).toBe(join(folder, 'repository', 'ferry.json'));
    await writeFile(join(folder, 'repository', 'a', 'ferry.json'), '{"ends":{}}');
    expect((await readProfiles(inner))?.file).toBe(join(folder, 'repository', 'a', 'ferry.json'));
  });

  test('outside of a repository in the folder alone', async () => {
    const folder = await folderWith({ ends: {} });
    await mkdir(join(folder, 'inner'));
    expect(await readProfiles(join(folder, 'inner'))).toBeNull();
    expect(await readProfiles(folder)).not.toBeNull();
  });
});

test.each([
  './staging',
  'staging/',
  'a.tar',
  'https://x/admin',
  '~',
  '..',
  '',
  'C:x',
  '-x',
  '1a',
  'x'.repeat(65),
])('%j is a path or an address, never a name', (text) => {
  expect(isName(text)).toBe(false);
});
