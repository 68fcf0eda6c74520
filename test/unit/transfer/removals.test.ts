import { describe, expect, test } from 'vitest';
import type { Entity, Link, Schemas } from '../../../src/protocol/content.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { countContent } from '../../../src/transfer/content-counts.js';
import type { FilterOptions } from '../../../src/transfer/filters.js';
import { removalsOf } from '../../../src/transfer/removals.js';

const article = 'api::article.article';
const category = 'api::category.category';
const file = 'plugin::upload.file';
const legacy = 'api::legacy.legacy';

const relation = (target: string) => ({ type: 'relation', relation: 'manyToMany', target });
const source: Schemas = {
  [article]: {
    attributes: {
      title: { type: 'string' },
      categories: relation(category),
      cover: { type: 'media' },
      links: { type: 'component', component: 'shared.link' },
      sections: { type: 'dynamiczone', components: ['shared.link'] },
      createdBy: relation('admin::user'),
    },
  },
  [category]: { attributes: { articles: relation(article), parent: relation(category) } },
  [file]: { attributes: { related: { type: 'relation', relation: 'morphToMany' } } },
  'shared.link': { attributes: { category: relation(category) } },
  'admin::user': { attributes: {} },
};
const destination: Schemas = { ...source, [legacy]: { attributes: {} } };

const entities: Entity[] = [
  { type: article, id: 1, data: { links: { id: 7, category: null } } },
  { type: article, id: 2, data: { sections: [{ __component: 'shared.link', id: 8 }] } },
  { type: category, id: 1, data: {} },
  { type: file, id: 1, data: { provider: 'local' } },
  { type: file, id: 2, data: { provider: 'aws-s3' } },
  { type: file, id: 3, data: { provider: 'aws-s3' } },
  { type: legacy, id: 1, data: {} },
];
const link = (left: Link['left'], right: Link['right']): Link => ({ kind: 'k', relation: 'r', left, right });
const end = (type: string, ref: number, field?: string) => ({ type, ref, ...(field ? { field } : {}) });
const links: Link[] = [
  link(end(article, 1, 'categories'), end(category, 1, 'articles')),
  link(end(article, 2, 'categories'), end(category, 1, 'articles')),
  link(end('shared.link', 7, 'category'), end(category, 1)),
  link(end('shared.link', 8, 'category'), end(category, 1)),
  link(end(category, 1, 'parent'), end(category, 1)),
  link(end(article, 1, 'createdBy'), end('admin::user', 1)),
  link(end(file, 1, 'related'), end(article, 1, 'cover')),
];

async function counted() {
  const store = createMemoryStore({
    metadata: null,
    schemas: destination,
    entities,
    links,
    configuration: [],
    assets: [],
  });
  const read = store.source();
  await read.open();
  return countContent(read);
}

const ofPush = async (options: FilterOptions, read: boolean) =>
  removalsOf({
    filters: options,
    source,
    destination: read ? destination : null,
    counts: read ? await counted() : null,
  });

test('counts rows by type, links by the fields of the types at their ends, files by provider', async () => {
  const counts = await counted();
  expect(counts.rows).toEqual({ [article]: 2, [category]: 1, [file]: 3, [legacy]: 1 });
  expect(counts.files).toEqual({ count: 3, elsewhere: { 'aws-s3': 2 } });
  expect(counts.links).toContainEqual({
    left: { type: article, field: 'shared.link.category' },
    right: { type: category },
    count: 2,
  });
});

describe('links that rows which stay lose', () => {
  const lost = (type: string, field: string, target: string, count: number) => ({
    type,
    field,
    target,
    count,
  });
  test.each<[FilterOptions, readonly ReturnType<typeof lost>[]]>([
    [
      { onlyContentTypes: [category] },
      [lost(article, 'categories', category, 2), lost(article, 'shared.link.category', category, 2)],
    ],
    [
      { onlyContentTypes: [article] },
      [lost(category, 'articles', article, 2), lost(file, 'related', article, 1)],
    ],
    [{ onlyContentTypes: [file], only: ['content', 'files'] }, [lost(article, 'cover', file, 1)]],
    [{ excludeContentTypes: [category] }, [lost(category, 'articles', article, 2)]],
    [{}, []],
    [{ only: ['config'] }, []],
  ])('with %j', async (options, expected) => {
    const { links: read } = await ofPush(options, true);
    expect(read).toEqual(expected);
    const { links: unread } = await ofPush(options, false);
    expect(unread).toEqual(expected.map((loss) => ({ ...loss, count: null })));
  });
});

describe('what a push deletes', () => {
  test('is each type that comes, with its rows, and no type that the source lacks', async () => {
    const { replaced, emptied, everyType } = await ofPush({}, true);
    expect(replaced).toEqual([
      { type: article, rows: 2 },
      { type: category, rows: 1 },
      { type: file, rows: 3 },
    ]);
    expect({ emptied, everyType }).toEqual({ emptied: [], everyType: false });
  });

  test('is not counted where the destination was not read', async () => {
    const { replaced, files } = await ofPush(
      { onlyContentTypes: [category], only: ['content', 'files'] },
      false,
    );
    expect(replaced).toEqual([{ type: category, rows: null }]);
    expect(files).toEqual({ count: null, elsewhere: null, rowsStay: true });
  });

  test('is every type of the destination where the source names none', async () => {
    const counts = await counted();
    const removals = removalsOf({ filters: {}, source: null, destination, counts });
    expect(removals.everyType).toBe(true);
    expect(removals.replaced.map(({ type }) => type)).toContain(legacy);
  });

  test.each<[FilterOptions, object | null]>([
    [{}, { count: 3, elsewhere: { 'aws-s3': 2 }, rowsStay: false }],
    [{ only: ['files'] }, { count: 3, elsewhere: { 'aws-s3': 2 }, rowsStay: true }],
    [{ exclude: ['files'] }, null],
    [{ onlyContentTypes: [article] }, null],
  ])('names the files of other upload providers with %j', async (options, files) => {
    expect((await ofPush(options, true)).files).toEqual(files);
  });

  test.each<[FilterOptions, boolean]>([
    [{}, true],
    [{ exclude: ['config'] }, false],
    [{ only: ['content'] }, false],
    [{ onlyContentTypes: [article] }, true],
  ])('counts settings in with %j: %s', async (options, configuration) => {
    expect((await ofPush(options, false)).configuration).toBe(configuration);
  });
});
