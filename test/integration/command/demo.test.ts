import { execFile } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify, stripVTControlCharacters } from 'node:util';
import { expect, test } from 'vitest';
import { runCommand } from '../../support/command.js';
import { treeOf } from '../../support/tree.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const fixtures = join(root, 'test', 'fixtures');

/** The fixtures without the pins of tests that read the sample at the same time. */
async function fixturesTree() {
  const tree = Object.entries(await treeOf(fixtures));
  return tree.filter(([path]) => !path.startsWith('sample-export.ferry'));
}

test('npm run demo shows the command at work, leaves two folders, and ends with what to try next', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-demo-test-'));
  const before = await fixturesTree();
  // Rejects where it ends with anything but 0.
  const { stdout, stderr } = await promisify(execFile)('npm', ['run', '--silent', 'demo'], {
    cwd: root,
    env: { ...process.env, TMPDIR: scratch, NODE_OPTIONS: '', FORCE_COLOR: '1' },
  });
  const lines = stripVTControlCharacters(stdout).trimEnd().split('\n');
  // On a terminal of 80 columns, with the prompt below.
  const shown = lines.reduce(
    (sum, line) => sum + Math.ceil(Math.max(1, line.replaceAll(scratch, '/tmp').length) / 80),
    0,
  );
  expect(shown).toBeLessThan(24);
  expect(stdout).toContain('\u001B[');
  expect(lines.filter((line) => /^assets +4 +3\.6 KiB/.test(line))).toHaveLength(2);
  expect(lines).toContainEqual(expect.stringMatching(/^pulled and pushed are equal$/));
  expect(stderr).toBe('');

  const [made = ''] = await readdir(scratch);
  expect(await readdir(scratch)).toHaveLength(1);
  expect((await readdir(join(scratch, made))).sort()).toEqual(['pulled', 'pushed']);
  const [node, cli, ...next] = (lines.at(-1) ?? '').split(' ');
  expect([node, cli, next.at(-1)]).toEqual(['node', 'dist/cli.js', '--inspect']);
  const tried = await runCommand(next.slice(0, -1), { cwd: root });
  expect(tried).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('done in') });
  expect(await fixturesTree()).toEqual(before);
  await rm(scratch, { recursive: true });
});
