import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { outcomeOf, runCommand, startProcess } from '../../support/command.js';
import { type ServedFolder, serveFolder } from '../../support/served-command.js';
import { serveScript } from '../../support/served-script.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let root = '';
/** Where the command makes its temporary folders. */
let scratch = '';
let served: ServedFolder;
const at = (name: string) => join(root, name);

async function move(from: string, to: string, ...flags: readonly string[]): Promise<void> {
  const { exitCode, stderr } = await runCommand(['transfer', '--from', from, '--to', to, ...flags]);
  if (exitCode !== 0) throw new Error(stderr);
}

const diff = (...parameters: readonly string[]) =>
  runCommand(['diff', ...parameters], { env: { TMPDIR: scratch, STRAPI_TRANSFER_FROM_KEY: 'a password' } });

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-command-diff-'));
  scratch = at('scratch');
  await mkdir(scratch);
  await move(sample, at('served'));
  await move(sample, at('whole.tar.gz'));
  await move(sample, at('whole.tar.gz.enc'), '--to-key', 'a password');
  await move(sample, at('fewer.tar'), '--exclude', 'files');
  served = await serveFolder(at('served'));
});
afterAll(async () => {
  await served.stop();
  await rm(root, { recursive: true, force: true });
});

it.each([
  ['a folder', sample],
  ['an archive', 'whole.tar.gz'],
  ['an encrypted archive, with its password from the environment', 'whole.tar.gz.enc'],
])('finds a server and %s equal, and keeps nothing of what it pulled', async (_, other) => {
  const end = other === sample ? sample : at(other);
  const { exitCode, stdout } = await diff(served.adminUrl, end, '--from-token', served.token);
  expect([exitCode, stdout]).toEqual([0, `${served.adminUrl} and ${end} are equal\n`]);
  expect(await readdir(scratch)).toEqual([]);
});

it('tells what an archive lacks, from either side', async () => {
  const result = await diff(at('fewer.tar'), served.adminUrl, '--to-token', served.token, '--json');
  expect(outcomeOf(result)).toMatchObject({ ok: true, exitCode: 1, equal: false, total: 4 });
  expect(result.stdout).toContain('"change":"extra"');
  expect(await readdir(scratch)).toEqual([]);
});

it('takes passwords by flag, and says when one is wrong', async () => {
  const encrypted = at('whole.tar.gz.enc');
  const flags = ['--from-key', 'a password', '--to-key', 'a password'];
  expect((await diff(encrypted, encrypted, ...flags)).exitCode).toBe(0);
  const wrong = await diff(encrypted, sample, '--from-key', 'another', '--json');
  expect(outcomeOf(wrong)).toMatchObject({ exitCode: 6, error: { code: 'WRONG_KEY' } });
});

it('ends with 3 where the server refuses the token', async () => {
  const result = await diff(sample, served.adminUrl, '--to-token', 'no-such-token', '--json');
  expect(outcomeOf(result)).toMatchObject({ exitCode: 3, error: { code: 'UNAUTHORIZED' } });
  expect(await readdir(scratch)).toEqual([]);
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'keeps nothing of what it pulled when %s ends it in the middle',
  async (signal) => {
    let onHushed = () => {};
    const hushed = new Promise<void>((resolve) => {
      onHushed = resolve;
    });
    const server = await serveScript({
      direction: 'pull',
      at: 'links.start',
      misbehave: ({ hush }) => {
        hush();
        onHushed();
      },
    });
    const command = startProcess(['diff', server.url, sample, '--from-token', 'planted'], {
      env: { TMPDIR: scratch },
    });
    await hushed;
    expect(await readdir(scratch)).toHaveLength(1);
    command.kill(signal);
    const { exitCode, stderr } = await command.done;
    const by = signal === 'SIGINT' ? 'Ctrl-C' : signal;
    expect([exitCode, stderr]).toEqual([130, `ABORTED: The transfer was aborted by ${by}.\n`]);
    expect(await readdir(scratch)).toEqual([]);
    await server.close();
  },
);
