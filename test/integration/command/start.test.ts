import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCommand, runProcess } from '../../support/command.js';

let scratch = '';
beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'ferry-start-'));
  // Tells each module that is loaded, on stderr, before the command's own.
  const resolve = `export async function resolve(specifier, context, next) {
    const found = await next(specifier, context);
    process._rawDebug('loaded ' + found.url);
    return found;
  }`;
  const hooks = `data:text/javascript,${encodeURIComponent(resolve)}`;
  writeFileSync(
    join(scratch, 'watch.mjs'),
    `import { register } from 'node:module'; register(${JSON.stringify(hooks)});`,
  );
});
afterAll(() => rmSync(scratch, { recursive: true }));

async function loadedBy(...parameters: readonly string[]): Promise<readonly string[]> {
  const watch = `--import=${join(scratch, 'watch.mjs')}`;
  const { stderr } = await runProcess(parameters, { env: { NODE_OPTIONS: watch } });
  return [...stderr.matchAll(/loaded (\S+)/g)].map(([, url = '']) => url);
}

test.each([
  '--help',
  '--version',
  'transfer --help',
  'serve --help',
  'token create --help',
  'diff --help',
  'completion --help',
])('%s loads commander and the definitions, no command and no other package', async (line) => {
  const loaded = await loadedBy(...line.split(' '));
  expect(loaded.some((url) => url.includes('/node_modules/commander/'))).toBe(true);
  const packages = loaded.filter((url) => url.includes('/node_modules/') && !url.includes('/commander/'));
  expect(packages).toEqual([]);
  expect(loaded.filter((url) => /\.(command|machine)\.js$/.test(url))).toEqual([]);
  expect(loaded.filter((url) => /^node:(net|http|https|tls|zlib|crypto)$/.test(url))).toEqual([]);
});

test('what a command needs is loaded when it runs', async () => {
  const loaded = await loadedBy('diff', scratch, scratch);
  expect(loaded.some((url) => url.endsWith('/diff.command.js'))).toBe(true);
});

test.each(['bash', 'zsh', 'fish'])('completion %s prints a script that asks for the words', async (shell) => {
  const { exitCode, stdout, stderr } = await runCommand(['completion', shell]);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain('strapi-ferry complete --');
});

test('the script of bash may be read again, offers words and paths, and evaluates nothing', async () => {
  const { stdout } = await runCommand(['completion', 'bash']);
  const script = join(scratch, 'completion.bash');
  writeFileSync(script, stdout);
  mkdirSync(join(scratch, 'content'));
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

test('token create takes a --lifespan, and diff a --show', async () => {
  const store = join(scratch, 'store');
  const parameters = ['token', 'create', '--store', store, '--scope', 'pull', '--json'];
  const { stdout } = await runProcess([...parameters, '--lifespan', '12h']);
  expect(JSON.parse(stdout)).toMatchObject({ expiresAt: expect.stringMatching(/^\d{4}-/) });
  expect(await runProcess([...parameters, '--lifespan', '12'])).toMatchObject({ exitCode: 2 });
  expect(await runProcess(['diff', store, store, '--show', 'few'])).toMatchObject({ exitCode: 2 });
});

test('ends with a word where so few files may be open that modules cannot be loaded', async () => {
  const within = ['sh', '-c', 'ulimit -n 40; exec "$0" "$@"'];
  const { exitCode, stderr } = await runProcess(['transfer', '--from', 'a', '--to', 'b'], { within });
  expect([exitCode, stderr]).toEqual([
    7,
    expect.stringContaining('TOO_FEW_FILES: This process may have 40 files'),
  ]);
});
