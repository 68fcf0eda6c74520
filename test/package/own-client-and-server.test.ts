import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Block, blocksOf, type Kitchen, layOut } from './support/recipes.js';
import { run, runWell } from './support/run.js';

/** All cases take 17 s of a core: every third of them, unless FERRY_SOAK asks for all. */
const share = process.env['FERRY_SOAK'] === undefined ? 3 : 1;
const sharing = `export function shared(suite) {
  console.error(suite.cases.length);
  return { cases: suite.cases.filter((_, index) => index % ${share} === 0) };
}`;

let blocks: readonly Block[];
let kitchen: Kitchen;
beforeAll(async () => {
  blocks = (await blocksOf('docs/own-client-and-server.md')).filter(({ file }) => file !== '');
  kitchen = await layOut(blocks);
  await writeFile(join(kitchen.folder, 'shared.mjs'), sharing);
});
afterAll(() => kitchen.remove());

const blockOf = (name: string) => blocks.find(({ file }) => file === name)?.text ?? '';

test.each([
  ['test-own-server.mjs', /report\((testServer\(.*?\))\)/, 'server-report.txt'],
  ['test-own-client.mjs', /report\((suite)\)/, 'client-report.txt'],
])('%s passes the kit, in as many cases as the page says', async (script, suite, said) => {
  const text = blockOf(script);
  expect(text).toMatch(suite);
  const file = `shared-${script}`;
  const shared = `import { shared } from './shared.mjs';\n${text.replace(suite, 'report(shared($1))')}`;
  await writeFile(join(kitchen.folder, file), shared);
  const { stdout, stderr, exitCode } = await run(process.execPath, [file], { cwd: kitchen.folder });
  const cases = Number(stderr);
  expect([stdout, exitCode]).toEqual([`${Math.ceil(cases / share)} passed, 0 failed\n`, 0]);
  expect(blockOf(said)).toBe(`${cases} passed, 0 failed\n`);
});

test('walk.mjs says what the page shows', async () => {
  const stdout = await runWell(process.execPath, ['walk.mjs'], { cwd: kitchen.folder });
  expect(stdout).toBe(blockOf('walk.txt'));
});

test.each(['own-server.mjs', 'own-client.mjs'])('%s has 80 lines at most', (name) => {
  const lines = blockOf(name).trimEnd().split('\n');
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.length).toBeLessThanOrEqual(80);
});
