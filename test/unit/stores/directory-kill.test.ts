import { describe, expect, test } from 'vitest';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { attempt, createDyingStores, everyOperation } from '../../support/dying-stores.js';
import { labelIn, putLabel } from '../../support/stored-label.js';

const path = '/data/content';

const { storeOf, killedAt } = createDyingStores((ports) => ({
  source: () => createDirectorySource({ path, ...ports }),
  destination: () => createDirectoryDestination({ path, ...ports, force: true }),
}));

describe.each(['kill', 'powerCut'] as const)('a commit that is cut off by a %s at any operation', (after) => {
  test('leaves the old content or the new, whole, to the next who reads', async () => {
    const seen = new Set<string>();
    const operations = await everyOperation(async (count) => {
      const { outcome, killed, next, disk } = await killedAt(count, after, true);
      const label = await labelIn(next.source());
      expect(['old', 'new']).toContain(label);
      if (outcome === 'resolved') expect(label).toBe('new');
      seen.add(`${outcome} ${label}`);
      // The reader has put in order what the killed writer left.
      expect(await disk.list('/data')).toEqual(['content']);
      return killed;
    });
    expect(operations).toBeGreaterThan(60);
    expect([...seen].sort()).toEqual(['rejected new', 'rejected old', 'resolved new']);
  });

  test('leaves the new content or none where there was none', async () => {
    await everyOperation(async (count) => {
      const { outcome, killed, next } = await killedAt(count, after, false);
      const label = await labelIn(next.source()).catch((error: { code?: string }) => error.code);
      expect(['NOT_AN_EXPORT', 'new']).toContain(label);
      if (outcome === 'resolved') expect(label).toBe('new');
      return killed;
    });
  });

  test('shows a foreign reader the old content, the new, or none', async () => {
    await everyOperation(async (count) => {
      const { killed, disk } = await killedAt(count, after, true);
      if ((await disk.stat(path)) !== undefined) {
        const metadata = JSON.parse(new TextDecoder().decode(await disk.read(`${path}/metadata.json`)));
        const asset = new TextDecoder().decode(await disk.read(`${path}/assets/uploads/same-name.txt`));
        expect(asset).toBe(metadata.createdAt);
      }
      return killed;
    });
  });

  test('leaves a store that the next can write, with nothing beside it', async () => {
    await everyOperation(async (count) => {
      const { killed, disk, next } = await killedAt(count, after, true);
      await putLabel(next.destination(), 'newest');
      expect(await disk.list('/data')).toEqual(['content']);
      expect(await labelIn(next.source())).toBe('newest');
      return killed;
    });
  });

  test('is brought to an end even where the bringing is killed as well, at any operation', async () => {
    // Every seventh kill of the commit, each with every kill of the recovery.
    await everyOperation(async (count) => {
      let killedFirst = true;
      await everyOperation(async (again) => {
        const { killed, disk, next } = await killedAt(count * 7, after, true);
        killedFirst = killed;
        const before = disk.operations();
        disk.failAfter(again);
        await attempt(labelIn(next.source()));
        const killedAgain = disk.operations() - before > again;
        next.process.kill();
        const last = next.next(disk.reopen(after));
        expect(['old', 'new']).toContain(await labelIn(last.source()));
        return killedAgain;
      });
      return killedFirst;
    });
  }, 90_000);
});

describe.each(['EIO', 'ENOSPC', 'EACCES'])('a single %s at any operation of a transfer', (code) => {
  test('leaves the new content where the commit resolves, one of the two where it rejects', async () => {
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
      expect(await files.list('/data')).toEqual(['content']);
      return failed;
    });
  });
});

describe('a source that has pinned the old version', () => {
  test('reads it to its end wherever a commit is killed, and the next removes it', async () => {
    await everyOperation(async (count) => {
      const files = createMemoryFiles();
      const writer = storeOf(files);
      const reader = writer.next(files);
      await putLabel(writer.destination(), 'old');
      const source = reader.source();
      await source.open();
      const before = files.operations();
      files.failAfter(count);
      await attempt(putLabel(writer.destination(), 'new'));
      const killed = files.operations() - before > count;
      writer.process.kill();
      files.failAfter(Number.POSITIVE_INFINITY);
      // Opened already: what follows reads on, and never notices.
      const rest = { ...source, open: async () => {} };
      await expect(labelIn(rest)).resolves.toBe('old');
      const last = writer.next(files);
      expect(['old', 'new']).toContain(await labelIn(last.source()));
      expect(await files.list('/data')).toEqual(['content']);
      return killed;
    });
  });
});
