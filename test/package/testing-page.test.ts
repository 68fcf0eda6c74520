import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { root } from './support/installed.js';
import { type Block, blocksOf, type Kitchen, layOut } from './support/recipes.js';
import { run, runWell } from './support/run.js';

let blocks: readonly Block[];
let kitchen: Kitchen;
beforeAll(async () => {
  blocks = (await blocksOf('docs/testing.md')).filter(({ file }) => file !== '');
  kitchen = await layOut(blocks);
});
afterAll(() => kitchen.remove());

const blockOf = (name: string) => blocks.find(({ file }) => file === name)?.text ?? '';

test('the toy server of the page is wrong where the page says so', async () => {
  const { exitCode, stdout } = await run(process.execPath, ['test-toy.mjs'], { cwd: kitchen.folder });
  expect(exitCode).toBe(1);
  const lines = blockOf('report.txt').trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(3);
  expect(stdout.split('\n')).toEqual(expect.arrayContaining(lines));
});

test.each([
  ['test-toy-sequences.mjs', 'sequences-report.txt'],
  ['test-client.mjs', 'client-report.txt'],
  ['test-client-by-url.mjs', 'client-by-url-report.txt'],
])('the report of the page is what comes: %s', async (script, said) => {
  const stdout = await runWell(process.execPath, [script], { cwd: kitchen.folder });
  expect(stdout).toBe(blockOf(said));
});

test('an answer that is corrupt ends as the page says', async () => {
  const stdout = await runWell(process.execPath, ['corrupt-answer.mjs'], { cwd: kitchen.folder });
  expect(stdout).toBe(blockOf('corrupt-answer.txt'));
});

test('docs/examples/toy-server is what the page shows', async () => {
  for (const name of ['toy-server.mjs', 'test-toy.mjs']) {
    expect(await readFile(join(root, 'docs/examples/toy-server', name), 'utf8')).toBe(blockOf(name));
  }
});
