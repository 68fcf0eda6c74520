import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runProcess } from '../../support/command.js';

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
