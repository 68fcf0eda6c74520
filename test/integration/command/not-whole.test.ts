import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import { type ServedScript, serveScript } from '../../support/served-script.js';
import { startTerminal } from '../../support/terminal.js';

let cwd = '';
let server: ServedScript;

const pier = { type: 'plugin::upload.file', id: 7, data: { hash: 'pier_1', ext: '.png' } };
const configuration = [{ type: 'core-store', value: { key: 'a', value: '1' } }] as const;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-not-whole-'));
  const from = createMemoryStore({ entities: [pier], configuration }).source();
  await createTransfer({ from, to: join(cwd, 'content') }).done;
  server = await serveScript({ direction: 'push' });
});
afterAll(async () => {
  await server.close();
  await rm(cwd, { recursive: true });
});

const pushing = () => ['transfer', '--from', 'content', '--to', server.url, '--to-token', 'planted'];
const push = (...flags: string[]) => runCommand([...pushing(), ...flags], { cwd });

test('a push whose rows name files that are not there ends with 6, and nothing was cleared', async () => {
  const result = await push('--force', '--json');
  expect(outcomeOf(result)).toMatchObject({ exitCode: 6, error: { code: 'MISSING_FILES' } });
  expect(server.script()?.requests).not.toContain('beforeTransfer');
});

test('with --allow-missing-files it goes on, and says before it begins and at its end what is missing', async () => {
  const { exitCode, stdout, stderr } = await push('--force', '--allow-missing-files');
  expect(exitCode).toBe(0);
  expect(stderr).toMatch(/^warning: Rows name 1 file that \S+content does not hold: pier_1\.png\.\n/);
  expect(stdout).toMatch(/\ndone in .* s, but 1 doubt came up before it began: 2 items/);
});

test('a person is told at the question, while a no is still an answer', async () => {
  const terminal = startTerminal([...pushing(), '--exclude', 'files'], { cwd, columns: 200, rows: 40 });
  const asked = await terminal.until(/Are you sure you want to proceed\?[\s\S]*No, change nothing/);
  expect(asked).toContain('The files of 1 row of plugin::upload.file are left out');
  terminal.type('n');
  expect(await terminal.done).toMatchObject({ exitCode: 130 });
  expect(server.script()?.requests).not.toContain('beforeTransfer');
});

test('a server is no destination of its own content: 2, and nobody is asked', async () => {
  const from = server.url.replace('127.0.0.1', 'localhost');
  const tokens = ['--from-token', 'planted', '--to-token', 'planted'];
  const result = await runCommand(['transfer', '--from', from, '--to', server.url, ...tokens, '--json'], {
    cwd,
  });
  expect(outcomeOf(result)).toMatchObject({ exitCode: 2, error: { code: 'SAME_SERVER' } });
});
