import type { Command, Option } from 'commander';
import type { Host } from '../host.js';
import { scripts } from './completion-scripts.js';

export type Shell = keyof typeof scripts;

interface Suggestions {
  readonly found: readonly { readonly value: string; readonly description: string }[];
  readonly paths: boolean;
}

/** Prints the script for a shell; it calls `strapi-ferry complete -- <words>`. */
export function printScript(shell: Shell, { stdout }: Pick<Host, 'stdout'>): void {
  stdout.write(scripts[shell]);
}

/** Prints a line for each suggestion, `value`, tab, `description`, and `:paths` where a path may stand there. */
export function printSuggestions(
  words: readonly string[],
  program: Command,
  { stdout }: Pick<Host, 'stdout'>,
): void {
  const { found, paths } = suggestionsFor(words, program);
  const lines = found.map(({ value, description }) => `${value}\t${description}`);
  for (const line of [...lines, ...(paths ? [':paths'] : [])]) stdout.write(`${line}\n`);
}

function suggestionsFor(words: readonly string[], program: Command): Suggestions {
  // Bash breaks a word at each = and :, so what follows `--from=` comes as a word of its own.
  const before = words.slice(0, -1).filter((word) => word !== '=');
  const last = words.at(-1) === '=' ? '' : (words.at(-1) ?? '');
  const [, joined, value = ''] = /^(--[\w-]+)=(.*)$/s.exec(last) ?? [];
  const { command, rest } = commandOf(before, program);
  const flag = optionOf(joined ?? before.at(-1), command);
  if (flag?.required === true || (flag?.optional === true && !last.startsWith('-'))) {
    return valuesOf(flag.flags, flag.argChoices, joined === undefined ? last : value);
  }
  if (last.startsWith('-')) return { found: flagsOf(command, before, last), paths: false };
  const inner = command.createHelp().visibleCommands(command);
  if (inner.length > 0) {
    const found = inner.map((one) => ({
      value: one.name(),
      description: one.summary() || one.description(),
    }));
    return { found: starting(found, last), paths: false };
  }
  const argument = command.registeredArguments[rest.length];
  if (argument === undefined) return { found: [], paths: false };
  return valuesOf(`<${argument.name()}>`, argument.argChoices, last);
}

function commandOf(words: readonly string[], program: Command) {
  let command = program;
  const rest: string[] = [];
  words.forEach((word, at) => {
    const flag = optionOf(words[at - 1], command);
    if (word.startsWith('-') || flag?.required === true) return;
    const inner = command.commands.find((one) => one.name() === word);
    if (inner === undefined) rest.push(word);
    else command = inner;
  });
  return { command, rest };
}

const optionOf = (word: string | undefined, command: Command): Option | undefined =>
  command.options.find(({ long, short }) => word !== undefined && (word === long || word === short));

function flagsOf(command: Command, given: readonly string[], last: string) {
  const options = command.createHelp().visibleOptions(command);
  const open = options.filter(({ long }) => long && (long === '--limit' || !given.includes(long)));
  return starting(
    open.map(({ long, description }) => ({ value: long ?? '', description })),
    last,
  );
}

const isPath = /<(end|file|folder|export|recording|changeset|from|to)>/;

function valuesOf(placeholder: string, choices: readonly string[] = [], last: string): Suggestions {
  const found = choices.map((value) => ({ value, description: '' }));
  return { found: starting(found, last), paths: isPath.test(placeholder) };
}

const starting = <T extends { readonly value: string }>(found: readonly T[], last: string) =>
  found.filter(({ value }) => value.startsWith(last));
