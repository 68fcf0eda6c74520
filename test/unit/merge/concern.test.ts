import { expect, test } from 'vitest';
import { changesetOf } from '../../../src/merge/changeset.js';
import { concernOf, concernOfChangeset, topsOf } from '../../../src/merge/concern.js';
import { type Selection, select } from '../../../src/merge/selection.js';
import { type Concern, mostNames } from '../../../src/protocol/concern.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import type { MergeStore } from '../../../src/transfer/merge/options.js';

const [page, tag, file] = ['api::page.page', 'api::tag.tag', 'plugin::upload.file'];
const locale = 'plugin::i18n.locale';
const dates = { updatedAt: '2026-01-01T00:00:00.000Z' };
const site: MemoryContent = {
  metadata: {},
  schemas: {
    [page]: { uid: page, attributes: { title: { type: 'string' }, slug: { type: 'uid' } } },
    [tag]: { uid: tag, attributes: { name: { type: 'string', unique: true } } },
    [file]: { uid: file, attributes: { name: { type: 'string' } } },
    [locale]: { uid: locale, attributes: { code: { type: 'string' } } },
  },
  entities: [
    { type: locale, id: 1, data: { documentId: 'english', code: 'en', ...dates } },
    {
      type: file,
      id: 1,
      data: { documentId: 'sea-file', name: 'sea.png', hash: 'sea_1', ext: '.png', ...dates },
    },
    { type: tag, id: 1, data: { documentId: 'blue', name: 'Blue', ...dates } },
    ...[
      { documentId: 'one', slug: 'one', publishedAt: null },
      { documentId: 'one', slug: 'one', publishedAt: dates.updatedAt },
      { documentId: 'two', slug: null, publishedAt: null },
    ].map((data, n) => ({
      type: page,
      id: n + 1,
      data: { ...data, title: 'A page', locale: 'en', ...dates },
    })),
  ],
  links: [
    {
      ...{ kind: 'relation.basic', relation: 'manyToMany' },
      left: { type: page, ref: 1, field: 'tags', pos: 1 },
      right: { type: tag, ref: 1, field: 'pages', pos: 1 },
    },
    {
      ...{ kind: 'relation.morph', relation: 'morphToMany' },
      left: { type: file, ref: 1, field: 'related' },
      right: { type: page, ref: 1, field: 'cover', pos: 1 },
    },
  ],
  configuration: [],
  assets: [],
};
const documents = [
  { type: page, documentId: 'one' },
  { type: page, documentId: 'two' },
];

async function concernIn(content: MemoryContent, selection: Selection, exclude: readonly string[] = []) {
  const source = createMemoryStore(content).source();
  await source.open();
  return concernOf(await select(source, selection, { only: [], exclude }));
}

test('a merge is concerned with what comes, what that leads to, and who has its values', async () => {
  expect(await concernIn(site, { documents })).toEqual({
    [page]: { documents: ['one', 'two'], values: { slug: ['one'] }, places: ['en/draft'] },
    [file]: { documents: ['sea-file'], values: { hash: ['sea_1'] }, places: ['/'] },
    [locale]: { documents: ['english'], values: { code: ['en'] }, places: ['/'] },
    [tag]: { documents: ['blue'], values: {} },
  });
});

test('a changeset is concerned with the places that all of its documents have: it may delete the rows at any other', async () => {
  const changeset = createMemoryStore();
  const ends = { from: createMemoryStore(site).source(), to: createMemoryStore({ schemas: site.schemas }) };
  const options = { documents, closure: 1, allowMissingFiles: true };
  await createMerge({ ...ends, ...options, changeset: changeset.destination() }).done;
  const source = changeset.source();
  await source.open();
  const planned = changesetOf(await source.metadata(), 'the changeset');
  if (planned === null) throw new Error('there is no changeset');
  const concern = await concernOfChangeset(source, planned);
  expect(concern?.[page]).toEqual({
    documents: ['one', 'two'],
    values: { slug: ['one'] },
    places: ['en/draft'],
  });
});

test('a file that does not come is asked for by its hash as well', async () => {
  const concern = await concernIn(site, { documents }, [file]);
  expect(concern?.[file]).toEqual({ documents: ['sea-file'], values: { hash: ['sea_1'] } });
});

test.each([
  [mostNames - 1_000, 'asks for them'],
  [mostNames, 'reads all of the destination'],
])('a merge of %d documents %s', async (count, what) => {
  const entities = Array.from({ length: count }, (_, n) => ({
    ...{ type: tag, id: n + 1 },
    data: { documentId: `${n}`, ...dates },
  }));
  const concern = await concernIn({ ...site, entities, links: [] }, {});
  expect(concern === null ? 'reads all of the destination' : 'asks for them').toBe(what);
});

test('a store that can look for it is asked, and new rows come after the greatest ids that it tells', async () => {
  const memory = createMemoryStore({ schemas: site.schemas });
  const asked: Concern[] = [];
  const to: MergeStore = {
    destination: memory.destination,
    source: () => ({
      ...memory.source(),
      concerning(concern) {
        asked.push(concern);
        const source = memory.source();
        return { ...source, metadata: async () => ({ concern: { tops: { [page]: 500 } } }) };
      },
    }),
  };
  const from = createMemoryStore(site).source();
  await createMerge({ from, to, documents, closure: 1, allowMissingFiles: true }).done;
  expect(Object.keys(asked[0] ?? {})).toContain(page);
  const pages = memory.content().entities.filter(({ type }) => type === page);
  expect(pages.map(({ id }) => id)).toEqual([501, 502, 503]);
});

test.each([
  ['a text', 'all'],
  ['no greatest ids', {}],
  ['a greatest id that is a text', { tops: { [page]: '7' } }],
  ['a greatest id that is no whole number', { tops: { [page]: 0.5 } }],
])('metadata whose concern is %s are refused', (_, concern) => {
  expect(() => topsOf({ concern }, 'https://cms.example.com/admin')).toThrow(
    expect.objectContaining({ code: 'INVALID_MESSAGE' }),
  );
});
