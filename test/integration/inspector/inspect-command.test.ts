import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeEach, expect, test, vi } from 'vitest';
import { WebSocket } from 'ws';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { createFold } from '../../../src/inspect/state.js';
import { createInspector } from '../../../src/inspector/inspector.js';
import type { ToPage } from '../../../src/inspector/live-messages.js';
import {
  type CommandInspectionOptions,
  showRecording,
  startInspection,
} from '../../../src/inspector/start-inspection.js';
import { moveInspected } from '../../support/inspected-transfer.js';

const scratch = mkdtempSync(join(tmpdir(), 'ferry-inspect-'));
afterAll(() => rmSync(scratch, { recursive: true }));
beforeEach(() => void vi.stubEnv('XDG_RUNTIME_DIR', scratch));
afterEach(() => vi.unstubAllEnvs());
const open: { close(): unknown }[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one.close();
});

async function start(options: Partial<CommandInspectionOptions>) {
  const notes: string[] = [];
  const started = await startInspection({ roles: ['client'], note: (text) => notes.push(text), ...options });
  open.push(started);
  return { ...started, notes };
}

/** What a page of this address is told, until every process that reports is gone. */
async function untilGone(page: string, reporters: number) {
  const socket = new WebSocket(`${page.replace(/^http/, 'ws').replace(/#.*/, '')}records`);
  const messages: ToPage[] = [];
  await new Promise<void>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('message', (data) => {
      messages.push(JSON.parse(String(data)) as ToPage);
      if (messages.filter(({ type }) => type === 'gone').length === reporters) resolve();
    });
  });
  socket.terminate();
  return messages;
}

test('records to a file that can be replayed, and that the page can show', async () => {
  const path = join(scratch, 'moved.jsonl');
  const { inspect, close, page, notes } = await start({ record: path });
  expect(page).toBeNull();
  await moveInspected({ inspect });
  await close();
  expect(notes).toEqual([]);
  expect((await replayRecording({ path })).differences).toEqual([]);

  const shown = await showRecording(path, 0);
  open.push(shown);
  expect(await shown.shown).toBe('complete');
  const messages = await untilGone(shown.page, 1);
  const fold = createFold();
  for (const message of messages)
    if (message.type === 'records') for (const one of message.records) fold.add(one);
  const roots = fold.state().actors.filter(({ actor }) => actor.parent === null);
  expect(roots.map(({ actor, step }) => [actor.path, step?.value])).toEqual([
    ['transfer', 'completed'],
    ['session', 'over'],
  ]);
});

test('shows a recording that was cut off, and says so', async () => {
  const path = join(scratch, 'cut.jsonl');
  const { inspect, close } = await start({ record: path });
  await moveInspected({ inspect });
  await close();
  const whole = readFileSync(path, 'utf8');
  writeFileSync(path, whole.slice(0, whole.length - 200));
  const shown = await showRecording(path, 0);
  open.push(shown);
  expect(await shown.shown).toBe('cutOff');
});

test('lets the second process on a port report to the first, so that both ends stand on one page', async () => {
  const first = await start({ roles: ['server'], port: 0 });
  const port = Number(new URL(first.page ?? '').port);
  const second = await start({ roles: ['client'], port });
  expect([first.isOwnPage, second.isOwnPage]).toEqual([true, false]);
  const told = untilGone(first.page ?? '', 1);
  await moveInspected(second);
  await second.close();
  const messages = await told;
  const headers = messages.flatMap((message) => (message.type === 'reporter' ? [message.header.roles] : []));
  expect(headers).toEqual([['client']]);
  expect(messages.some(({ type }) => type === 'records')).toBe(true);
});

test('says before anything begins what is wrong with the file or the port', async () => {
  const record = join(scratch, 'nowhere', 'a.jsonl');
  await expect(start({ record })).rejects.toMatchObject({ code: 'RECORDING_UNWRITABLE' });
  // Somebody else has it, who is no inspector.
  const other = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve));
  open.push(other);
  const { port } = other.address() as AddressInfo;
  await expect(start({ port })).rejects.toMatchObject({
    code: 'INSPECTOR_PORT',
    message: expect.stringMatching(/the port is taken, and this process cannot report to http:/),
  });
  await expect(showRecording(join(scratch, 'nothing.jsonl'), 0)).rejects.toMatchObject({
    code: 'RECORDING_UNREADABLE',
  });
});

test('reports to no inspector of another user, and says so before anything begins', async () => {
  const other = await createInspector({ port: 0, secret: async () => 'b'.repeat(64) });
  open.push(other);
  await expect(start({ port: other.port })).rejects.toMatchObject({
    code: 'INSPECTOR_PORT',
    message: expect.stringContaining('it does not prove that it is an inspector of this user'),
  });
});

test('goes on with the transfer where the process that it reports to dies, and notes it', async () => {
  const first = await start({ port: 0 });
  const second = await start({ port: Number(new URL(first.page ?? '').port) });
  await moveInspected(second);
  await first.close();
  await moveInspected(second);
  await second.close();
  expect(second.notes).toEqual([expect.stringMatching(/^Not inspected any more: .*The transfer goes on\.$/)]);
});
