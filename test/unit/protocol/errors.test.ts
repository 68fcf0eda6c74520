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
      expect([1001, 1006, 1007].includes(row.close) || row.close >= 4000).toBe(true);
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
    const { message } = new TransferError('ABORTED', { uploads: ['/a/uploads_backup_1'] });
    expect(message).toContain('/a/uploads_backup_1');
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
  });
});
