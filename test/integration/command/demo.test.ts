import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { treeOf } from '../../support/tree.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const fixtures = join(root, 'test', 'fixtures');

/** The fixtures without the pins of tests that read the sample at the same time. */
async function fixturesTree() {
  const tree = Object.entries(await treeOf(fixtures));
  return tree.filter(([path]) => !path.startsWith('sample-export.ferry'));
}

test('npm run demo moves the sample, shows it, ends by itself and leaves nothing behind', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-demo-test-'));
  const before = await fixturesTree();
  const began = performance.now();
  // Rejects where it ends with anything but 0.
  const { stdout, stderr } = await promisify(execFile)('npm', ['run', '--silent', 'demo'], {
    cwd: root,
    env: { ...process.env, TMPDIR: scratch, NODE_OPTIONS: '' },
  });
  expect(performance.now() - began).toBeLessThan(20_000);
  expect(stdout).toMatch(/entities +24\n +assets +4 +3650\n +links +74\n +configuration +8\n/);
  const passed = 'connected → initializing → preparing → transferring → closing → ended';
  expect(stdout.split('\n').filter((line) => line.endsWith(`  ${passed}`))).toHaveLength(4);
  expect(stdout).toMatch(/library and archive are equal/);
  expect(stderr).not.toMatch(/error/i);
  expect(await readdir(scratch)).toEqual([]);
  expect(await fixturesTree()).toEqual(before);
  await rm(scratch, { recursive: true });
});
