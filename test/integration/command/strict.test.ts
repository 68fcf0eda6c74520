import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { outcomeOf, runCommand } from '../../support/command.js';
import { type ServedScript, serveScript } from '../../support/served-script.js';
import { treeOf } from '../../support/tree.js';

let cwd = '';
let server: ServedScript;

beforeAll(async () => {
  cwd = await mkdtemp(join(tmpdir(), 'ferry-strict-'));
  await createTransfer({ from: createMemoryStore().source(), to: join(cwd, 'content') }).done;
  server = await serveScript({
    direction: 'pull',
    at: 'assets.start',
    always: true,
    misbehave: ({ message, send, answer }) => {
      const details = { message: 'pier.png\u001b[31m is missing', createdAt: 0 };
      send(JSON.stringify({ diagnostic: { kind: 'warning', details }, uuid: message.uuid }));
      answer();
    },
  });
});
afterAll(async () => {
  await server.close();
  await rm(cwd, { recursive: true });
});

const pull = (...flags: string[]) =>
  runCommand(
    ['transfer', '--from', server.url, '--from-token', 'planted', '--to', 'content', '--force', ...flags],
    {
      cwd,
    },
  );

test('with --strict what a server reports ends with 8, and the folder stays as it was', async () => {
  const before = await treeOf(cwd);
  const { exitCode, stderr } = await pull('--strict');
  expect(exitCode).toBe(8);
  expect(stderr).toContain(`SERVER_REPORTED: Servers reported 1 warnings`);
  expect(stderr).toContain(`- warning of ${server.url}: pier.png is missing`);
  expect(await treeOf(cwd)).toEqual(before);
});

test('without it, the table and the result name it, without what would steer a terminal', async () => {
  const { exitCode, stdout, stderr } = await pull();
  expect(exitCode).toBe(0);
  expect(stderr).toContain(`servers reported:\n- warning of ${server.url}: pier.png is missing\n`);
  expect(stdout).toMatch(/\ndone in .* s, but 1 warning came from a server: 10 items/);
  const json = await pull('--json');
  expect(outcomeOf(json)).toMatchObject({
    ok: true,
    reported: { warnings: 1, errors: 0, messages: [{ kind: 'warning', message: 'pier.png is missing' }] },
  });
});

test.each([[], ['--json']])('diff tells it, too: %j', async (...flags) => {
  const parameters = ['diff', server.url, 'content', '--from-token', 'planted', ...flags];
  // Equal: the folder is of the pull before.
  const { exitCode, stdout, stderr } = await runCommand(parameters, { cwd });
  expect(exitCode).toBe(0);
  const told = flags.length === 0 ? stderr : JSON.parse(stdout.split('\n')[0] ?? '').text;
  expect(told).toContain(`servers reported:\n- warning of ${server.url}: pier.png is missing`);
});
