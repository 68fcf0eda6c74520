import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { createProgram } from '../../../src/cli/program.js';
import { cleanerOf, cleanHost, secretsIn } from '../../../src/cli/report/clean.js';
import { createJsonReport } from '../../../src/cli/report/json-report.js';
import { createLogReport } from '../../../src/cli/report/log-report.js';
import { withoutSecrets } from '../../../src/cli/report/secrets.js';
import { createTerminalReport } from '../../../src/cli/report/terminal-report.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { reportSettings } from '../../support/settings.js';

const token = '0123456789abcdef'.repeat(16);
const steering = [
  ...Array.from({ length: 0x20 }, (_, code) => code).filter((code) => code !== 0x0a && code !== 0x09),
  ...Array.from({ length: 0x21 }, (_, index) => 0x7f + index),
  ...[0x61c, 0x200e, 0x200f, 0x202a, 0x202b, 0x202c, 0x202d, 0x202e, 0x2066, 0x2067, 0x2068, 0x2069],
].map((code) => String.fromCharCode(code));
const isSteering = (text: string) => steering.some((one) => text.includes(one));

describe('a text from outside', () => {
  test.each([
    ['\u001b[2J\u001b]0;title\u0007a', 'a'],
    ['\u009b2Ja', 'a'],
    ['a\u202egnp.exe', 'agnp.exe'],
    ['one\ntwo\tthree', 'one\ntwo\tthree'],
    [`heard ${token}`, 'heard [hidden]'],
    [`heard ${token.toUpperCase()}`, 'heard [hidden]'],
    [`a sha256 ${token.slice(0, 64)} stays`, `a sha256 ${token.slice(0, 64)} stays`],
    ['https://me:pass@cms.example.com/admin', 'https://[hidden]@cms.example.com/admin'],
    ['https://cms.example.com/admin?token=abc&page=2', 'https://cms.example.com/admin?token=[hidden]&page=2'],
    ['wss://a/x?page=2&access_token=abc', 'wss://a/x?page=2&access_token=[hidden]'],
    ['http://127.0.0.1:4747/#token=abc', 'http://127.0.0.1:4747/#token=abc'],
    ['a known secret "x y"', 'a known [hidden]'],
  ])('%j is printed as %j', (text, printed) => {
    expect(cleanerOf(['secret "x y"'])(text)).toBe(printed);
  });

  test('is as it was where it holds nothing of that', () => {
    const text = 'https://cms.example.com/admin, über 2 Zeilen\n\tund 🙂, mail me@example.com';
    expect(cleanerOf([])(text)).toBe(text);
  });
});

describe.each([
  ['terminal', createTerminalReport],
  ['log', createLogReport],
  ['JSON', createJsonReport],
])('the %s report', (_, create) => {
  test.each(steering.map((one) => [one.charCodeAt(0).toString(16), one]))(
    'writes no U+%s that came from outside',
    (_code, code) => {
      const { written, settings } = reportSettings();
      const report = withoutSecrets(
        create({ ...settings, verbose: true, paint: (_colour, text) => text }),
        [],
      );
      const planted = `a${code}b`;
      const before = written.out + written.err;
      for (const kind of ['info', 'warning', 'error'] as const)
        report.diagnostic({ kind, message: planted, origin: planted });
      report.note(planted);
      report.warn(planted);
      report.backedUp(planted);
      report.failed(new TransferError('PEER_ERROR', { url: planted, request: 'init', answer: planted }));
      const all = (written.out + written.err).slice(before.length);
      // What the screen itself needs, and the end of a line.
      const rest = stripVTControlCharacters(all).replaceAll('\r', '');
      expect(rest.includes(code)).toBe(false);
      expect(all).toContain('ab');
    },
  );
});

describe('what is secret', () => {
  test.each<[string, readonly string[], Record<string, string>, readonly string[]]>([
    ['a flag and its value', ['--from-token', 'abc'], {}, ['abc']],
    ['a flag with =', ['--to-key=a=b'], {}, ['a=b']],
    ['a flag of another command', ['--from-token', 'abc', '--to-key', 'def'], {}, ['abc', 'def']],
    ['a variable', [], { STRAPI_TRANSFER_TO_TOKEN: 'abc', STRAPI_TRANSFER_FROM_KEY: 'def' }, ['abc', 'def']],
    ['nothing else', ['--from', './a', '--only', 'content'], { STRAPI_TRANSFER_URL: 'http://a' }, []],
  ])('is known by %s', (_, argv, env, secrets) => {
    expect(secretsIn({ argv, env })).toEqual(secrets);
  });
});

function run(...argv: readonly string[]) {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text), isTTY: false };
  const host = {
    ...{ stdin: {}, stdout: output, stderr: output, exitCode: undefined as number | undefined },
    env: { STRAPI_TRANSFER_TOKEN: 'planted-in-env' },
    argv: ['node', 'strapi-ferry', ...argv],
    on: () => {},
    off: () => {},
    exit(code: number): never {
      throw new Error(`exit ${code}`);
    },
  };
  const program = createProgram(host);
  const errors = { writeErr: (text: string) => void written.push(text), writeOut: () => {} };
  for (const command of [
    program,
    ...program.commands,
    ...program.commands.flatMap(({ commands }) => commands),
  ])
    command.configureOutput(errors);
  return program
    .parseAsync([...host.argv])
    .catch(() => {})
    .then(() => written.join(''));
}

/** Where a secret, or what steers a terminal, can stand on a command line that is wrong. */
describe('a command line', () => {
  const hostile = 'planted\u001b[2J\u009b2J\u202e';
  test.each([
    ['a password in a source', ['transfer', '--from', 'https://me:planted-pass@/', '--to', './a']],
    [
      'a password in a source of a wrong scheme',
      ['transfer', '--from', 'ftp://me:planted-pass@a', '--to', './a'],
    ],
    [
      'a token in a query',
      ['transfer', '--from', 'https://a/admin?token=planted-pass', '--to', 'https://b/admin'],
    ],
    ['a token as a group', ['transfer', '--from', './a', '--to', './b', '--only', token]],
    ['a token as a number', ['transfer', '--from', './a', '--to', './b', '--throttle', token]],
    ['a token as a strategy', ['transfer', '--from', './a', '--to', './b', '--schema-strategy', token]],
    [
      'the variable’s token as a group',
      ['transfer', '--from', './a', '--to', './b', '--only', 'planted-in-env'],
    ],
    [
      'a flag’s token as a group',
      ['transfer', '--from-token', 'planted-pass', '--only', 'planted-pass', '--from', 'a', '--to', 'b'],
    ],
    ['a misspelt flag', ['transfer', '--from-tokn=planted-pass']],
    ['codes in a group', ['transfer', '--from', './a', '--to', './b', '--only', hostile]],
    ['codes in a flag', ['transfer', `--${hostile}`]],
    ['a token as a limit of diff', ['diff', './a', './b', '--show', token]],
    ['a password in an end of diff', ['diff', 'https://me:planted-pass@a:b', './b']],
    ['codes in a path of diff', ['diff', hostile, './b']],
    ['a password in a URL of doctor', ['doctor', 'https://me:planted-pass@/admin']],
    ['a token as a scope of doctor', ['doctor', 'https://a/admin', '--scope', token]],
    ['a token as a port of serve', ['serve', './a', '--port', token]],
    ['codes in a path of serve', ['serve', './a', '--path', hostile]],
    ['a token as a port of inspect', ['inspect', './a.jsonl', '--port', token]],
    ['codes in a path of inspect', ['inspect', hostile]],
    [
      'a token as a lifespan',
      ['token', 'create', '--store', '/nowhere', '--scope', 'pull', '--lifespan', token],
    ],
    ['codes in a scope', ['token', 'create', '--store', '/nowhere', '--scope', hostile]],
    ['a token as a command', [token]],
  ])('with %s says what is wrong, without it', async (_, argv) => {
    const written = await run(...argv);
    expect(written).not.toBe('');
    expect(written).not.toMatch(/planted-pass|planted-in-env|[0-9a-f]{128}/);
    expect(isSteering(written)).toBe(false);
  });
});

test('a process with a short password keeps its words whole', () => {
  const written: string[] = [];
  const output = { write: (text: string) => written.push(text) };
  const host = { stdin: {}, stdout: output, stderr: output, env: {}, argv: ['--from-key', 'e'] };
  const off = () => {};
  cleanHost({ ...host, on: off, off, exit: off }).stdout.write('{"event":"result"}\n');
  expect(written).toEqual(['{"event":"result"}\n']);
});
