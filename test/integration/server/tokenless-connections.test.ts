import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { cleanUps } from '../../support/clean-ups.js';
import { startProcess } from '../../support/command.js';
import { openRaw, say } from '../../support/raw-client.js';
import { createToken } from '../../support/served-command.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer } from '../../support/small-server.js';
import { TestClock } from '../../support/test-clock.js';

/** A connection that says nothing. */
async function idle(port: number): Promise<{ readonly socket: Socket; readonly closed: Promise<unknown> }> {
  const socket = connect(port, '127.0.0.1')
    .on('error', () => {})
    .resume();
  cleanUps.push(() => socket.destroy());
  const closed = new Promise((resolve) => socket.once('close', () => resolve('closed')));
  await Promise.race([once(socket, 'connect'), closed]);
  return { socket, closed };
}

const portOf = (url: string) => Number(new URL(url).port);

describe('connections that show no token', () => {
  it('are cut where more come than may be, the first of them first', async () => {
    const { admin, open } = await smallServer({ exclusive: true, limits: { tokenlessConnections: 3 } });
    const first = await idle(portOf(admin));
    const others = [await idle(portOf(admin)), await idle(portOf(admin))];
    const client = await open('pull');
    expect(await first.closed).toBe('closed');
    // The client has shown its token: it counts no more, and is never cut for a stranger.
    const more = [await idle(portOf(admin)), await idle(portOf(admin)), await idle(portOf(admin))];
    expect(await Promise.all(others.map(({ closed }) => closed))).toEqual(['closed', 'closed']);
    expect((await client.ask(say.command('init'))).error).toBeNull();
    expect(more.map(({ socket }) => socket.destroyed)).toEqual([false, false, false]);
  });

  it.each([
    ['says nothing', ''],
    ['never ends its headers', 'GET /admin/transfer/runner/pull HTTP/1.1\r\nHost: here\r\n'],
    ['sends no more of its body', 'POST / HTTP/1.1\r\nHost: here\r\nContent-Length: 9\r\n\r\n1'],
    ['stays after its answer', 'GET / HTTP/1.1\r\nHost: here\r\n\r\n'],
  ])('are cut after tokenTimeout where one %s; a client with a token stays', async (_, text) => {
    const clock = new TestClock();
    const { admin, open } = await smallServer({ clock, exclusive: true, limits: { tokenTimeout: 5000 } });
    const client = await open('pull');
    const { socket, closed } = await idle(portOf(admin));
    if (text !== '') socket.write(text);
    await client.settled();
    await clock.pass(5000, 1000);
    expect(await closed).toBe('closed');
    expect((await client.ask(say.command('init'))).error).toBeNull();
  });

  it('are left alone on a server that serves others as well', async () => {
    const { admin, open } = await smallServer({ limits: { tokenlessConnections: 1 } });
    const strangers = [await idle(portOf(admin)), await idle(portOf(admin))];
    await (await open('pull')).settled();
    expect(strangers.map(({ socket }) => socket.destroyed)).toEqual([false, false]);
  });
});

it.skipIf(process.platform === 'win32')(
  'serve takes a push while 400 idle connections come, where it may have 200 files open',
  async () => {
    const scratch = await mkdtemp(join(tmpdir(), 'ferry-strangers-'));
    cleanUps.push(() => rm(scratch, { recursive: true, force: true }));
    const folder = join(scratch, 'content');
    const toToken = await createToken(folder, 'push,pull', 'tester');
    const within = ['/bin/sh', '-c', 'ulimit -n 200; exec "$0" "$@"'];
    const command = startProcess(['serve', folder, '--port', '0', '--json'], { within });
    cleanUps.push(() => command.kill('SIGKILL'));
    const { url } = (await command.event(({ event }) => event === 'listening')) as unknown as { url: string };
    const runner = `${url.replace('http', 'ws')}/transfer/runner/`;
    const pushing = await openRaw(`${runner}push`, toToken);
    for (const message of [say.command('init'), say.action('bootstrap'), say.action('beforeTransfer')])
      expect((await pushing.ask(message)).error).toBeNull();
    await Promise.all(Array.from({ length: 400 }, () => idle(portOf(url))));
    for (const message of [
      say.step('start', 'entities'),
      say.step('stream', 'entities', smallContent.entities.slice(0, 2)),
      say.step('end', 'entities'),
      say.action('close'),
    ])
      expect((await pushing.ask(message)).error).toBeNull();
    await pushing.ask(say.command('end', { transferID: pushing.transferID }));
    // And what comes after them.
    await createTransfer({ from: 'test/fixtures/sample-export', to: url, toToken, force: true }).done;
    command.kill('SIGTERM');
    expect((await command.done).stderr).toMatch(/^\S+ This process may have 200 files open at once, .+\n$/);
  },
);

it('serve tells of a flood of refusals in a few lines', async () => {
  const scratch = await mkdtemp(join(tmpdir(), 'ferry-strangers-'));
  cleanUps.push(() => rm(scratch, { recursive: true, force: true }));
  const folder = join(scratch, 'content');
  await createToken(folder, 'push,pull', 'tester');
  const command = startProcess(['serve', folder, '--port', '0', '--json']);
  cleanUps.push(() => command.kill('SIGKILL'));
  const { url } = (await command.event(({ event }) => event === 'listening')) as unknown as { url: string };
  for (let n = 0; n < 200; n += 1)
    await (await openRaw(`${url.replace('http', 'ws')}/transfer/runner/pull`, 'no')).closed;
  command.kill('SIGTERM');
  const { stdout } = await command.done;
  const events = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { event: string; count?: number });
  expect(events.filter(({ event }) => event === 'refused')).toHaveLength(10);
  expect(events.filter(({ event }) => event === 'refusedMore').map(({ count }) => count)).toEqual([190]);
});
