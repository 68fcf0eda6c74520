import { describe, expect, it } from 'vitest';
import { createPushReceiver } from '../../../src/server/push-receiver.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { asset } from '../../support/raw-client.js';
import { smallContent } from '../../support/small-content.js';
import { settled } from '../../support/test-clock.js';

async function receiver(checksums = false) {
  const store = createMemoryStore();
  const destination = store.destination();
  await destination.open();
  await destination.prepare({ steps: ['entities', 'assets', 'links'], metadata: null, schemas: null });
  const moved: unknown[] = [];
  const push = createPushReceiver(destination, {
    checksums,
    limits: { assetSize: 1000, batchItems: 5 },
    moved: (...what) => moved.push(what),
  });
  return { push, destination, store, moved };
}

describe('a push', () => {
  it('counts what it was sent, and what it has written', async () => {
    const { push, moved } = await receiver();
    await push.start('links');
    await push.stream('links', smallContent.links.slice(0, 2));
    expect(await push.end('links')).toEqual({ started: 2, finished: 2 });
    expect(moved).toEqual([['links', 2, 0]]);
  });

  it('has nothing to count in a stage that was not started', async () => {
    const { push } = await receiver();
    await push.start('links');
    await push.stream('links', smallContent.links.slice(0, 2));
    await push.end('links');
    expect(await push.end('configuration')).toEqual({ started: 0, finished: 0 });
  });

  it.each([
    ['entities', { type: 'api::a.a', id: 1 }],
    ['entities', { type: 'api::a.a', data: {} }],
    ['entities', { id: 1, data: {} }],
    ['links', { kind: 'a', relation: 'b', left: { type: 'api::a.a' }, right: 'x' }],
    ['configuration', { type: 'core-store', value: [] }],
    ['configuration', []],
  ] as const)('takes no row of %s that could not be read again: %j', async (step, row) => {
    const { push } = await receiver();
    await push.start(step);
    await expect(push.stream(step, [row])).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  });

  it('takes assets in the two forms, over any number of messages', async () => {
    const { push, destination, store } = await receiver();
    await push.start('assets');
    await push.stream('assets', [asset.start('a', 'a.bin', 4), asset.stream('a', Uint8Array.of(1, 2))]);
    await push.stream('assets', [
      [{ action: 'stream', assetID: 'a', data: { type: 'Buffer', data: [3, 4] } }, asset.end('a')],
    ]);
    expect(await push.end('assets')).toEqual({ started: 1, finished: 1 });
    await destination.commit();
    expect(store.content().assets).toEqual([
      { filename: 'a.bin', metadata: { name: 'a.bin' }, bytes: Uint8Array.of(1, 2, 3, 4) },
    ]);
  });

  it('does not end the assets while one of them is open', async () => {
    const { push } = await receiver();
    await push.start('assets');
    await push.stream('assets', [asset.start('a', 'a.bin', 4)]);
    await expect(push.end('assets')).rejects.toMatchObject({ code: 'INVALID_MESSAGE' });
  });

  it('says that it is aborted only when nothing writes any more', async () => {
    const { push, destination } = await receiver();
    let writing = 0;
    let free = () => {};
    const freed = new Promise<void>((resolve) => {
      free = resolve;
    });
    const writer = await destination.assetWriter();
    const slow = {
      ...destination,
      assetWriter: async () => ({
        ...writer,
        async write(given: Parameters<typeof writer.write>[0]) {
          writing += 1;
          await writer.write(given).finally(async () => {
            await freed;
            writing -= 1;
          });
        },
      }),
    };
    const again = createPushReceiver(slow, {
      checksums: false,
      limits: { assetSize: 1000, batchItems: 5 },
      moved: () => {},
    });
    await again.start('assets');
    await again.stream('assets', [asset.start('a', 'a.bin', 4), asset.stream('a', Uint8Array.of(1))]);
    expect(writing).toBe(1);
    let over = false;
    const aborted = again.abort().then(() => {
      over = true;
    });
    await settled();
    expect({ writing, over }).toEqual({ writing: 1, over: false });
    free();
    await aborted;
    expect(writing).toBe(0);
    await push.abort();
  });
});
