import { describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command.js';

const url = 'https://cms.example.com/admin';

describe('an option is called as it was typed:', () => {
  const server = ['--from', url, '--from-token', 'planted-token', '--to', './no-such-folder'];
  test.each<readonly [string, string]>([
    ['--throttle', '-1'],
    ['--throttle', '99999999999'],
    ['--retry-message-timeout', '99999999999'],
    ['--retry-message-max-retries', '99999999999999999999'],
    ['--heartbeat-timeout', '99999999999'],
    ['--busy-timeout', 'soon'],
    ['--only', 'foo'],
    ['--exclude', 'foo'],
    ['--schema-strategy', 'foo'],
    ['--limit', 'foo=1'],
    ['--limit', 'ageWorkFactor=99999999999999999'],
    ['--backup', './b.tar.gz'],
    ['--backup-key', 'x'],
    ['--inspect-control', ''],
    ['--inspect', '70000'],
  ])('%s %s', async (flag, value) => {
    const { exitCode, stderr } = await runCommand([
      'transfer',
      ...server,
      flag,
      ...(value === '' ? [] : [value]),
    ]);
    expect(stderr).toContain(`INVALID_OPTION: Option ${flag}`);
    expect(exitCode).toBe(2);
  });
});

describe("wrong arguments have the form of every other error, commander's too:", () => {
  test.each<readonly [readonly string[], string]>([
    [
      ['transfer', '--frm', 'x'],
      'Option --frm cannot be given: the command has no such flag; the nearest is --from.',
    ],
    [['transfer', '--tokn=planted'], 'Option --tokn cannot be given: the command has no such flag.'],
    [['transfer', '--from'], 'Option --from cannot be given alone: it needs <end>.'],
    [['diff', 'x'], 'Option <to> cannot be left out: the command needs it.'],
    [['serve'], 'Option <folder> cannot be left out: the command needs it.'],
    [['completion', 'tcsh'], 'Option <shell> cannot be tcsh: use bash, zsh, fish.'],
    [['mve'], 'Option <command> cannot be mve: there is no such command.'],
    [['token', 'create', '--scope', 'pull'], 'Option --store cannot be left out: the command needs it.'],
    [
      ['inspect', 'a', 'b'],
      'Option <arguments> cannot be 2 words: the command takes 1; quote a path that has spaces.',
    ],
  ])('%j', async (words, message) => {
    const { exitCode, stderr, stdout } = await runCommand(words);
    expect({ exitCode, stdout, stderr }).toEqual({
      ...{ exitCode: 2, stdout: '' },
      stderr: `INVALID_OPTION: ${message}\n(--help shows the flags)\n`,
    });
    const json = await runCommand([...words, '--json']);
    // It would be taken for the value, or the command has no such flag.
    if (words.at(-1) === '--from' || words[0] === 'completion') return;
    expect(JSON.parse(json.stdout)).toMatchObject({
      event: 'result',
      ok: false,
      error: { code: 'INVALID_OPTION' },
    });
  });
});
