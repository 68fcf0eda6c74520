import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { asTyped, messageAsTyped, type OtherFlags } from '../../../src/cli/better-words.js';
import { otherFlags as otherFlagsOfDiff } from '../../../src/cli/commands/diff.command.js';
import { otherFlags as otherFlagsOfDoctor } from '../../../src/cli/commands/doctor.command.js';
import { asFlags } from '../../../src/cli/flag-words.js';
import { type ErrorCode, errorTable, TransferError, transferErrorOf } from '../../../src/protocol/errors.js';
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
    'read it with --limit frameSize=12 --limit depth=3',
  ],
  ['raise it (`limits.lineBytes`).', 'raise it: --limit lineBytes=<value>.'],
  ['left out with `excludeContentTypes`: a,b.', 'left out with --exclude-content-types a,b.'],
])('%s is typed %s', (library, command) => {
  expect(asFlags(library)).toBe(command);
});

test('what a user gave is shown as it was given, though it looks like an option', () => {
  const path = './`force`, `limits.depth: 3`';
  const reason = 'read it with `limits.depth: 3`';
  expect(messageAsTyped(new TransferError('NOT_REPLACEABLE', { path, reason }))).toBe(
    `${path} is not replaced, with --force neither: read it with --limit depth=3. Only a folder that is empty, or holds a Strapi export and nothing else, is replaced. Give another folder, or move what is in this one away.`,
  );
});

const sources = ['src/transfer', 'src/stores', 'src/merge'].flatMap((folder) =>
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

const foldersOf: Readonly<Record<string, readonly string[]>> = {
  doctor: ['src/doctor'],
  diff: ['src/diff'],
  transfer: ['src/transfer', 'src/protocol', 'src/client'],
};
const otherFlagsOf: Readonly<Record<string, OtherFlags>> = {
  doctor: otherFlagsOfDoctor,
  diff: otherFlagsOfDiff,
};

/** Options that the library refuses by their names, with the command that has a flag for each. */
const refused = Object.entries(foldersOf).flatMap(([command, folders]) =>
  folders
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' })
        .filter((name) => name.endsWith('.ts'))
        .map((name) => readFileSync(join(folder, name), 'utf8')),
    )
    .flatMap((text) => [
      ...text.matchAll(/(?:check(?:Delay|Count|Token)|requireToken)\((?:\w+, )?'(\w+)'|option: '(\w+)'/g),
    ])
    .map(([, checked, named]) => [command, checked ?? named ?? ''] as const),
);
/** A page in a browser, or a program, alone can give them wrong. */
const notTyped = ['checksums', 'proxy', 'ticket', 'where'];

test.each(refused.filter(([, option]) => !notTyped.includes(option)))(
  '%s has the flag as which it names the option %s',
  (command, option) => {
    const error = new TransferError('INVALID_OPTION', { option, value: 'this', reason: 'no' });
    const [, flag] = /^Option (\S+)/.exec(messageAsTyped(error, otherFlagsOf[command])) ?? [];
    const own = documentedCommands()
      .find(({ name }) => name === command)
      ?.options.map(({ long }) => long);
    expect(own).toContain(flag);
  },
);
