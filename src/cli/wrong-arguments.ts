import { TransferError } from '../protocol/errors.js';
import type { Host } from './host.js';

type Told = Pick<Host, 'stdout' | 'stderr'>;

/** What the `result` of --json says of a failure. */
export function failedResult({ code, message, details, row }: TransferError) {
  return { ok: false, exitCode: row.exit, error: { code, message, details } };
}

/** Returns the exit code. */
export function tellFailure(error: TransferError, isJson: boolean, host: Told): number {
  if (isJson) host.stdout.write(`${JSON.stringify({ event: 'result', ...failedResult(error) })}\n`);
  else host.stderr.write(`${error.code}: ${error.message}\n`);
  return error.row.exit;
}

export function tellWrong(text: string, host: Told & Pick<Host, 'argv'>): void {
  const error = new TransferError('INVALID_OPTION', { ...meaningOf(text) });
  tellFailure(error, host.argv?.includes('--json') === true, host);
  if (host.argv?.includes('--json') !== true) host.stderr.write('(--help shows the flags)\n');
}

interface Wrong {
  readonly option: string;
  readonly value: string;
  readonly reason: string;
}

const sentences: readonly (readonly [RegExp, (...parts: readonly string[]) => Wrong])[] = [
  [
    /^unknown option '(--?[\w-]+)/,
    (flag = '') => ({ option: flag, value: 'given', reason: 'the command has no such flag' }),
  ],
  [
    /^option '(?:-\w, )?(--[\w-]+) ([^']+)' argument missing/,
    (flag = '', value = '') => ({ option: flag, value: 'given alone', reason: `it needs ${value}` }),
  ],
  [
    /^required option '(--[\w-]+) [^']+' not specified/,
    (flag = '') => ({ option: flag, value: 'left out', reason: 'the command needs it' }),
  ],
  [
    /^missing required argument '([^']+)'/,
    (name = '') => ({ option: `<${name}>`, value: 'left out', reason: 'the command needs it' }),
  ],
  [
    /^command-argument value '([^']*)' is invalid for argument '([^']+)'\. Allowed choices are (.+)\./,
    (value = '', name = '', choices = '') => ({ option: `<${name}>`, value, reason: `use ${choices}` }),
  ],
  [
    /^unknown command '([^']*)'/,
    (value = '') => ({ option: '<command>', value, reason: 'there is no such command' }),
  ],
  [
    /^too many arguments[^.]*\. Expected (\d+) arguments? but got (\d+)/,
    (expected = '', got = '') => ({
      option: '<arguments>',
      value: `${got} words`,
      reason: `the command takes ${expected}; quote a path that has spaces`,
    }),
  ],
];

function meaningOf(text: string): Wrong {
  const [line = '', hint = ''] = text.replace(/^error: /, '').split('\n');
  const [, nearest] = /^\(Did you mean (?:one of )?(.+)\?\)$/.exec(hint) ?? [];
  for (const [pattern, wrong] of sentences) {
    const found = pattern.exec(line);
    if (found === null) continue;
    const { option, value, reason } = wrong(...found.slice(1));
    return { option, value, reason: nearest === undefined ? reason : `${reason}; the nearest is ${nearest}` };
  }
  return { option: '<arguments>', value: 'read', reason: line };
}
