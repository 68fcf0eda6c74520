import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, type Kitchen, layOut } from './support/recipes.js';
import { runWell } from './support/run.js';

let blocks: readonly Block[];
let kitchen: Kitchen;
beforeAll(async () => {
  blocks = (await blocksOf('docs/own-client-and-server.md')).filter(({ file }) => file !== '');
  kitchen = await layOut(blocks);
});
afterAll(() => kitchen.remove());

const blockOf = (name: string) => blocks.find(({ file }) => file === name)?.text ?? '';

test.each([
  ['test-own-server.mjs', 'server-report.txt'],
  ['test-own-client.mjs', 'client-report.txt'],
  ['walk.mjs', 'walk.txt'],
])('%s says what the page shows', async (script, said) => {
  const stdout = await runWell(process.execPath, [script], { cwd: kitchen.folder });
  expect(stdout).toBe(blockOf(said));
});

test.each(['own-server.mjs', 'own-client.mjs'])('%s has 80 lines at most', (name) => {
  const lines = blockOf(name).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.length).toBeLessThanOrEqual(80);
});
