import { expect, test } from 'vitest';
import type { FileSystem } from '../../../src/ports/files.js';
import { createArchiveDestination, createDirectoryDestination } from '../../../src/stores/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import type { TransferDestination } from '../../../src/stores/store.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { settled } from '../../../src/testing/test-clock.js';

/** A disk that holds one call back until it is let go. */
function holding(call: 'makeDirectory' | 'create', path: RegExp) {
  const disk = createMemoryFiles();
  let letGo = () => {};
  const free = new Promise<void>((resolve) => {
    letGo = resolve;
  });
  let reached = () => {};
  const isReached = new Promise<void>((resolve) => {
    reached = resolve;
  });
  const held = async (target: string) => {
    if (!path.test(target)) return;
    reached();
    await free;
  };
  const files: FileSystem = {
    ...disk,
    async makeDirectory(target, options) {
      if (call === 'makeDirectory') await held(target);
      return disk.makeDirectory(target, options);
    },
    async create(target, options) {
      if (call === 'create') await held(target);
      return disk.create(target, options);
    },
  };
  return { disk, files, isReached, letGo };
}

async function writeRow(to: TransferDestination): Promise<void> {
  const writer = await to.rowWriter('entities');
  await writer.write([{ type: 'api::a.a', id: 1, data: { documentId: 'a' } }]);
  await writer.end();
}

async function writeAsset(to: TransferDestination): Promise<void> {
  const writer = await to.assetWriter();
  await writer.write({
    filename: 'a.bin',
    metadata: {},
    size: 1,
    async *stream() {
      yield new Uint8Array(1);
    },
  });
  await writer.end();
}

test.each([
  ['makeDirectory', 'the folder of a stage', /new-[^/]+\/entities$/, writeRow],
  ['create', 'a file of rows', /entities_00001\.jsonl$/, writeRow],
  ['makeDirectory', 'the folder of uploads', /new-[^/]+\/assets\/uploads$/, writeAsset],
  ['makeDirectory', 'the folder of descriptions', /new-[^/]+\/assets\/metadata$/, writeAsset],
  ['create', 'an upload', /uploads\/a\.bin$/, writeAsset],
] as const)(
  'a rollback waits for %s of %s, and leaves nothing beside the folder',
  async (call, _, path, write) => {
    const { disk, files, isReached, letGo } = holding(call, path);
    const destination = createDirectoryDestination({ path: '/data/x', files });
    await destination.open();
    await destination.prepare({ steps: ['entities', 'assets'], metadata: null, schemas: null });
    const written = write(destination).then(
      () => 'written',
      (error: { code: string }) => error.code,
    );
    await isReached;
    const over = destination.rollback();
    await settled();
    letGo();
    await over;
    expect(await written).toBe('ABORTED');
    await destination.close();
    expect((await disk.list('/data')) ?? []).toEqual([]);
  },
);

test.each([
  ['a folder', () => createDirectoryDestination({ path: '/data/x', files: createMemoryFiles() })],
  ['an archive', () => createArchiveDestination({ path: '/data/x.tar', files: createMemoryFiles() })],
  ['a memory store', () => createMemoryStore().destination()],
] as const)(
  'a rollback of %s that comes after its commit says that the new content stands',
  async (_, make) => {
    const destination = make();
    const prepare = () => destination.prepare({ steps: ['entities'], metadata: null, schemas: null });
    await destination.open();
    await prepare();
    await writeRow(destination);
    await destination.commit();
    expect(await destination.rollback()).toEqual({ stands: 'new' });
    await prepare();
    expect(await destination.rollback()).toBeUndefined();
    await destination.close();
  },
);
