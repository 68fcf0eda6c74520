import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { diffContent } from '../../../src/diff/diff-content.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createToken } from '../../support/served-command.js';
import { treeOf } from '../../support/tree.js';

const cli = fileURLToPath(new URL('../../../dist/cli.js', import.meta.url));
const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let cwd = '';
beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-output-'));
});
afterAll(() => rm(cwd, { recursive: true }));

/** Starts the command with an output of its own; `first` resolves with its first words on a pipe. */
function start(parameters: readonly string[], stdout: 'pipe' | number) {
  const child = spawn(process.execPath, [cli, ...parameters], { cwd, stdio: ['ignore', stdout, 'pipe'] });
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const done = once(child, 'close').then(([exitCode]) => ({ exitCode: exitCode as number, stderr }));
  const first = child.stdout === null ? null : once(child.stdout, 'data').then(([text]) => String(text));
  return { child, done, first };
}

const differences = async (folder: string) => {
  const [one, other] = [sample, join(cwd, folder)].map((path) => createDirectorySource({ path }));
  if (one === undefined || other === undefined) throw new Error('two folders are compared');
  return (await diffContent(one, other)).total;
};

test('a transfer whose stdout is full goes on to its end, and says so once', async () => {
  const full = openSync('/dev/full', 'w');
  const { exitCode, stderr } = await start(['transfer', '--from', sample, '--to', 'full', '--json'], full)
    .done;
  closeSync(full);
  const said = 'stdout cannot be written (ENOSPC); the command goes on without it\n';
  expect([exitCode, stderr]).toEqual([0, said]);
  expect(await differences('full')).toBe(0);
});

test('a transfer whose stdout is closed after its first line goes on to its end', async () => {
  const run = start(['transfer', '--from', sample, '--to', 'closed', '--json'], 'pipe');
  await run.first;
  run.child.stdout?.destroy();
  expect(await run.done).toEqual({ exitCode: 0, stderr: '' });
  expect(await differences('closed')).toBe(0);
});

test('a server whose stdout is closed takes the push that is in work, and the next', async () => {
  const folder = join(cwd, 'served');
  const toToken = await createToken(folder, 'push', 'nightly');
  const run = start(['serve', folder, '--port', '0', '--json'], 'pipe');
  const { url } = JSON.parse(((await run.first) ?? '').split('\n')[0] ?? '') as { url: string };
  run.child.stdout?.destroy();
  for (let push = 0; push < 2; push += 1) await createTransfer({ from: sample, to: url, toToken }).done;
  run.child.kill('SIGTERM');
  expect(await run.done).toEqual({ exitCode: 0, stderr: '' });
  expect(await differences('served')).toBe(0);
});

test('a token whose key could not be written is not kept', async () => {
  const full = openSync('/dev/full', 'w');
  const parameters = ['token', 'create', '--store', 'unheard', '--scope', 'pull'];
  const { exitCode, stderr } = await start(parameters, full).done;
  closeSync(full);
  expect([exitCode, stderr]).toEqual([7, expect.stringContaining('KEY_NOT_WRITTEN')]);
  expect(Object.keys(await treeOf(join(cwd, 'unheard.ferry'))).filter((name) => /json$/.test(name))).toEqual(
    [],
  );
});
