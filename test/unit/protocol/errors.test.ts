import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  type ErrorCode,
  type ErrorRow,
  errorTable,
  exitCodes,
  naming,
  TransferError,
  toTransferError,
} from '../../../src/protocol/errors.js';

const rows = Object.entries(errorTable) as [ErrorCode, ErrorRow][];
const root = new URL('../../../', import.meta.url);
const sources = ['src', 'machines'].flatMap((folder) =>
  readdirSync(new URL(`${folder}/`, root), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'protocol/errors.ts')
    .map((name) => readFileSync(new URL(`${folder}/${name}`, root), 'utf8')),
);

describe.each(rows)('%s', (code, row) => {
  test('ends in an exit code that is documented', () => {
    expect(Object.keys(exitCodes)).toContain(String(row.exit));
  });

  test('fills every placeholder of its message from the details', () => {
    const names = [...row.message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
    const details = Object.fromEntries(names.map((name) => [name, `<${name}>`]));
    const { message } = new TransferError(code, details);
    for (const name of names) expect(message).toContain(`<${name}>`);
    expect(message).not.toMatch(/[{}]/);
  });

  test('is a sentence', () => {
    expect(row.message).toMatch(/^(\{\w+\}|[A-Z])/);
    expect(row.message).toMatch(/([.:)]|\{\w+\}\.?)$/);
  });

  test('has close and status codes that exist', () => {
    if (row.close !== undefined)
      expect([1001, 1006, 1007, 1009].includes(row.close) || row.close >= 4000).toBe(true);
    if (row.http !== undefined) expect(row.http).toBeGreaterThanOrEqual(300);
  });
});

test('every placeholder is a detail that the code names somewhere', () => {
  const names = new Set(
    rows.flatMap(([, { message }]) => [...message.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)),
  );
  const all = sources.join('\n');
  expect([...names].filter((name) => !new RegExp(`\\b${name}\\b`).test(all))).toEqual([]);
});

test('every code is used, or is one that a server answers', () => {
  const all = sources.join('\n');
  const unused = rows.filter(([code, row]) => row.wire === undefined && !all.includes(`'${code}'`));
  expect(unused.map(([code]) => code)).toEqual([]);
});

describe('TransferError', () => {
  test('keeps code, details and cause', () => {
    const cause = new Error('inner');
    const error = new TransferError('ABORTED', { by: ' by Ctrl-C' }, cause);
    expect(error).toMatchObject({
      name: 'TransferError',
      code: 'ABORTED',
      message: 'The transfer was aborted by Ctrl-C.',
      details: { by: ' by Ctrl-C' },
      cause,
      row: { exit: 130 },
    });
    expect('cause' in new TransferError('ABORTED')).toBe(false);
  });

  test('names the uploads that a Strapi leaves behind', () => {
    const { message } = new TransferError('ABORTED', { uploads: ['/a/uploads_backup_1', '/a/b'] });
    expect(message).toBe(
      'The transfer was aborted. The server rolls its database back by itself, but not its uploads: the files from before lie in /a/uploads_backup_1, /a/b on the server; move them back into its uploads folder, which may hold new files in part.',
    );
  });

  test('says where to look for uploads of which it does not know what became', () => {
    expect(new TransferError('ABORTED', { uploadsUnknown: true }).message).toBe(
      'The transfer was aborted. The server rolls its database back by itself, but may have moved its uploads from before: look there for a folder uploads_backup_… beside its uploads folder, and move its files back.',
    );
  });

  test('says that uploads are lost that a Strapi has deleted', () => {
    expect(new TransferError('ABORTED', { uploadsDeleted: true }).message).toBe(
      'The transfer was aborted. The server rolls its database back by itself, but has already deleted its uploads from before: restore its uploads folder from a backup, or run the transfer again.',
    );
  });

  test('says that files are lost that another upload provider has deleted', () => {
    expect(new TransferError('ABORTED', { filesDeleted: true, uploadsUnknown: true }).message).toBe(
      'The transfer was aborted. The server rolls its database back by itself, but its upload provider has deleted the files from before, all or some of them, and keeps no copy: restore them from a backup, or run the transfer again.',
    );
  });

  test.each([
    [{ uploads: [] }],
    [{ uploads: 'none' }],
    [{ uploadsUnknown: false, uploadsDeleted: false }],
    [{}],
  ])('says nothing of uploads where none are left: %j', (details) => {
    expect(new TransferError('ABORTED', details).message).toBe('The transfer was aborted.');
  });

  test('any thrown value becomes one', () => {
    const error = new TransferError('ABORTED');
    expect(toTransferError(error)).toBe(error);
    expect(toTransferError(new TypeError('x is no function'))).toMatchObject({
      code: 'UNEXPECTED',
      details: { reason: 'x is no function' },
    });
    expect(toTransferError('text')).toMatchObject({ code: 'UNEXPECTED', details: { reason: 'text' } });
  });

  test('naming adds what the thrower did not know, and keeps what it did', () => {
    const cause = new Error('inner');
    const run = () =>
      naming({ url: 'https://a/admin', reason: 'less exact' }, () => {
        throw new TransferError('INVALID_MESSAGE', { reason: 'not JSON' }, cause);
      });
    expect(run).toThrow(
      expect.objectContaining({ details: { url: 'https://a/admin', reason: 'not JSON' }, cause }),
    );
    expect(naming({}, () => 5)).toBe(5);
    const foreign = new TypeError('x is no function');
    const fail = () =>
      naming({ url: 'a' }, () => {
        throw foreign;
      });
    expect(fail).toThrow(expect.objectContaining({ code: 'UNEXPECTED', cause: foreign }));
  });
});
