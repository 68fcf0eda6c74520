import { describe, expect, it, test } from 'vitest';
import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { cleanUps } from '../../support/clean-ups.js';
import { openRaw, say } from '../../support/raw-client.js';
import { serveSessions } from '../../support/sessions.js';
import { smallContent } from '../../support/small-content.js';
import { smallServer, smallSessions } from '../../support/small-server.js';
import { heapInUse, isSoak } from '../../support/soak.js';
import { TestClock } from '../../support/test-clock.js';
import { runServer } from '../../support/transfer-servers.js';

const other = { ...smallContent, links: [], entities: smallContent.entities.slice(0, 1) };

describe('several at a time', () => {
  it('refuses a second push to a store clearly, and takes it once the first has ended', async () => {
    const { open, store } = await smallServer();
    const [first, second] = [await open('push'), await open('push')];
    await first.ask(say.command('init'));
    const refused = await second.ask(say.command('init'));
    expect(refused.error).toMatchObject({ code: 'STORE_IN_USE' });
    expect(refused.error?.message).toMatch(/being written by another transfer/);
    await first.ask(say.action('bootstrap'));
    await first.ask(say.action('beforeTransfer'));
    await first.ask(say.action('close'));
    expect(store.content().entities).toEqual([]);
    expect((await second.ask(say.command('init'))).error).not.toBeNull();
    await first.ask(say.command('end', { transferID: first.transferID }));
    expect((await second.ask(say.command('init'))).error).toBeNull();
  });

  it('reads in a pull what stood at its init, whatever is pushed meanwhile', async () => {
    const { open, store, admin, token } = await smallServer();
    const slow = await open('pull');
    await slow.ask(say.command('init', { ferry: { version: 1 } }));
    await slow.ask(say.action('bootstrap'));
    const read = async (stage: string, between = async () => {}) => {
      const items: unknown[] = [];
      await slow.ask(say.step('start', stage));
      for (;;) {
        const batch = await slow.batch();
        await between();
        slow.confirm(batch);
        items.push(...(batch.items ?? []));
        if (batch.ended) break;
      }
      expect((await slow.ask(say.step('end', stage))).error).toBeNull();
      return items;
    };
    let pushed = false;
    const push = async () => {
      if (pushed) return;
      pushed = true;
      await createTransfer({ from: createMemoryStore(other).source(), to: admin, toToken: token }).done;
    };
    expect(await read('entities', push)).toEqual(smallContent.entities);
    expect(store.content().links).toEqual([]);
    expect(await read('links')).toEqual(smallContent.links);
    const next = createMemoryStore();
    await createTransfer({ from: admin, fromToken: token, to: next.destination() }).done;
    expect(next.content().links).toEqual([]);
  });

  it.each([
    ['dropped', 'terminate'],
    ['rolled back', 'rollback'],
    ['ended without a close', 'end'],
    ['closed in the middle of a stage by the peer', 'close'],
  ] as const)('keeps the old content where a push is %s', async (_, way) => {
    const { open, store, ended } = await smallServer();
    const client = await open('push');
    await client.ask(say.command('init'));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.action('beforeTransfer'));
    await client.ask(say.step('start', 'links'));
    await client.ask(say.step('stream', 'links', smallContent.links.slice(0, 1)));
    if (way === 'rollback') await client.ask(say.action('rollback'));
    if (way === 'end') await client.ask(say.command('end', { transferID: client.transferID }));
    if (way === 'terminate') client.socket.terminate();
    else client.socket.close();
    await ended();
    expect(store.content()).toEqual(smallContent);
  });

  it('stops a session whose token was revoked at its next message', async () => {
    const { open, tokens, store, ended } = await smallServer();
    const client = await open('push');
    await client.ask(say.command('init'));
    await client.ask(say.action('bootstrap'));
    await client.ask(say.action('beforeTransfer'));
    await tokens.revoke('both');
    for (const message of [say.step('start', 'links'), say.action('close'), say.command('init')]) {
      expect((await client.ask(message)).error).toMatchObject({ code: 'UnauthorizedError', details: {} });
    }
    client.socket.close();
    await ended();
    expect(store.content()).toEqual(smallContent);
  });
});

describe('batches of a pull', () => {
  async function pull(init: object | undefined) {
    const clock = new TestClock();
    const store = createMemoryStore(smallContent);
    const retryMessageOptions = { retryMessageTimeout: 1000, retryMessageMaxRetries: 2 };
    const stores = { source: () => store.source() };
    // Time passes faster here than a pong comes.
    const connectionOptions = { heartbeatTimeout: 600_000 };
    const { served, open } = await smallSessions({ clock, stores, retryMessageOptions, connectionOptions });
    const client = await open('pull');
    await client.ask(say.command('init', init));
    await client.ask(say.action('bootstrap'));
    const pass = async (ms: number) => {
      await client.settled();
      await clock.pass(ms);
    };
    return { client, pass, served };
  }
  const uuidsOf = (frames: readonly { uuid?: string; data?: unknown }[]) =>
    frames.filter(({ data }) => Object(data).type === 'transfer').map(({ uuid }) => uuid);

  it('go out once to a peer that is not ours, the first of a stage after a pong', async () => {
    const { client, pass } = await pull(undefined);
    // A client that is asked for a sign of life, and keeps it back.
    const pings: Buffer[] = [];
    Object.assign(client.socket, { _autoPong: false });
    client.socket.on('ping', (data) => pings.push(data));
    await client.ask(say.step('start', 'links'));
    await pass(100);
    await client.settled();
    expect(pings.map(String)).toEqual(['round trip 1']);
    expect(uuidsOf(client.frames)).toEqual([]);
    client.socket.pong('another');
    await pass(100);
    await client.settled();
    expect(uuidsOf(client.frames)).toEqual([]);
    client.socket.pong(pings[0]);
    const batch = await client.batch();
    await pass(10_000);
    await client.settled();
    expect(uuidsOf(client.frames)).toEqual([batch.uuid]);
    client.confirm(batch);
    expect((await client.batch()).ended).toBe(true);
  });

  it('are sent again to ours until they are confirmed, the same frame', async () => {
    const { client, pass, served } = await pull({ ferry: { version: 1 } });
    await client.ask(say.step('start', 'links'));
    const batch = await client.batch();
    await pass(1000);
    await pass(1000);
    await client.settled();
    expect(uuidsOf(client.frames)).toEqual([batch.uuid, batch.uuid, batch.uuid]);
    const [first, second] = client.frames.filter(({ uuid }) => uuid === batch.uuid);
    expect(second).toEqual(first);
    await pass(1000);
    expect(await served.opened[0]?.closed).toBe('REQUEST_TIMED_OUT');
  });

  it('do not mind a confirmation of nothing, one that comes twice, or a request under a batch’s name', async () => {
    const { client } = await pull({ ferry: { version: 1 } });
    client.confirm({ uuid: 'nobody' });
    await client.ask(say.step('start', 'links'));
    const first = await client.batch();
    client.send({ uuid: first.uuid, ...say.command('status') });
    client.confirm({ uuid: 'nobody' });
    expect((await client.ask(say.command('status'))).error).toBeNull();
    expect(uuidsOf(client.frames)).toEqual([first.uuid]);
    client.confirm(first);
    const last = await client.batch();
    client.confirm(first);
    client.confirm(last);
    client.confirm(last);
    expect((await client.ask(say.step('end', 'links'))).error).toBeNull();
    expect(uuidsOf(client.frames)).toEqual([first.uuid, last.uuid]);
  });
});

test('client and server run one lifecycle: only what is provided differs', async () => {
  const served = await serveSessions(() => ({ stores: { source: () => createMemoryStore().source() } }));
  cleanUps.push(() => served.close());
  const transfer = createTransfer({
    from: createMemoryStore(smallContent).source(),
    to: 'http://127.0.0.1:9/admin',
    toToken: 't',
  });
  const machines = new Set<unknown>();
  const remember = (actor: unknown): void => {
    const { logic, getSnapshot } = actor as {
      logic?: { id?: string; config?: unknown };
      getSnapshot(): unknown;
    };
    if (logic?.id === 'lifecycle') machines.add(logic.config);
    const children = Object(getSnapshot.call(actor)).children as object | undefined;
    for (const child of Object.values(children ?? {})) if (child !== undefined) remember(child);
  };
  await openRaw(`${served.url}pull`).then(({ socket }) => cleanUps.push(() => socket.terminate()));
  remember(served.opened[0]?.actor);
  expect([...machines]).toEqual([lifecycleMachine.config]);
  machines.clear();
  remember(transfer.actor);
  await transfer.done.catch(() => {});
  expect([...machines].every((config) => config === lifecycleMachine.config)).toBe(true);
});

/** How many of each kind keep this process alive. */
function resources(): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const kind of process.getActiveResourcesInfo()) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

describe('many', () => {
  const count = isSoak ? 1000 : 60;
  const atOnce = 20;

  test.each(['pulls', 'pushes'])(
    `${count} small %s, ${atOnce} at a time, leave nothing behind`,
    async (kind) => {
      const before = resources();
      const running =
        kind === 'pulls'
          ? await runServer({ source: () => createMemoryStore(smallContent).source() })
          : await runServer({ destination: () => createMemoryStore().destination() });
      const one = async () => {
        const remote = running.admin;
        const store = createMemoryStore(kind === 'pulls' ? {} : smallContent);
        if (kind === 'pulls') {
          await createTransfer({ from: remote, fromToken: running.token, to: store.destination() }).done;
          expect(store.content().links).toHaveLength(2);
        } else await createTransfer({ from: store.source(), to: remote, toToken: running.token }).done;
      };
      const heaps: number[] = [];
      for (let done = 0; done < count; done += atOnce) {
        await Promise.all(Array.from({ length: atOnce }, one));
        if (done % Math.max(atOnce, count / 10) === 0) heaps.push(await heapInUse());
      }
      const [, first = 0] = heaps;
      console.info(`${kind}: heap after GC ${heaps.map((bytes) => (bytes / 1e6).toFixed(1)).join(' ')} MB`);
      expect((heaps.at(-1) ?? 0) - first).toBeLessThan(5e6);
      await running.close();
      expect(running.summaries).toHaveLength(count);
      expect(running.summaries.filter(({ fate }) => fate !== 'completed')).toEqual([]);
      const more = () => Object.entries(resources()).filter(([kind, open]) => open > (before[kind] ?? 0));
      await expect.poll(more, { timeout: 5000 }).toEqual([]);
    },
    300_000,
  );
});
