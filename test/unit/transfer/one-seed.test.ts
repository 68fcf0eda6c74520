import { expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { createRemoteDestination } from '../../../src/client/remote-destination.js';
import { createRemoteSource } from '../../../src/client/remote-source.js';
import { createDirectoryDestination } from '../../../src/stores/directory/destination.js';
import { createDirectorySource } from '../../../src/stores/directory/source.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createScriptedPeer } from '../../../src/testing/scripted-peer.js';
import { seededIds, seededRandom } from '../../../src/testing/seeded.js';
import { strapiScript } from '../../../src/testing/strapi-script.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { smallContent } from '../../support/small-content.js';

/** A pull into a folder and a push out of it, in this one process: network, disk, clock and names are all given. */
async function run(seed: number) {
  const clock = new SimulatedClock();
  const ids = seededIds(seededRandom(seed));
  const files = createMemoryFiles();
  const folder = { path: '/content', files, ids, processes: { self: 'one', alive: () => true } };
  const states: string[] = [];
  const watch = (name: string) => (snapshot: { value: unknown }) =>
    states.push(`${name} ${JSON.stringify(snapshot.value)}`);

  const sourcePeer = createScriptedPeer({
    clock,
    answer: strapiScript({ direction: 'pull', content: smallContent }).answer,
  });
  const source = createRemoteSource({ url: 'http://a/admin', token: 't', open: sourcePeer.open, clock, ids });
  const pull = createTransfer({ from: source, to: createDirectoryDestination(folder), clock });
  pull.actor.subscribe(watch('pull'));
  const pulled = await pull.done;

  const pushed = strapiScript({ direction: 'push', content: { schemas: smallContent.schemas } });
  const destinationPeer = createScriptedPeer({ clock, answer: pushed.answer });
  const push = createTransfer({
    from: createDirectorySource(folder),
    to: createRemoteDestination({
      url: 'http://b/admin',
      token: 't',
      open: destinationPeer.open,
      clock,
      ids,
    }),
    clock,
  });
  push.actor.subscribe(watch('push'));
  await push.done;

  const trace = { states, pull: sourcePeer.frames, push: destinationPeer.frames, disk: files.operations() };
  return { trace, pulled, received: pushed.received, timers: pendingTimers(clock) };
}

/** SimulatedClock keeps its timers in a private map: what is left there would be left running. */
function pendingTimers(clock: SimulatedClock): number {
  return (clock as unknown as { timeouts: Map<unknown, unknown> }).timeouts.size;
}

it('runs a whole pull and push in one process, and leaves no timer behind', async () => {
  const { received, pulled, timers } = await run(1);
  const kept = smallContent.entities.filter(({ type }) => type !== 'admin::user');
  expect(received.entities).toEqual(kept);
  expect(received.links).toHaveLength(2);
  expect(received.configuration).toEqual(smallContent.configuration);
  const byName = (a: { filename: string }, b: { filename: string }) => (a.filename < b.filename ? -1 : 1);
  expect([...received.assets].sort(byName)).toEqual([...smallContent.assets].sort(byName));
  expect(pulled.counts.entities).toMatchObject({ items: 3, dropped: 1 });
  expect(pulled.counts.links).toMatchObject({ items: 2, dropped: 1 });
  expect(timers).toBe(0);
});

it('is the same run, frame by frame, for the same seed, and another for another', async () => {
  const [first, again, other] = [await run(7), await run(7), await run(8)];
  expect(again.trace).toEqual(first.trace);
  expect(other.trace.push).not.toEqual(first.trace.push);
  expect(other.trace.states).toEqual(first.trace.states);
});
