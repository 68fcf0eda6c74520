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
  transferErrorOf,
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
    const { message } = transferErrorOf(code, details);
    for (const name of names) expect(message).toContain(`<${name}>`);
    expect(message).not.toMatch(/[{}[\]]/);
  });

  test('is a sentence', () => {
    expect(row.message).toMatch(/^(\{\w+\}|[A-Z])/);
    expect(row.message).toMatch(/([.:)\]]|\{\w+\}\.?)$/);
  });

  test('has close and status codes that exist', () => {
    if (row.close !== undefined)
      expect([1001, 1006, 1007, 1009].includes(row.close) || row.close >= 4000).toBe(true);
    if (row.http !== undefined) expect(row.http).toBeGreaterThanOrEqual(300);
  });
});

test('leaves out the part of a message whose detail is missing', () => {
  const messages = [{}, { by: 'Ctrl-C' }, { because: 'its source is closed' }, { by: '' }].map(
    (details) => new TransferError('ABORTED', details).message,
  );
  expect(messages).toEqual([
    'The transfer was aborted.',
    'The transfer was aborted by Ctrl-C.',
    'The transfer was aborted: its source is closed.',
    'The transfer was aborted.',
  ]);
});

test('compiles only with the details that the template of the code has', () => {
  const { message } = new TransferError('STORE_FAILED', { path: '/srv', reason: 'the disk is full' });
  expect(message).toContain('/srv');
  // @ts-expect-error `reason` is missing
  new TransferError('STORE_FAILED', { path: '/srv' });
  // @ts-expect-error `raeson` is no placeholder
  new TransferError('STORE_FAILED', { path: '/srv', reason: 'the disk is full', raeson: '' });
  // @ts-expect-error it has placeholders
  new TransferError('STORE_FAILED');
  // @ts-expect-error there is no such code
  expect(() => new TransferError('STORE_FULL', { path: '/srv' })).toThrow();
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
    const error = new TransferError('ABORTED', { by: 'Ctrl-C' }, cause);
    expect(error).toMatchObject({
      name: 'TransferError',
      code: 'ABORTED',
      message: 'The transfer was aborted by Ctrl-C.',
      details: { by: 'Ctrl-C' },
      cause,
      row: { exit: 130 },
    });
    expect('cause' in new TransferError('ABORTED')).toBe(false);
  });

  const at = 'https://b/admin';
  const uploads = ['/a/uploads_backup_1', '/a/b'];
  const database = 'The database of https://b/admin is as it was before.';
  const rollsBack = 'https://b/admin undoes on its own what was not committed.';
  const silent =
    'https://b/admin did not answer when it was asked afterwards: check that it runs, and start it again if it does not. It undoes on its own what was not committed.';
  const lie =
    'Its uploads from before lie in /a/uploads_backup_1, /a/b on the server: move them back into its uploads folder, which may hold new files in part.';
  const gone =
    'Its uploads from before are deleted: restore its uploads folder from a backup, or run the transfer again.';
  const provider =
    'Its upload provider has deleted the files from before, all or some of them, and keeps no copy: restore them from a backup, or run the transfer again.';
  const unclear =
    'Its uploads from before may have been moved: look there for a folder uploads_backup_… beside its uploads folder, and move its files back.';
  const stray =
    'New files may lie in its uploads folder that no row names: they do no harm, and the same merge writes them again.';
  test.each([
    [{ stands: 'untouched' }, 'Nothing at https://b/admin was changed.'],
    [{ stands: 'asBefore' }, 'https://b/admin is as it was before.'],
    [{ stands: 'rollsBack' }, rollsBack],
    [{ stands: 'silent' }, silent],
    [
      { stands: 'unknown' },
      'Whether https://b/admin holds its content from before or the new one is not known: look there.',
    ],
    [{ stands: 'new' }, 'https://b/admin holds the new content: it was committed before the failure.'],
    [{ stands: 'asBefore', uploads }, `${database} ${lie}`],
    [{ stands: 'asBefore', uploadsDeleted: true }, `${database} ${gone}`],
    [{ stands: 'asBefore', uploads: [] }, 'https://b/admin is as it was before.'],
    [{ stands: 'asBefore', uploads: 'none' }, 'https://b/admin is as it was before.'],
    [{ stands: 'rollsBack', uploads }, `${rollsBack} ${lie}`],
    [
      { stands: 'rollsBack', uploads, uploadsMayBeDeleted: true },
      `${rollsBack} ${lie.replace('server:', 'server, unless it has deleted them since:')}`,
    ],
    [{ stands: 'asBefore', filesDeleted: true, uploadsUnknown: true }, `${database} ${provider}`],
    [{ stands: 'silent', uploads }, `${silent} ${lie}`],
    [{ stands: 'silent', uploadsUnknown: true }, `${silent} ${unclear}`],
    [{ stands: 'asBefore', newFilesStay: true }, `${database} ${stray}`],
    [{ stands: 'rollsBack', newFilesStay: true }, `${rollsBack} ${stray}`],
  ])('says in the last line what stands at the destination: %j', (details, line) => {
    expect(transferErrorOf('ABORTED', { at, ...details }).message).toBe(`The transfer was aborted.\n${line}`);
  });

  const brought =
    'The merge ended in phase 2 of 2: the new files and folders of the phase before stand at the destination';
  const on = 'The same merge goes on from there.';
  const phases = { mergePhase: 2, mergePhases: 2 };
  test.each([
    [{ mergePhase: 1, mergePhases: 2, stands: 'untouched' }, 'Nothing at https://b/admin was changed.'],
    [phases, `${brought}, and no document there was changed. ${on}`],
    [{ ...phases, stands: 'untouched' }, `${brought}, and no document there was changed. ${on}`],
    [{ ...phases, stands: 'asBefore' }, `${brought}, and no document there was changed. ${on}`],
    [{ ...phases, stands: 'rollsBack' }, `${rollsBack}\n${brought}. ${on}`],
    [{ isUnverified: true }, 'The merge is done; what stands there was not compared with the plan.'],
  ])('says what stands after a merge that came further: %j', (details, lines) => {
    expect(transferErrorOf('ABORTED', { at, ...details }).message).toBe(
      `The transfer was aborted.\n${lines}`,
    );
  });

  test.each([[{}], [{ at }], [{ at, stands: 'of a row' }], [{ at, stands: 5 }], [{ uploads }]])(
    'says nothing of it where that is not known: %j',
    (details) => {
      expect(transferErrorOf('ABORTED', details).message).toBe('The transfer was aborted.');
    },
  );

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
        throw transferErrorOf('INVALID_MESSAGE', { reason: 'not JSON' }, cause);
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
