import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asTyped } from '../../../src/cli/better-words.js';
import { asFlags } from '../../../src/cli/flag-words.js';
import { type ErrorCode, errorTable, transferErrorOf } from '../../../src/protocol/errors.js';
import { documentedCommands } from '../../reference/program.js';

const flags = new Set(documentedCommands().flatMap(({ options }) => options.map(({ long }) => long)));

/** The errors whose message names an option. */
const naming = (Object.keys(errorTable) as ErrorCode[]).filter((code) =>
  errorTable[code].message.includes('`'),
);

test.each(naming)('%s names flags of the command, and no option', (code) => {
  const names = [...errorTable[code].message.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => [
    name,
    'frameSize',
  ]);
  const { message, details } = asTyped(transferErrorOf(code, Object.fromEntries(names)));
  expect(message).not.toContain('`');
  const named = [...message.matchAll(/(?<![\w-])--[a-z][a-z-]+/g)].map(([flag]) => flag);
  expect(named.filter((flag) => !flags.has(flag))).toEqual([]);
  expect(named.length > 0 || message.includes('the output of --json')).toBe(true);
  expect(details).toMatchObject(Object.fromEntries(names));
});

test.each([
  [
    'read it with `limits.frameSize: 12`, `limits.depth: 3`',
    'read it with --limit frameSize=12, --limit depth=3',
  ],
  ['raise it (`limits.lineBytes`).', 'raise it: --limit lineBytes=<value>.'],
  ['left out with `excludeContentTypes`: a,b.', 'left out with --exclude-content-types a,b.'],
])('%s is typed %s', (library, command) => {
  expect(asFlags(library)).toBe(command);
});

const sources = ['src/transfer', 'src/stores'].flatMap((folder) =>
  readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts'))
    .map((name) => readFileSync(join(folder, name), 'utf8').replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')),
);

test('every reason in the code that names an option has words of the command', () => {
  const reasons = sources
    .flatMap((text) => text.match(/'[^'\n]*`\w+`[^'\n]*'|`[^`\n]*\\`.*`/g) ?? [])
    .map((found) =>
      found
        .slice(1, -1)
        .replaceAll('\\`', '`')
        .replace(/\$\{(limit|amount)\}/g, '7'),
    );
  expect(reasons.length).toBeGreaterThan(3);
  for (const reason of reasons) expect(asFlags(reason), reason).not.toContain('`');
});
