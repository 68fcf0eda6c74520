import { describe, expect, test } from 'vitest';
import { type Changeset, withChangeset } from '../../../src/merge/changeset.js';
import { match } from '../../../src/merge/matching.js';
import { mergingDestination } from '../../../src/merge/merging-destination.js';
import { plannedSource } from '../../../src/merge/planned-source.js';
import { planMerge } from '../../../src/merge/planner.js';
import { select } from '../../../src/merge/selection.js';
import type { Metadata } from '../../../src/protocol/content.js';
import { createDirectoryDestination, createDirectorySource } from '../../../src/stores/index.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { contentOf, modelOf, plain, types } from '../../support/merge-model.js';
import { article, contentIn, model, row, tag } from '../../support/merge-sites.js';

const standing = model([
  [types.article, 'a', { 'en/draft': row('old', { tags: [tag('x')] }) }],
  [types.article, 'b', { 'en/draft': row('stays', { related: article('a') }) }],
  [types.tag, 'x', { '/published': row('sea') }],
]);
const coming = model([
  [types.article, 'a', { 'en/draft': row('new', { tags: [tag('x')] }) }],
  [types.article, 'c', { 'en/draft': row('added') }],
  [types.tag, 'x', { '/published': row('sea') }],
]);

/** What a plan that was made for `standing` brings. */
async function planned(): Promise<TransferSource> {
  const [from, there] = [
    createMemoryStore(contentOf(coming, 100)).source(),
    createMemoryStore(contentOf(standing, 1)).source(),
  ];
  await from.open();
  await there.open();
  const selected = await select(from, {}, { only: [types.article], exclude: [] });
  return plannedSource(
    await planMerge(selected, there, await match(selected, there), { onConflict: 'fail', onlyAdds: false }),
  );
}

const apply = (from: TransferSource, to: ReturnType<typeof createMemoryStore>) =>
  createTransfer({ from, to: mergingDestination(to.destination(), () => to.source()) }).done;

const changed = (change: (content: MemoryContent) => Partial<MemoryContent>) => {
  const content = contentOf(standing, 1);
  return createMemoryStore({ ...content, ...change(content) });
};

describe('where the destination has changed since the plan was made', () => {
  const entities = (change: (row: MemoryContent['entities'][number]) => object | null) =>
    changed((content) => ({
      entities: content.entities.flatMap((one) => {
        const data = change(one);
        return data === null ? [] : [{ ...one, data: { ...one.data, ...data } }];
      }),
    }));
  const added = (documentId: string, id: number) =>
    changed(({ entities: rows }) => ({
      entities: [...rows, { type: types.article, id, data: { documentId, locale: 'en', publishedAt: null } }],
    }));

  test.each<[string, () => ReturnType<typeof createMemoryStore>]>([
    [
      'a row that is replaced has other values',
      () => entities(({ data }) => (data['documentId'] === 'a' ? { title: 'edited' } : {})),
    ],
    [
      'a row that is replaced is gone',
      () => entities(({ data }) => (data['documentId'] === 'a' ? null : {})),
    ],
    [
      'a row that something points to is gone',
      () => entities(({ type }) => (type === types.tag ? null : {})),
    ],
    [
      'a row that something points to is another',
      () => entities(({ type }) => (type === types.tag ? { documentId: 'z' } : {})),
    ],
    ['a document that comes was added', () => added('c', 900)],
    ['a row has the id of one that comes', () => added('d', 3)],
  ])('%s: nothing is changed', async (_, make) => {
    const to = make();
    const before = to.content();
    await expect(apply(await planned(), to)).rejects.toMatchObject({ code: 'DESTINATION_CHANGED' });
    expect(to.content()).toBe(before);
  });

  test('what the plan does not concern may change', async () => {
    const to = entities(({ data }) => (data['documentId'] === 'b' ? { title: 'edited' } : {}));
    await apply(await planned(), to);
    expect(modelOf(to.content()).documents.get(article('b'))?.rows.get('en/draft')?.title).toBe('edited');
    expect(modelOf(to.content()).documents.get(article('a'))?.rows.get('en/draft')?.title).toBe('new');
  });
});

describe('the changeset in the metadata is input', () => {
  const source = (metadata: Metadata | null) =>
    createMemoryStore({ ...contentOf(coming, 100), metadata }).source();
  const whole: Changeset = {
    ...{ version: 1, drops: [], expects: [], unlinks: [], inbound: [], folders: [] },
    plan: {
      documents: [],
      conflicts: [],
      missing: [],
      collisions: [],
      lost: [],
      files: { count: 0, bytes: 0 },
    },
  };
  test.each<[string, Metadata | null, string]>([
    ['none', { createdAt: 'now' }, 'NO_CHANGESET'],
    ['no metadata', null, 'NO_CHANGESET'],
    ['of another version', { changeset: { ...whole, version: 2 } }, 'BROKEN_CHANGESET'],
    ['no object', { changeset: 'all' }, 'BROKEN_CHANGESET'],
    ['without drops', { changeset: { ...whole, drops: undefined } }, 'BROKEN_CHANGESET'],
    [
      'an id that is none',
      { changeset: { ...whole, drops: [{ type: 'a', id: {}, digest: '' }] } },
      'BROKEN_CHANGESET',
    ],
    [
      'a verb that is none',
      { changeset: { ...whole, plan: { ...whole.plan, documents: [{ verb: 'x' }] } } },
      'BROKEN_CHANGESET',
    ],
  ])('%s: refused, and nothing is changed', async (_, metadata, code) => {
    const to = createMemoryStore(contentOf(standing, 1));
    const before = to.content();
    await expect(apply(source(metadata), to)).rejects.toMatchObject({ code });
    expect(to.content()).toBe(before);
  });

  test('it is no part of what stands afterwards', async () => {
    const to = createMemoryStore(contentOf(model([]), 1));
    const { changeset } = withChangeset({ createdAt: 'then' }, whole);
    const nothing = createMemoryStore({ metadata: { createdAt: 'then', changeset } }).source();
    await apply(nothing, to);
    expect(to.content().metadata).toEqual({ createdAt: '2026-01-01T00:00:00.000Z' });
  });
});

test('a store that cannot be read takes no merge', async () => {
  const to = createMemoryStore(contentOf(standing, 1));
  const into = mergingDestination(to.destination(), undefined);
  await expect(createTransfer({ from: await planned(), to: into }).done).rejects.toMatchObject({
    code: 'NOT_SERVED',
  });
});

test('a folder keeps what a merge leaves alone byte for byte, escapes and numbers that JavaScript cannot hold', async () => {
  const files = createMemoryFiles();
  const path = '/data/site';
  const to = {
    source: () => createDirectorySource({ path, files }),
    destination: () => createDirectoryDestination({ path, files, force: true }),
  };
  await createTransfer({ from: createMemoryStore(contentOf(standing, 1)).source(), to: to.destination() })
    .done;
  const name = (await files.list(`${path}/entities`))?.[0];
  const lines = `${path}/entities/${name}`;
  const text = new TextDecoder().decode(await files.read(lines));
  const odd =
    '{"id": 77, "type":"api::odd.odd","data":{"documentId":"o\\u0064d","big":12345678901234567890.10,"text":"\\u00e9"}}';
  await files.write(lines, `${text}${odd}\n`);
  await createMerge({
    from: createMemoryStore(contentOf(coming, 100)).source(),
    to,
    onlyContentTypes: [types.article],
  }).done;
  const after = [];
  for (const file of (await files.list(`${path}/entities`)) ?? [])
    after.push(new TextDecoder().decode(await files.read(`${path}/entities/${file}`)));
  expect(after.join('').split('\n')).toContain(odd);
  const content = await contentIn(to.source());
  const known = { ...content, entities: content.entities.filter(({ type }) => type !== 'api::odd.odd') };
  const expected = model([
    [types.article, 'a', { 'en/draft': row('new', { tags: [tag('x')] }) }],
    [types.article, 'b', { 'en/draft': row('stays', { related: article('a') }) }],
    [types.article, 'c', { 'en/draft': row('added') }],
    [types.tag, 'x', { '/published': row('sea') }],
  ]);
  expect(plain(modelOf(known))).toEqual(plain(expected));
});
