import { describe, expect, test } from 'vitest';
import type { Asset } from '../../../src/protocol/content.js';
import { createArchiveDestination, createDirectoryDestination } from '../../../src/stores/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createMemoryFiles, type MemoryFiles } from '../../../src/testing/memory-files.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';

const asset = (filename: string): Asset => ({
  filename,
  size: 1,
  metadata: {},
  async *stream() {
    yield Uint8Array.of(1);
  },
});

const stores = {
  folder: (files: MemoryFiles) =>
    createDirectoryDestination({ path: '/data/x', files, limits: { depth: 2 } }),
  archive: (files: MemoryFiles) =>
    createArchiveDestination({ path: '/data/x.tar', files, limits: { depth: 2 } }),
};

describe.each(Object.entries(stores))('the notices of an %s', (_, make) => {
  test('name the files that Windows cannot hold, which stop no backup', async () => {
    const names = ['a:b.txt', 'CON', 'plain.txt', 'x?.png', 'y*.png'];
    const from = {
      ...createMemoryStore({}).source(),
      async *assets() {
        yield* names.map(asset);
      },
    };
    const { notices, counts } = await createTransfer({ from, to: make(createMemoryFiles()) }).done;
    expect(counts.assets).toMatchObject({ items: names.length });
    expect(notices).toEqual([
      expect.stringMatching(
        /^Windows cannot hold .*"a:b\.txt", "CON", "x\?\.png", and 1 more; read it elsewhere$/,
      ),
    ]);
  });

  test('name the limits with which it is read', async () => {
    const data = { a: { b: { c: [] } } };
    const from = createMemoryStore({ entities: [{ type: 'api::a.a', id: 1, data }] }).source();
    const { notices } = await createTransfer({ from, to: make(createMemoryFiles()) }).done;
    expect(notices).toEqual([expect.stringContaining('`limits.depth: ')]);
  });

  test('are none of what was rolled back', async () => {
    const to = make(createMemoryFiles());
    await to.open();
    await to.prepare({ steps: ['assets'], metadata: {}, schemas: null });
    const writer = await to.assetWriter();
    await writer.write(asset('a:b'));
    await to.rollback();
    await to.close();
    expect(to.notices?.()).toEqual([]);
  });
});
