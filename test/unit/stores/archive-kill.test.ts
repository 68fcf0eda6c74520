import { describe, expect, test } from 'vitest';
import { createArchiveDestination, createArchiveSource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { entriesIn } from '../../support/archive-files.js';
import { attempt, createDyingStores, everyOperation } from '../../support/dying-stores.js';
import { labelIn, putLabel } from '../../support/stored-label.js';

const path = '/data/x.tar.gz';

const { storeOf, killedAt } = createDyingStores((ports) => ({
  source: () => createArchiveSource({ path, ...ports }),
  destination: () => createArchiveDestination({ path, ...ports, force: true }),
}));

describe.each(['kill', 'powerCut'] as const)('a commit that is cut off by a %s at any operation', (after) => {
  test('leaves the old archive or the new, whole, and nothing beside it to the next who reads', async () => {
    const seen = new Set<string>();
    const operations = await everyOperation(async (count) => {
      const { outcome, killed, next, disk } = await killedAt(count, after, true);
      const label = await labelIn(next.source());
      expect(['old', 'new']).toContain(label);
      if (outcome === 'resolved') expect(label).toBe('new');
      seen.add(`${outcome} ${label}`);
      expect(await disk.list('/data')).toEqual(['x.tar.gz']);
      return killed;
    });
    expect(operations).toBeGreaterThan(15);
    expect([...seen].sort()).toEqual(expect.arrayContaining(['rejected old', 'resolved new']));
  });

  test('leaves the new archive or none where there was none', async () => {
    await everyOperation(async (count) => {
      const { outcome, killed, next } = await killedAt(count, after, false);
      const label = await labelIn(next.source()).catch((error: { code?: string }) => error.code);
      expect(['NOT_AN_EXPORT', 'new']).toContain(label);
      if (outcome === 'resolved') expect(label).toBe('new');
      return killed;
    });
  });

  test('shows a foreign reader the old archive or the new at every moment', async () => {
    await everyOperation(async (count) => {
      const { killed, disk } = await killedAt(count, after, true);
      const entries = await entriesIn('tar.gz', await disk.read(path));
      const [, asset] = entries.find(([name]) => name === 'assets/uploads/same-name.txt') ?? [];
      expect(['old', 'new']).toContain(asset);
      expect(entries.at(-1)).toEqual(['metadata.json', JSON.stringify({ createdAt: asset }, null, 2)]);
      return killed;
    });
  });

  test('leaves a path that the next can write, with nothing beside it', async () => {
    await everyOperation(async (count) => {
      const { killed, disk, next } = await killedAt(count, after, true);
      await putLabel(next.destination(), 'newest');
      expect(await disk.list('/data')).toEqual(['x.tar.gz']);
      expect(await labelIn(next.source())).toBe('newest');
      return killed;
    });
  });

  test('is cleared up even where the clearing up is killed as well, at any operation', async () => {
    await everyOperation(async (count) => {
      let killedFirst = true;
      await everyOperation(async (again) => {
        const { killed, disk, next } = await killedAt(count * 4, after, true);
        killedFirst = killed;
        const before = disk.operations();
        disk.failAfter(again);
        await attempt(labelIn(next.source()));
        const killedAgain = disk.operations() - before > again;
        next.process.kill();
        const last = disk.reopen(after);
        expect(['old', 'new']).toContain(await labelIn(next.next(last).source()));
        expect(await last.list('/data')).toEqual(['x.tar.gz']);
        return killedAgain;
      });
      return killedFirst;
    });
  }, 30_000);
});

describe.each(['EIO', 'ENOSPC', 'EACCES'])('a single %s at any operation of a transfer', (code) => {
  test('leaves the new archive where the commit resolves, the old one where it rejects', async () => {
    await everyOperation(async (count) => {
      const files = createMemoryFiles();
      const store = storeOf(files);
      await putLabel(store.destination(), 'old');
      const before = files.operations();
      files.failOnce(count, code);
      const outcome = await attempt(putLabel(store.destination(), 'new'));
      const failed = files.operations() - before > count;
      files.failOnce(Number.POSITIVE_INFINITY);
      expect(await labelIn(store.source())).toBe(outcome === 'resolved' ? 'new' : 'old');
      await putLabel(store.destination(), 'newest');
      expect(await labelIn(store.source())).toBe('newest');
      expect(await files.list('/data')).toEqual(['x.tar.gz']);
      return failed;
    });
  });

  test('fails a source with the reason, or not at all', async () => {
    const files = createMemoryFiles();
    const store = storeOf(files);
    await putLabel(store.destination(), 'one');
    await everyOperation(async (count) => {
      const before = files.operations();
      files.failOnce(count, code);
      const source = store.source();
      const found = await labelIn(source).catch(async (error: { code?: string }) => {
        await source.close();
        return error.code;
      });
      const failed = files.operations() - before > count;
      files.failOnce(Number.POSITIVE_INFINITY);
      expect(['one', code === 'ENOSPC' ? 'NO_SPACE' : 'STORE_FAILED']).toContain(found);
      return failed;
    });
  });
});
