import { fileURLToPath } from 'node:url';
import { describe, expect, it, test } from 'vitest';
import { contentLimitWords, serverLimitWords } from '../../../src/cli/limits.js';
import { runCommand } from '../../support/command.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
const dryRun = (...flags: readonly string[]) =>
  runCommand(['transfer', '--from', sample, '--to', '/tmp/never-made', '--dry-run', ...flags]);

describe('--limit', () => {
  it('is named, with its value, by the error that it causes, and goes away when it is raised', async () => {
    const refused = await dryRun('--limit', 'lineBytes=100');
    expect(refused).toMatchObject({ exitCode: 6 });
    expect(refused.stderr).toContain('CONTENT_LIMIT');
    expect(refused.stderr).toContain('The limit lineBytes is 100');
    expect(refused.stderr).toContain('--limit lineBytes=');
    expect((await dryRun('--limit', 'lineBytes=100', '--limit', 'lineBytes=1MiB')).exitCode).toBe(0);
  });

  it('is taken by diff', async () => {
    const { exitCode, stderr } = await runCommand(['diff', sample, sample, '--limit', 'depth=1']);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('The limit depth is 1')]);
    expect((await runCommand(['diff', sample, sample, '--show', '0'])).exitCode).toBe(0);
  });

  it('is taken by serve', async () => {
    const { exitCode, stderr } = await runCommand(['serve', sample, '--port', '0', '--limit', 'values=1']);
    expect([exitCode, stderr]).toEqual([6, expect.stringContaining('The limit values is 1')]);
  });

  it.each(['lineBytes', 'lineBytes=', 'lineBytes=-1', 'lineBytes=1.5', 'lineBytes=1MB', 'lines=1', '=1'])(
    'is refused where it is none: %s',
    async (text) => {
      const { exitCode, stderr } = await dryRun('--limit', text);
      expect([exitCode, stderr]).toEqual([2, expect.stringContaining('INVALID_OPTION')]);
    },
  );
});

test.each([
  ['transfer', contentLimitWords],
  ['diff', contentLimitWords],
  ['serve', serverLimitWords],
])('the help of %s lists its limits', async (command, words) => {
  const { stdout } = await runCommand([command, '--help']);
  for (const name of Object.keys(words)) expect(stdout).toContain(`  ${name} `);
});
