import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command.js';

const server = 'http://127.0.0.1:9/admin';
const token = 'planted-token-5b1f';

let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-arguments-'));
  await mkdir(join(cwd, 'content'));
});
afterAll(() => rm(cwd, { recursive: true }));

const transfer = (...parameters: string[]) => runCommand(['transfer', ...parameters], { cwd });
const pull = (...parameters: string[]) =>
  transfer('--from', server, '--from-token', token, '--to', 'content', ...parameters);
const pullFrom = (url: string) => transfer('--from', url, '--from-token', token, '--to', 'content');

describe('arguments that cannot be used end with 2, a line that says why, and nothing done', () => {
  test.each([
    ['no arguments', () => transfer(), 'MISSING_END: Nothing was given for --from.'],
    ['no destination', () => transfer('--from', server), 'MISSING_END: Nothing was given for --to.'],
    ['an unknown flag', () => pull('--fast'), 'Option --fast cannot be given: the command has no such flag'],
    [
      'an unknown command',
      () => runCommand(['move'], { cwd }),
      'Option <command> cannot be move: there is no such command',
    ],
    ['what is no URL', () => pullFrom('http://exa mple/admin'), 'INVALID_URL'],
    ['another scheme', () => pullFrom('ftp://example.com/admin'), 'its scheme is ftp, not http or https'],
    ['a socket’s scheme', () => pullFrom('ws://example.com/admin'), 'its scheme is ws'],
    ['a misspelt scheme', () => pullFrom('htp://example.com/admin'), 'its scheme is htp'],
    ['a URL without an admin path', () => pullFrom('http://example.com/'), 'it has no admin path'],
    ['a URL with a password', () => pullFrom('http://me:it@example.com/admin'), 'a user name or password'],
    [
      'an empty token',
      () => transfer('--from', server, '--from-token', '', '--to', 'content'),
      'give it as --from-token',
    ],
    [
      'a longer wait than a timer holds',
      () => runCommand(['doctor', server, '--timeout', '99999999999'], { cwd }),
      'Option --timeout cannot be 99999999999',
    ],
    [
      'more differences than a number holds',
      () => runCommand(['diff', 'content', 'content', '--show', '9'.repeat(400)], { cwd }),
      'Option --show cannot be Infinity',
    ],
    ['no token', () => transfer('--from', server, '--to', 'content'), 'STRAPI_TRANSFER_FROM_TOKEN'],
    [
      'no token of the destination',
      () => transfer('--from', 'content', '--to', server),
      'STRAPI_TRANSFER_TO_TOKEN',
    ],
    ['an unknown group', () => pull('--only', 'media'), 'Option --only cannot be media'],
    [
      'a group that is wanted and not',
      () => pull('--only', 'files', '--exclude', 'files'),
      'it stands in both',
    ],
    [
      'a type that is wanted and not',
      () => pull('--only-content-types', 'api::a.a', '--exclude-content-types', 'api::a.a'),
      'it stands in both',
    ],
    ['an unknown strategy', () => pull('--schema-strategy', 'exact'), 'use strict or ignore'],
    ['a time in words', () => pull('--heartbeat-timeout', '10s'), 'it must be a whole number'],
    ['a time without end', () => pull('--busy-timeout', '2147483648'), 'milliseconds from 0 to 2147483647'],
    [
      'an archive that none can write',
      () => transfer('--from', 'content', '--to', 'b.tgz'),
      '--to cannot be b.tgz',
    ],
    [
      'a password of a folder',
      () => transfer('--from', 'content', '--to', 'fresh', '--to-key', token),
      'Option --to-key cannot be given: fresh is a folder and cannot be encrypted',
    ],
    [
      'a password of a folder, to be asked for',
      () => transfer('--from', 'content', '--to', 'fresh', '--to-key'),
      'Option --to-key cannot be given',
    ],
    [
      'a password of a folder, in the environment',
      () =>
        runCommand(['transfer', '--from', 'content', '--to', 'fresh'], {
          cwd,
          env: { STRAPI_TRANSFER_TO_KEY: token },
        }),
      'Option STRAPI_TRANSFER_TO_KEY cannot be given',
    ],
    [
      'a password of a server',
      () => pull('--from-key', token),
      `Option --from-key cannot be given: ${server} is a server and cannot be decrypted`,
    ],
    [
      'a password that diff has no use for',
      () => runCommand(['diff', 'content', 'content', '--to-key', token], { cwd }),
      'Option --to-key cannot be given: content is a folder',
    ],
    [
      'a home that no shell has put in',
      () => transfer('--from', 'content', '--to', '~/x'),
      'write the whole path',
    ],
    ['a negative count', () => pull('--retry-message-max-retries=-1'), 'it must be a whole number'],
  ])('%s', async (_, run, reason) => {
    const { exitCode, stdout, stderr } = await run();
    expect({ exitCode, stdout }).toEqual({ exitCode: 2, stdout: '' });
    expect(stderr).toContain(reason);
    expect(await readdir(cwd)).toEqual(['content']);
  });
});

test('a password in a URL is not repeated', async () => {
  const { stderr } = await pullFrom('http://me:planted-password@example.com/admin');
  expect(stderr).toContain('INVALID_URL');
  expect(stderr).not.toContain('planted-password');
});

test('help and version are no errors', async () => {
  expect(await runCommand(['--version'])).toMatchObject({ exitCode: 0, stdout: '0.1.0\n', stderr: '' });
  const help = await runCommand(['transfer', '--help']);
  expect(help).toMatchObject({ exitCode: 0, stderr: '' });
  expect(help.stdout).toContain('STRAPI_TRANSFER_FROM_TOKEN');
});
