import { describe, expect, it } from 'vitest';
import { fewForSessions, tooFewFiles } from '../../../src/cli/open-files.js';
import { createProgram } from '../../../src/cli/program.js';
import { openFileLimit } from '../../../src/ports/open-files.js';
import { testHost } from '../../support/test-host.js';

const commands = [
  'transfer --from a --to b',
  'diff a b',
  'doctor http://a/admin',
  'serve a',
  'token list --store a',
  'inspect a',
];

describe.each(commands)('%s', (line) => {
  it.each([true, false])('does not begin where too few files may be open (--json: %s)', async (isJson) => {
    const host = testHost();
    const stopped = new Error('exit');
    const few = {
      ...host,
      openFiles: () => 63,
      exit(code: number) {
        host.exit(code);
        throw stopped;
      },
    };
    const words = [...line.split(' '), ...(isJson ? ['--json'] : [])];
    await expect(createProgram(few).parseAsync(['node', 'strapi-ferry', ...words])).rejects.toBe(stopped);
    expect(host.exits).toEqual([7]);
    if (!isJson) expect(host.written.err).toMatch(/^TOO_FEW_FILES: This process may have 63 .*ulimit -n 64/);
    else
      expect(host.events()).toMatchObject([
        { event: 'result', exitCode: 7, error: { code: 'TOO_FEW_FILES' } },
      ]);
  });
});

it('is silent where there are enough, or where the system does not tell', () => {
  for (const limit of [64, 1024, undefined]) expect(tooFewFiles(limit)).toBeNull();
  for (const limit of [320, undefined])
    expect(fewForSessions(limit, { sessions: 64, tokenlessConnections: 64 })).toBeNull();
  expect(fewForSessions(319, { sessions: 64, tokenlessConnections: 64 })).toContain('ulimit -n 320');
});

it('reads the limit of this process, where the system tells it', () => {
  const limit = openFileLimit();
  expect(limit === undefined || limit > 20).toBe(true);
});
