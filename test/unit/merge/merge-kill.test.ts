import { expect, test } from 'vitest';
import { realIds } from '../../../src/ports/ids.js';
import {
  createDirectoryDestination,
  createDirectorySource,
  createMemoryStore,
} from '../../../src/stores/index.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { attempt, createDyingStores, everyOperation } from '../../support/dying-stores.js';
import { contentOf, mergedModel, modelOf, plain, types } from '../../support/merge-model.js';
import { article, contentIn, file, model, row, tag } from '../../support/merge-sites.js';

const path = '/data/content';

const { storeOf } = createDyingStores((ports) => ({
  source: () => createDirectorySource({ path, ...ports, ids: realIds }),
  destination: () => createDirectoryDestination({ path, ...ports, ids: realIds, force: true }),
}));

const standing = model([
  [
    types.article,
    'a',
    { 'en/draft': row('old', { tags: [tag('x')], cover: file('f') }), 'tr/draft': row('eski') },
  ],
  [types.article, 'b', { 'en/draft': row('stays', { related: article('a'), cover: file('f') }) }],
  [types.tag, 'x', { '/published': row('sea') }],
  [types.file, 'f', { '/published': row('picture') }],
]);
const coming = model([
  [types.article, 'a', { 'en/draft': row('new', { tags: [tag('x')], cover: file('g') }) }],
  [types.tag, 'x', { '/published': row('sea') }],
  [types.file, 'g', { '/published': row('new picture') }],
]);
const [before, after] = [plain(standing), plain(mergedModel(standing, coming, [article('a')]))];

// Each cuts off at every sixth operation.
test.each([
  ['kill', 0],
  ['powerCut', 3],
] as const)(
  'a merge that is cut off by a %s at an operation leaves the old content or the new, whole',
  async (how, from) => {
    const seen = new Set<string>();
    const written = createMemoryFiles();
    const first = createMemoryStore(contentOf(standing, 10)).source();
    await createTransfer({ from: first, to: storeOf(written).destination() }).done;
    const operations = await everyOperation(async (count) => {
      const files = written.reopen('kill');
      const store = storeOf(files);
      const begun = files.operations();
      files.failAfter(6 * count + from);
      const source = createMemoryStore(contentOf(coming, 500)).source();
      const documents = [{ type: types.article, documentId: 'a' }];
      const outcome = await attempt(createMerge({ from: source, to: store, documents }).done);
      const killed = files.operations() - begun > 6 * count + from;
      store.process.kill();
      const next = store.next(files.reopen(how));
      const found = JSON.stringify(plain(modelOf(await contentIn(next.source()))));
      expect([JSON.stringify(before), JSON.stringify(after)]).toContain(found);
      const is = found === JSON.stringify(after) ? 'new' : 'old';
      if (outcome === 'resolved') expect(is).toBe('new');
      seen.add(`${outcome} ${is}`);
      return killed;
    });
    expect(operations).toBeGreaterThan(12);
    expect([...seen].sort()).toEqual(['rejected new', 'rejected old', 'resolved new']);
  },
);
