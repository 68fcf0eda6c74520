import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type ErrorCode, errorTable } from '../../../src/protocol/errors.js';

/** The command has flags; these folders are the command's own. */
const ofTheCommand = /^src\/(cli|doctor|inspector\/page)\//;
const sources = ['src', 'machines']
  .flatMap((folder) =>
    readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)),
  )
  .filter((path) => path.endsWith('.ts'))
  .filter((path) => path !== 'src/protocol/errors.ts' && !ofTheCommand.test(path))
  .map((path) => ({ path, text: withoutComments(readFileSync(path, 'utf8')) }));

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/^\s*\/\/.*$/gm, '');
}

/** The errors that a program can meet which never runs the command. */
const raised = (Object.keys(errorTable) as ErrorCode[]).filter((code) =>
  sources.some(({ text }) => text.includes(`'${code}'`)),
);

const optionSources = [
  'src/transfer/options.ts',
  'src/transfer/filters.ts',
  'src/transfer/merge/options.ts',
  'src/transfer/merge/stock/stock-merge.ts',
  'src/merge/selection.ts',
  'src/client/options.ts',
  'src/protocol/connection-options.ts',
  'src/protocol/retry.ts',
  'src/protocol/limits.ts',
  'src/server/transfer-server.ts',
].map((path) => readFileSync(path, 'utf8'));
const isOption = (name: string) => optionSources.some((text) => text.includes(`readonly ${name}`));

describe('what the library says', () => {
  test('is most of the table', () => {
    expect(raised.length).toBeGreaterThan(80);
  });

  test.each(raised)('%s names no flag and no variable of the command', (code) => {
    expect(errorTable[code].message).not.toMatch(/(^|[\s(])--[a-z]|STRAPI_TRANSFER/);
  });

  test.each(raised)('%s names options that there are', (code) => {
    const named = [...errorTable[code].message.matchAll(/`([\w.{}]+)/g)].map(([, path = '']) => path);
    const names = named.flatMap((path) => path.split('.')).filter((name) => !name.startsWith('{'));
    const inAnError = ['details', 'cause'];
    expect(names.filter((name) => !isOption(name) && !inAnError.includes(name))).toEqual([]);
  });

  test('holds no flag in the reasons that fill the messages in', () => {
    const flags = sources.flatMap(({ path, text }) =>
      [...text.matchAll(/['"`][^'"`\n]*(?<![\w-])--[a-z][a-z-]+/g)].map(([found]) => `${path}: ${found}`),
    );
    expect(flags).toEqual([]);
  });
});
