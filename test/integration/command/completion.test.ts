import { execFileSync, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runCommand } from '../../support/command.js';

/** A folder `content`, the scripts, and a `strapi-ferry` that knows a few words. */
let scratch = '';
const shells = ['bash', 'zsh', 'fish'] as const;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'ferry-completion-'));
  mkdirSync(join(scratch, 'content'));
  for (const shell of shells) {
    const { stdout } = await runCommand(['completion', shell]);
    writeFileSync(join(scratch, `completion.${shell}`), stdout);
  }
  const command = join(scratch, 'strapi-ferry');
  writeFileSync(
    command,
    `#!/bin/sh
for last do :; done
case $last in
  tr) printf 'transfer\\tmove content\\n' ;;
  --quie) printf -- '--quietly\\tone line: the last\\n' ;;
  con | --from=con) echo :paths ;;
esac
`,
  );
  chmodSync(command, 0o755);
});
afterAll(() => rmSync(scratch, { recursive: true }));

/** What a shell prints that runs a script of its own in the folder; the script is read twice before. */
function printedBy(shell: 'zsh' | 'fish', parameters: readonly string[], script: string): string {
  const path = join(scratch, `typed.${shell}`);
  writeFileSync(path, script);
  return execFileSync(shell, [...parameters, path], {
    cwd: scratch,
    encoding: 'utf8',
    env: { PATH: `${scratch}${delimiter}${process.env['PATH']}`, HOME: scratch, TERM: 'dumb' },
    timeout: 30_000,
  });
}

/** CI installs no shell for this. */
const has = (shell: string) => spawnSync(shell, ['--version']).status === 0;

test.each(shells)('completion %s prints a script that asks for the words', async (shell) => {
  const { exitCode, stdout, stderr } = await runCommand(['completion', shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('strapi-ferry complete --');
});

describe('the script, read twice, offers words and paths, and evaluates nothing:', () => {
  test('bash', () => {
    const script = join(scratch, 'completion.bash');
    const typed = (words: string, said: string) =>
      execFileSync(
        'bash',
        [
          '-uc',
          `
      cd "$2"; source "$1"; source "$1"
      strapi-ferry() { printf '%b' "$said"; }
      said=$3 COMP_WORDS=(${words}) COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
      _strapi_ferry; printf '%s\\n' "\${COMPREPLY[@]-}"`,
          'bash',
          script,
          scratch,
          said,
        ],
        { encoding: 'utf8' },
      );
    expect(typed('strapi-ferry tr', 'transfer\\tmove content\\n')).toBe('transfer\n');
    expect(typed('strapi-ferry serve con', ':paths\\n')).toBe('content\n');
    expect(typed("strapi-ferry transfer '$(touch evil)' --x", '')).toBe('\n');
    expect(existsSync(join(scratch, 'evil'))).toBe(false);
  });

  test.skipIf(!has('zsh'))('zsh', () => {
    // A terminal of zsh's own, since only its line editor completes. It draws what it adds, not the line again.
    const typed = printedBy(
      'zsh',
      ['-f'],
      `zmodload zsh/zpty
zpty terminal zsh -f -i
see() { local seen; zpty -r terminal seen "*$1*" && print -r -- "saw $1"; }
type() { zpty -n -w terminal "$1"; }
zpty -w terminal 'PS1= RPS1= PS2=; unsetopt beep; bindkey "^I" complete-word; autoload -Uz compinit; compinit -D -u
source ./completion.zsh; source ./completion.zsh; print rea""dy'
see ready
type $'strapi-ferry tr\t'; see ansfer
type $'\\C-ustrapi-ferry serve con\t'; see tent/
type $'\\C-ustrapi-ferry transfer --from=con\t'; see tent/
type $'\\C-ustrapi-ferry transfer "$(touch evil)" --quie\t'; see tly
zpty -d terminal
`,
    );
    expect(typed.trim().split('\n')).toEqual(
      ['ready', 'ansfer', 'tent/', 'tent/', 'tly'].map((seen) => `saw ${seen}`),
    );
    expect(existsSync(join(scratch, 'evil'))).toBe(false);
  });

  test.skipIf(!has('fish'))('fish', () => {
    const typed = printedBy(
      'fish',
      ['--no-config'],
      `source completion.fish; source completion.fish
for line in 'strapi-ferry tr' 'strapi-ferry serve con' 'strapi-ferry transfer --from=con' 'strapi-ferry transfer \\'$(touch evil)\\' (touch evil) --quie'
    complete -C "$line"
end
`,
    );
    expect(typed.trim().split('\n')).toEqual([
      'transfer\tmove content',
      'content/',
      '--from=content/',
      '--quietly\tone line: the last',
    ]);
    expect(existsSync(join(scratch, 'evil'))).toBe(false);
  });
});

test.each([
  [['tr'], /^transfer\tmove/m],
  [['transfer', '--from-t'], /^--from-token\t/m],
  [['transfer', '--from'], /^--from\t/m],
  [['transfer', '--from', ''], /^:paths$/],
  [['transfer', '--from', './co'], /^:paths$/],
  [['transfer', '--from', '=', './co'], /^:paths$/],
  [['transfer', '--from=./co'], /^:paths$/],
  [['transfer', '--from', 'https', ':', '//x', '--record', ''], /^:paths$/],
  [['transfer', '--from-token', ''], /^$/],
  [['transfer', '--json', '--js'], /^$/],
  [['transfer', '--limit', 'depth=1', '--lim'], /^--limit\t/m],
  [['serve', ''], /^:paths$/],
  [['inspect', ''], /^:paths$/],
  [['diff', 'monday', ''], /^:paths$/],
  [['diff', 'monday', 'tuesday', ''], /^$/],
  [['doctor', ''], /^$/],
  [['token', ''], /^create\t/m],
  [['token', 'create', '--sc'], /^--scope\t/m],
  [['token', 'create', '--store', ''], /^:paths$/],
  [['completion', ''], /^fish/m],
])('completes %j', async (words, found) => {
  const { exitCode, stdout } = await runCommand(['complete', '--', ...words]);
  expect({ exitCode, stdout: stdout.trim() }).toEqual({ exitCode: 0, stdout: expect.stringMatching(found) });
});

test('an unknown shell ends with 2', async () => {
  expect(await runCommand(['completion', 'cmd'])).toMatchObject({ exitCode: 2, stdout: '' });
});
