import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type CommandEvent, outcomeOf, runCommand, startCommand } from '../../support/command.js';
import { serveFolder } from '../../support/served-command.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let root = '';
const at = (name: string) => join(root, name);

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-command-inspect-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const titleOf = async (page: string) => /<title>(.*)<\/title>/.exec(await (await fetch(page)).text())?.[1];
const pageIn = (text: string | undefined) => /http:\/\/\S+/.exec(text ?? '')?.[0] ?? '';

it('records a transfer with --record, and shows it with inspect, until it is stopped', async () => {
  const recording = at('run.jsonl');
  const flags = ['--record', recording, '--record-data', '--json'];
  const result = await runCommand(['transfer', '--from', sample, '--to', at('recorded'), ...flags]);
  expect(outcomeOf(result)).toMatchObject({ ok: true });
  const lines = (await readFile(recording, 'utf8')).trimEnd().split('\n');
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ ferry: 'recording', roles: ['client'], data: true });
  expect(lines.length).toBeGreaterThan(20);

  const html = at('run.html');
  const saved = await runCommand(['inspect', recording, '--html', html]);
  expect(saved).toMatchObject({ exitCode: 0, stdout: `${html}: opens in any browser, without a network\n` });
  expect(await readFile(html, 'utf8')).toContain('Content-Security-Policy');

  const inspect = startCommand(['inspect', recording, '--port', '0', '--json']);
  const shown = (await inspect.event(({ event }) => event === 'inspector')) as CommandEvent & {
    page: string;
  };
  expect(await titleOf(shown.page)).toContain('Ferry');
  expect(await inspect.event(({ event }) => event === 'shown')).toMatchObject({ ending: 'complete' });
  inspect.kill('SIGTERM');
  expect((await inspect.done).exitCode).toBe(0);
});

it('shows the charts of a server and of a transfer on one page with --inspect', async () => {
  const served = await serveFolder(at('served'), '--inspect', '0', '--record', at('served.jsonl'));
  const started = await served.command.event(({ event }) => event === 'inspector');
  const { page } = started as CommandEvent & { page: string };
  expect(await titleOf(page)).toContain('Ferry');
  const port = new URL(page).port;
  const flags = ['--to-token', served.token, '--inspect', port, '--force', '--json'];
  const push = await runCommand(['transfer', '--from', sample, '--to', served.adminUrl, ...flags]);
  expect(outcomeOf(push)).toMatchObject({ ok: true });
  const note = push.stdout.split('\n').find((line) => line.includes('"note"'));
  expect(new URL(pageIn(JSON.parse(note ?? '{}').text)).port).toBe(port);
  expect((await served.transfer()).fate).toBe('completed');
  expect(await served.stop()).toBe(0);
  const recorded = await readFile(at('served.jsonl'), 'utf8');
  expect(JSON.parse(recorded.split('\n')[0] ?? '')).toMatchObject({ roles: ['server'], data: false });
});

it.each([
  [['inspect', sample, '--port', '0'], 6, 'RECORDING_UNREADABLE'],
  [['inspect', fileURLToPath(import.meta.url), '--port', '0'], 6, 'RECORDING_UNREADABLE'],
  [['inspect', sample, '--port', 'x'], 2, 'INVALID_OPTION'],
  [['inspect', fileURLToPath(import.meta.url), '--html', 'unused.html'], 6, 'RECORDING_UNREADABLE'],
  [['transfer', '--from', sample, '--to', 'unused', '--inspect', '70000'], 2, 'INVALID_OPTION'],
])('refuses %j with %d', async (parameters, exitCode, code) => {
  const result = await runCommand([...parameters, '--json']);
  expect(outcomeOf(result)).toMatchObject({ exitCode, error: { code } });
});

it('replaces no recording unasked, and says how to look at one', async () => {
  const parameters = ['transfer', '--from', sample, '--record', at('kept.jsonl'), '--to'];
  const first = await runCommand([...parameters, at('first')]);
  expect(first.stdout + first.stderr).toContain(`strapi-ferry inspect ${at('kept.jsonl')}\n`);
  const before = await readFile(at('kept.jsonl'), 'utf8');
  const second = await runCommand([...parameters, at('second')]);
  expect(second).toMatchObject({
    exitCode: 2,
    stderr: expect.stringMatching(/--record .*stdin is no terminal/),
  });
  expect(await readFile(at('kept.jsonl'), 'utf8')).toBe(before);
  expect((await runCommand([...parameters, at('second'), '--force'])).exitCode).toBe(0);
  expect(await readFile(at('kept.jsonl'), 'utf8')).not.toBe(before);

  const serve = await runCommand(['serve', at('first'), '--port', '0', '--record', at('kept.jsonl')]);
  expect(serve).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('--force') });
});

it('does not begin where it cannot record', async () => {
  const flags = ['--record', join(at('nowhere'), 'a', 'run.jsonl'), '--json'];
  const result = await runCommand(['transfer', '--from', sample, '--to', at('untouched'), ...flags]);
  expect(outcomeOf(result)).toMatchObject({ ok: false, error: { code: 'RECORDING_UNWRITABLE' } });
  await expect(readFile(join(at('untouched'), 'metadata.json'))).rejects.toMatchObject({ code: 'ENOENT' });
});
