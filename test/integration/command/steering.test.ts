import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { cleanUps } from '../../support/clean-ups.js';
import { type CommandEvent, outcomeOf, runCommand, startCommand } from '../../support/command.js';
import { runHeldServer } from '../../support/held-server.js';
import { openRaw } from '../../support/raw-client.js';
import { serveFolder } from '../../support/served-command.js';
import { openSteeringPage } from '../../support/steering-page.js';

const sample = fileURLToPath(new URL('../../fixtures/sample-export', import.meta.url));
let root = '';
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'ferry-steering-'));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const steering = ['--inspect', '0', '--inspect-control'];

function openPage(link: string) {
  const page = openSteeringPage(link);
  cleanUps.push(() => page.close());
  return page;
}

/** A push by the built command that waits where its entities begin, and a page on it. */
async function pushHeld(...flags: readonly string[]) {
  const server = await runHeldServer();
  cleanUps.push(() => server.close());
  const command = startCommand([
    ...['transfer', '--from', sample, '--to', server.admin, '--to-token', server.token],
    ...['--json', '--force', ...flags],
  ]);
  cleanUps.push(() => command.kill('SIGTERM'));
  const noted = (await command.event(({ event }) => event === 'note')) as CommandEvent & { text: string };
  const link = /http:\/\/\S+/.exec(noted.text)?.[0] ?? '';
  await state(command, 'transferring.entities.moving');
  const page = openPage(link);
  await page.reporters(1);
  return { server, command, link, page };
}

const state = (command: ReturnType<typeof startCommand>, name: string) =>
  command.event(({ event, state: now }) => event === 'state' && now === name);

describe('transfer --inspect-control', () => {
  it('rests before the next stage where its page says pause, and goes on where it says resume', async () => {
    const { server, command, page } = await pushHeld(...steering);
    expect(await page.hello()).toMatchObject({ control: true });
    expect(await page.ask('pause')).toMatchObject({ done: true });
    server.letGo();
    await state(command, 'transferring.assets.paused');
    expect(server.summaries).toEqual([]);
    expect(await page.ask('resume')).toMatchObject({ done: true });
    expect(outcomeOf(await command.done)).toMatchObject({ ok: true, exitCode: 0 });
    expect(await server.ended()).toMatchObject({ fate: 'completed', failure: null });
    expect(server.store.content().entities.length).toBeGreaterThan(0);
  });

  it('aborts where its page says so, while it rests too, with the exit code of an abort', async () => {
    const { server, command, page } = await pushHeld(...steering);
    await page.ask('pause');
    server.letGo();
    await state(command, 'transferring.assets.paused');
    expect(await page.ask('abort')).toMatchObject({ done: true });
    expect(outcomeOf(await command.done)).toMatchObject({
      exitCode: 130,
      error: {
        code: 'ABORTED',
        message: `The transfer was aborted by the inspector’s page.\n${server.admin} is as it was before.`,
      },
    });
    expect(await server.ended()).toMatchObject({ fate: 'rolledBack' });
    expect(server.store.content().entities).toEqual([]);
  });

  it('loses its connection where its page cuts the socket, and the server undoes the push', async () => {
    const { server, command, page } = await pushHeld(...steering);
    expect(await page.ask('cut')).toMatchObject({ done: true });
    expect(outcomeOf(await command.done)).toMatchObject({
      exitCode: 4,
      error: { code: 'CONNECTION_CLOSED', details: { closeCode: 1006 } },
    });
    server.letGo();
    expect(await server.ended()).toMatchObject({ fate: 'begun', failure: 'CONNECTION_CLOSED' });
    expect(server.store.content().entities).toEqual([]);
  });

  it('is steered by nobody without the token of its link', async () => {
    const { server, command, page } = await pushHeld(...steering);
    expect(page.token).toMatch(/^[\w-]{32}$/);
    const others = ['', 'guessed', page.token.slice(1), `${page.token.slice(1)}x`, `${page.token}x`];
    for (const token of others) {
      expect(await page.ask('abort', { token })).toMatchObject({
        done: false,
        reason: expect.stringContaining('token is wrong'),
      });
    }
    server.letGo();
    expect(outcomeOf(await command.done)).toMatchObject({ ok: true });
  });

  it('is steered by no page of another origin, which has the token', async () => {
    const { server, command, link, page } = await pushHeld(...steering);
    const { host } = new URL(link);
    for (const headers of [
      { Origin: 'https://evil.example' },
      { Origin: 'null' },
      { Origin: `http://${host}`, Host: `evil.example:${new URL(link).port}` },
    ]) {
      const socket = new WebSocket(`ws://${host}/records`, { headers });
      cleanUps.push(() => socket.terminate());
      const status = await new Promise((resolve, reject) => {
        socket.on('unexpected-response', (_, response) => resolve(response.statusCode));
        socket.on('open', () => reject(new Error('it was let in')));
        socket.on('error', () => {});
      });
      expect(status).toBe(403);
    }
    await page.settled();
    server.letGo();
    expect(outcomeOf(await command.done)).toMatchObject({ ok: true });
  });

  it('says what cannot be done', async () => {
    const { server, command, page } = await pushHeld(...steering);
    expect(await page.ask('resume')).toMatchObject({ done: false, reason: 'it was not asked to pause' });
    expect(await page.ask('abort', { reporter: 'p9' })).toMatchObject({ done: false });
    server.letGo();
    expect(outcomeOf(await command.done)).toMatchObject({ ok: true });
  });
});

it('is recorded, so that what was asked of it can be replayed', async () => {
  const [paused, cut] = [join(root, 'paused.jsonl'), join(root, 'cut.jsonl')];
  const first = await pushHeld(...steering, '--record', paused);
  await first.page.ask('pause');
  first.server.letGo();
  await state(first.command, 'transferring.assets.paused');
  await first.page.ask('resume');
  await first.command.done;
  const second = await pushHeld(...steering, '--record', cut);
  await second.page.ask('cut');
  await second.command.done;
  expect(await replayRecording({ path: paused })).toMatchObject({
    differences: [],
    roots: [{ path: 'transfer', state: 'completed' }],
  });
  expect(await replayRecording({ path: cut })).toMatchObject({
    differences: [],
    roots: [
      { path: 'transfer', state: 'failed' },
      { path: 'goodbye', state: 'over' },
    ],
  });
});

it('steers nothing without --inspect-control, and its link holds no token', async () => {
  const { server, command, page, link } = await pushHeld('--inspect', '0');
  expect(new URL(link).hash).toBe('');
  expect(await page.hello()).toMatchObject({ control: false });
  for (const token of ['', 'guessed'])
    page.say({ type: 'control', id: 1, token, reporter: 'p1', command: 'abort' });
  await page.settled();
  server.letGo();
  expect(outcomeOf(await command.done)).toMatchObject({ ok: true });
});

describe('serve --inspect-control', () => {
  async function serveSteered(name: string) {
    const served = await serveFolder(join(root, name), ...steering);
    cleanUps.push(() => served.stop());
    const { page: link } = (await served.command.event(
      ({ event }) => event === 'inspector',
    )) as CommandEvent & { page: string };
    const client = await openRaw(
      `${served.adminUrl.replace('http', 'ws')}/transfer/runner/push`,
      served.token,
    );
    cleanUps.push(() => client.socket.terminate());
    const page = openPage(link);
    await page.reporters(1);
    return { served, client, page };
  }

  it('closes its sessions where its page says abort, and tells their clients', async () => {
    const { served, client, page } = await serveSteered('aborted');
    expect(await page.ask('abort')).toMatchObject({ done: true });
    expect(await client.closed).toEqual({ code: 1001, reason: 'ABORTED' });
    expect(await served.transfer()).toMatchObject({ failure: 'ABORTED' });
    expect(await page.ask('abort')).toMatchObject({ done: false, reason: 'no transfer is open' });
  });

  it('cuts their sockets, and cannot pause them', async () => {
    const { served, client, page } = await serveSteered('cut');
    for (const command of ['pause', 'resume'] as const) {
      expect(await page.ask(command)).toMatchObject({
        done: false,
        reason: expect.stringContaining('its client says what comes'),
      });
    }
    expect(await client.ask({ type: 'command', command: 'status' })).toMatchObject({ error: null });
    expect(await page.ask('cut')).toMatchObject({ done: true });
    expect(await client.closed).toMatchObject({ code: 1006 });
    expect(await served.transfer()).toMatchObject({ fate: 'none' });
  });

  it('steers a transfer that reports to its page, by the link that it printed itself', async () => {
    const served = await serveFolder(join(root, 'both'), ...steering);
    cleanUps.push(() => served.stop());
    const { page: link } = (await served.command.event(
      ({ event }) => event === 'inspector',
    )) as CommandEvent & { page: string };
    const held = await runHeldServer();
    cleanUps.push(() => held.close());
    const { port } = new URL(link);
    const command = startCommand([
      ...['transfer', '--from', sample, '--to', held.admin, '--to-token', held.token, '--json', '--force'],
      ...['--inspect', port, '--inspect-control'],
    ]);
    cleanUps.push(() => command.kill('SIGTERM'));
    await state(command, 'transferring.entities.moving');
    const page = openPage(link);
    await page.reporters(1);
    expect(await page.ask('cut')).toMatchObject({ done: true });
    const result = await command.done;
    expect(outcomeOf(result)).toMatchObject({ exitCode: 4, error: { code: 'CONNECTION_CLOSED' } });
    expect(result.stdout).toContain('by the link that was printed where it began');
    expect(result.stdout).not.toContain(page.token);
  });
});

it.each([
  ['transfer', '--from', sample, '--to', 'unused'],
  ['serve', 'unused', '--port', '0'],
])('%s refuses --inspect-control without --inspect', async (...parameters) => {
  const result = await runCommand([...parameters, '--inspect-control', '--json'], { cwd: root });
  expect(outcomeOf(result)).toMatchObject({
    exitCode: 2,
    error: { code: 'INVALID_OPTION', message: expect.stringContaining('--inspect') },
  });
});

it('says that the page that it reports to cannot steer', async () => {
  const served = await serveFolder(join(root, 'watched'), '--inspect', '0');
  cleanUps.push(() => served.stop());
  const { page: link } = (await served.command.event(
    ({ event }) => event === 'inspector',
  )) as CommandEvent & {
    page: string;
  };
  const flags = ['--inspect', new URL(link).port, '--inspect-control', '--json'];
  const result = await runCommand(['transfer', '--from', sample, '--to', join(root, 'moved'), ...flags]);
  expect(outcomeOf(result)).toMatchObject({ ok: true });
  expect(result.stdout).toContain('cannot steer: the process that serves it');
});
