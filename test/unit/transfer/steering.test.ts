import { describe, expect, it } from 'vitest';
import { statePath } from '../../../machines/remote.machine.js';
import { createRemoteDestination } from '../../../src/client/remote-destination.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { kindOf, strapiScript } from '../../../src/testing/strapi-script.js';
import { createTransfer, type Transfer } from '../../../src/transfer/create-transfer.js';
import { smallContent } from '../../support/small-content.js';
import { TestClock } from '../../support/test-clock.js';

/** Resolves when the transfer is in that state, `transferring.links.paused`. */
function untilIn({ actor }: Transfer, state: string): Promise<void> {
  return new Promise((resolve) => {
    const look = () => statePath(actor.getSnapshot().value) === state && resolve();
    actor.subscribe(look);
    look();
  });
}

/** A push to a Strapi that is played, asked to pause as soon as its assets begin. */
function pausedPush() {
  const clock = new TestClock();
  const script = strapiScript({ direction: 'push' });
  const peer = createScriptedPeer({ clock, answer: script.answer });
  const to = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open, clock });
  const from = createMemoryStore({ ...smallContent, schemas: null }).source();
  const transfer = createTransfer({ from, to, clock });
  transfer.actor.on('stage.started', ({ step }) => void (step === 'assets' && transfer.pause()));
  return { clock, script, peer, transfer };
}

describe('a transfer that is asked to pause', () => {
  it('finishes its stage, rests before the next one, and goes on when told to', async () => {
    const to = createMemoryStore();
    const from = createMemoryStore(smallContent).source();
    const transfer = createTransfer({ from, to: to.destination() });
    const begun: string[] = [];
    transfer.actor.on('stage.started', ({ step }) => {
      begun.push(step);
      if (step === 'assets') expect(transfer.pause()).toBe(true);
    });
    await untilIn(transfer, 'transferring.links.paused');
    expect(begun).toEqual(['schemas', 'entities', 'assets']);
    expect(transfer.progress().assets).toMatchObject({ items: 3 });
    expect(transfer.resume()).toBe(true);
    const { counts } = await transfer.done;
    expect(counts).toMatchObject({ links: { items: 2 }, configuration: { items: 2 } });
    expect(begun).toEqual(['schemas', 'entities', 'assets', 'links', 'configuration']);
    expect(to.content().links).toHaveLength(2);
  });

  it('before it prepares the destination rests there, with the destination untouched', async () => {
    const to = createMemoryStore(smallContent);
    const before = to.content();
    const prepared: string[] = [];
    const destination = to.destination();
    const transfer = createTransfer({
      from: createMemoryStore({ ...smallContent, entities: [] }).source(),
      to: {
        ...destination,
        prepare: async (given) => {
          prepared.push('prepare');
          await destination.prepare(given);
        },
      },
    });
    expect(transfer.pause()).toBe(true);
    await untilIn(transfer, 'preparing.paused');
    expect(prepared).toEqual([]);
    expect(to.content()).toBe(before);
    transfer.resume();
    await transfer.done;
    expect(to.content().entities).toEqual([]);
  });

  it('in its last stage rests before it commits', async () => {
    const to = createMemoryStore();
    const transfer = createTransfer({
      from: createMemoryStore(smallContent).source(),
      to: to.destination(),
      only: ['content'],
    });
    transfer.actor.on('stage.started', ({ step }) => void (step === 'links' && transfer.pause()));
    await untilIn(transfer, 'committing.paused');
    expect(to.content().entities).toEqual([]);
    transfer.resume();
    await transfer.done;
    expect(to.content().entities).toHaveLength(3);
  });

  it('does not rest where it is told to go on before that', async () => {
    const transfer = createTransfer({
      from: createMemoryStore(smallContent).source(),
      to: createMemoryStore().destination(),
    });
    transfer.pause();
    expect([transfer.resume(), transfer.resume()]).toEqual([true, false]);
    await transfer.done;
    expect([transfer.pause(), transfer.resume(), transfer.cut()]).toEqual([false, false, false]);
  });

  it('can be aborted while it rests, and leaves the destination as it was', async () => {
    const clock = new TestClock();
    const to = createMemoryStore({ ...smallContent, entities: [] });
    const before = to.content();
    const from = createMemoryStore(smallContent).source();
    const transfer = createTransfer({ from, to: to.destination(), clock });
    transfer.actor.on('stage.started', ({ step }) => void (step === 'entities' && transfer.pause()));
    await untilIn(transfer, 'transferring.assets.paused');
    transfer.abort('a test');
    await expect(transfer.done).rejects.toMatchObject({ code: 'ABORTED' });
    expect(to.content()).toEqual(before);
    expect(clock.pending).toEqual([]);
  });

  it('keeps watching its link while it rests, and asks nothing of the server', async () => {
    const { clock, peer, transfer, script } = pausedPush();
    await untilIn(transfer, 'transferring.links.paused');
    const [asked, pings] = [peer.sent.length, peer.listenerLog.filter((one) => one === 'ping').length];
    await clock.pass(600_000, 1000);
    expect(statePath(transfer.actor.getSnapshot().value)).toBe('transferring.links.paused');
    expect(peer.sent).toHaveLength(asked);
    expect(peer.listenerLog.filter((one) => one === 'ping').length - pings).toBeGreaterThan(100);
    transfer.resume();
    await transfer.done;
    expect(script.received.links).toHaveLength(2);
  });

  it('notices while it rests that the link is dead', async () => {
    const { clock, peer, transfer } = pausedPush();
    await untilIn(transfer, 'transferring.links.paused');
    peer.hang();
    await clock.pass(20_000);
    await expect(transfer.done).rejects.toMatchObject({ code: 'CONNECTION_SILENT' });
  });
});

describe('a transfer whose sockets are cut', () => {
  it('fails as on a line that dies: no closing handshake, no goodbye', async () => {
    const { peer, transfer } = pausedPush();
    await untilIn(transfer, 'transferring.links.paused');
    expect(transfer.cut()).toBe(true);
    await expect(transfer.done).rejects.toMatchObject({
      code: 'CONNECTION_CLOSED',
      details: { closeCode: 1006, state: 'transferring.between' },
    });
    expect(peer.listenerLog).toContain('terminate');
    expect(peer.listenerLog.some((one) => one.startsWith('close '))).toBe(false);
    expect(peer.sent.map(kindOf)).not.toContain('rollback');
    expect(transfer.cut()).toBe(false);
  });

  it('fails where the handshake is under way, too', async () => {
    const peer = createScriptedPeer({ accepts: false });
    const to = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open });
    const transfer = createTransfer({ from: createMemoryStore(smallContent).source(), to });
    expect(transfer.cut()).toBe(true);
    await expect(transfer.done).rejects.toMatchObject({ code: 'CONNECTION_CLOSED' });
  });

  it('has none where no end is a server', async () => {
    const [from, to] = [createMemoryStore(smallContent), createMemoryStore()];
    const transfer = createTransfer({ from: from.source(), to: to.destination() });
    expect(transfer.cut()).toBe(false);
    await transfer.done;
  });
});
