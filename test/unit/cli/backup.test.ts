import { describe, expect, it } from 'vitest';
import { checkBackup, nameOfBackup, restoringCommand } from '../../../src/cli/backup.js';
import type { FlagOptions } from '../../../src/cli/flags.js';

const url = 'https://cms.example.com/admin';
const push: FlagOptions = { from: './content', to: url };

describe('checkBackup', () => {
  it.each<[string, Partial<FlagOptions>, Record<string, unknown>, string]>([
    ['a server', { backup: 'https://b.example/admin' }, {}, 'a backup is a folder or an archive'],
    ['one beside a dry run', { backup: 'b.tar', dryRun: true }, {}, 'a dry run changes nothing'],
    ['one of a folder', { backup: 'b.tar', to: 'elsewhere' }, {}, 'only a push to a server needs it'],
    ['a place where something stands', { backup: 'test' }, {}, 'a backup replaces nothing'],
    [
      'a password that encrypts nothing',
      { backup: 'b.tar' },
      { backupKey: 'x' },
      'b.tar is an archive that is not encrypted by its name',
    ],
    ['an archive that nothing writes', { backup: 'b.zip' }, {}, 'no such archive can be written'],
    ['a password alone', {}, { backupKey: true }, 'it is the password of a --backup'],
  ])('refuses %s', async (_, options, flags, reason) => {
    await expect(checkBackup({ ...push, ...options }, flags)).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      message: expect.stringContaining(reason),
    });
  });

  it.each(['b', 'b.tar', 'b.tar.gz', 'b.tar.gz.age'])('takes %s where nothing stands', async (backup) => {
    await expect(checkBackup({ ...push, backup }, {})).resolves.toBeUndefined();
  });
});

it('names a backup after its host and the time, encrypted where there is a password', () => {
  const now = new Date('2026-11-29T15:49:30.123Z');
  expect(nameOfBackup(url, undefined, now)).toBe('cms.example.com-2026-11-29-154930.tar.gz');
  expect(nameOfBackup('http://[::1]:1337/admin', 'key', now)).toBe('1-1337-2026-11-29-154930.tar.gz.age');
});

it.each([
  ['before.tar.gz', 'before.tar.gz'],
  ['before it.tar', "'before it.tar'"],
  ["it's; rm -rf $HOME", String.raw`'it'\''s; rm -rf $HOME'`],
])('gives the command that restores %s, as a shell takes it', (path, word) => {
  expect(restoringCommand(path, url)).toBe(`strapi-ferry transfer --from ${word} --to ${url} --force`);
});
