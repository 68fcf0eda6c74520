import { describe, expect, it, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { checkDifferent, checkRead, checkWritten } from '../../../src/transfer/end-names.js';

const secret = 'planted-password-7d1e';
const refusing = (text: string) =>
  expect.objectContaining({ code: 'INVALID_OPTION', message: expect.stringContaining(text) });

const plain = [
  './content',
  '/srv/content',
  'c:\\content',
  'content.v2',
  'backup.tar',
  'x.TAR.GZ',
  'site.example.com',
];
const encrypted = ['b.tar.age', 'b.tar.gz.age', 'b.tar.enc', 'B.TAR.GZ.ENC'];
const foreign = [
  ...[
    'backup.zip',
    'b.tgz',
    'b.tar.bz2',
    'b.tbz2',
    'b.tbz',
    'b.tar.xz',
    'b.txz',
    'b.tar.zst',
    'b.tzst',
    'b.tar.lz4',
  ],
  ...['b.rar', 'b.7z', 'b.gz', 'b.json.gz', 'b.jar', 'b.iso', 'b.dmg', 'b.cpio', 'b.tar.Z', 'b.lzma'],
  ...['b.gz.enc', 'b.zip.age', 'b.enc', 'b.age', 'b.tar.gpg', 'b.tar.gz.asc', 'b.tgz.enc', 'B.ZIP'],
  ...['./sub/backup.zip', '/srv/backup.zip/', 'c:\\backup.zip'],
];

test.each(foreign)('refuses %s as a destination, with the names that work', (to) => {
  expect(() => checkWritten(to, undefined)).toThrow(refusing('.tar or .tar.gz, or in .tar.age'));
  const from = createMemoryStore().source();
  expect(() => createTransfer({ from, to })).toThrow(refusing('Option to cannot be'));
});

test.each([...plain, ...encrypted])('takes %s as a destination', (to) => {
  expect(() => checkWritten(to, undefined)).not.toThrow();
});

describe('a password', () => {
  const nowhere = [...plain, 'https://a.example/admin', createMemoryStore()];

  test.each(nowhere.map((end) => [end]))('is refused for %s, and not repeated', (end) => {
    for (const [check, name] of [
      [checkWritten, 'toKey'],
      [checkRead, 'fromKey'],
    ] as const) {
      for (const key of [secret, '', true] as const) {
        expect(() => check(end, key)).toThrow(refusing(`Option ${name} cannot be given`));
        expect(() => check(end, key)).not.toThrow(secret);
      }
      expect(() => check(end, undefined)).not.toThrow();
    }
  });

  test.each(encrypted)('is taken for %s', (end) => {
    expect(() => checkWritten(end, secret)).not.toThrow();
    expect(() => checkRead(end, secret)).not.toThrow();
  });

  it('is refused by a transfer before it begins', () => {
    const store = createMemoryStore();
    expect(() => createTransfer({ from: store.source(), to: './content', toKey: secret })).toThrow(
      refusing('toKey'),
    );
    expect(() => createTransfer({ from: './content', fromKey: secret, to: store.destination() })).toThrow(
      refusing('fromKey'),
    );
  });
});

test.each(['~', '~/content', '~\\content'])('refuses %s, which the shell has left as it was', (end) => {
  expect(() => checkWritten(end, undefined)).toThrow(refusing('write the whole path'));
  expect(() => checkRead(end, undefined)).toThrow(refusing('write the whole path'));
});

test.each(['~backup', './~/content', 'a~'])('takes %s for a folder', (end) => {
  expect(() => checkWritten(end, undefined)).not.toThrow();
});

describe('a transfer from a server to itself is refused before it begins', () => {
  test.each([
    ['http://localhost:1337/admin', 'http://127.0.0.1:1337/admin'],
    ['https://cms.example.com/admin', 'http://cms.example.com/admin/'],
  ])('%s → %s', (from, to) => {
    for (const dryRun of [false, true])
      expect(() => createTransfer({ from, to, fromToken: secret, toToken: secret, dryRun })).toThrow(
        expect.objectContaining({ code: 'SAME_SERVER', row: expect.objectContaining({ exit: 2 }) }),
      );
  });

  it('and a folder may be copied onto itself', () => {
    expect(() => checkDifferent('content', 'content')).not.toThrow();
  });
});
