import { describe, expect, test } from 'vitest';
import type { Entity, Link } from '../../../../../src/protocol/content.js';
import type { MemoryContent } from '../../../../../src/stores/memory.js';
import type { StockMerge } from '../../../../../src/transfer/merge/stock/stock-merge.js';
import { stockPhases } from '../../../../../src/transfer/merge/stock/stock-phases.js';
import { readAll } from '../../../../support/ends.js';
import { opened, planned } from '../../../../support/stock-merges.js';
import {
  file,
  fileRow,
  folder,
  home,
  link,
  page,
  row,
  shows,
  site,
  teaser,
  topic,
  user,
} from '../../../../support/stock-site.js';

/** The range of the ids that are pushed. */
const pushed = 2 ** 40;

interface Pushed {
  readonly name: string;
  readonly exclude: readonly string[];
  readonly entities: readonly Entity[];
  readonly links: readonly Link[];
  readonly files: readonly unknown[];
}

/** What each phase would send; `between` stands at the Strapi after the files have come. */
async function pushesOf(merge: StockMerge, between?: MemoryContent): Promise<readonly Pushed[]> {
  const pushes: Pushed[] = [];
  for (const { name, needsPull, transfer } of stockPhases(merge)) {
    const standing = needsPull && between !== undefined ? await opened(between) : merge.standing;
    const { from, exclude = [] } = transfer(async () => standing);
    if (typeof from === 'string') throw new Error('a source of its own');
    await from.open();
    const { entities, links, assets } = await readAll(from);
    const files = assets.map(({ filename, metadata }) => [filename, metadata['id']]);
    pushes.push({ name, exclude, entities: entities as Entity[], links: links as Link[], files });
  }
  return pushes;
}

const pages = (...ids: readonly string[]) => ({
  documents: ids.map((documentId) => ({ type: page, documentId })),
});
const published = { publishedAt: null };

describe('adding documents to a stock Strapi', () => {
  const source = site(
    [
      row(page, 1, 'new', { ...published, title: 'New', teasers: [{ id: 7, text: 'Read' }] }),
      row(topic, 1, 'sea'),
      row(topic, 2, 'land'),
      row(user, 1, 'ada'),
      row(page, 2, 'other', published),
      fileRow(1, 'fresh'),
      fileRow(2, 'known'),
    ],
    [
      link('manyToMany', [page, 1, 'topics', 1], [topic, 1, 'pages', 1]),
      link('manyToMany', [page, 1, 'topics', 2], [topic, 2, 'pages', 4]),
      link('manyToOne', [page, 1, 'writer'], [user, 1, 'pages', 1]),
      link('manyToOne', [page, 2, 'writer'], [user, 1, 'pages', 2]),
      link('morphToOne', [page, 1, 'about'], [topic, 2]),
      link('oneToOne', [teaser, 7, 'topic'], [topic, 2]),
      shows(1, [page, 1, 'cover']),
      shows(2, [page, 1, 'pictures', 1]),
      shows(1, [page, 1, 'pictures', 2]),
      shows(2, [teaser, 7, 'image']),
    ],
  );
  const standing = site([
    row(topic, 61, 'sea'),
    row(topic, 62, 'land'),
    row(user, 81, 'ada'),
    fileRow(92, 'known'),
  ]);
  const added = (version?: string) =>
    planned({
      strategy: 'add',
      selection: pages('new'),
      source,
      standing,
      ...(version === undefined ? {} : { version }),
    });

  test('is one push, of rows and files under ids of a range of their own', async () => {
    const [push, ...more] = await pushesOf(await added());
    expect(more).toEqual([]);
    expect(push).toMatchObject({ name: 'documents', exclude: ['config'] });
    expect(push?.entities.map(({ type, id }) => [type, id])).toEqual([
      [page, pushed + 1],
      [file, pushed + 1],
    ]);
    expect(push?.files).toEqual([['fresh.png', pushed + 1]]);
  });

  test('writes what stands into the data, by the ids of the Strapi, and pushes links to what comes along', async () => {
    const [push] = await pushesOf(await added());
    expect(push?.entities[0]?.data).toMatchObject({
      documentId: 'new',
      topics: { set: [{ id: 61 }, { id: 62 }] },
      writer: 81,
      about: { id: 62, __type: topic },
      pictures: { set: [{ id: 92 }] },
      teasers: [{ id: pushed + 7, text: 'Read', topic: 62, image: { set: [{ id: 92 }] } }],
    });
    expect(push?.links).toEqual([
      shows(pushed + 1, [page, pushed + 1, 'cover', 1]),
      shows(pushed + 1, [page, pushed + 1, 'pictures', 1.5]),
    ]);
  });

  test('pushes links to what stands to a Strapi up to 5.48, which takes them', async () => {
    const [push] = await pushesOf(await added('5.48.0'));
    expect(push?.entities[0]?.data).toEqual({
      ...source.entities[0]?.data,
      teasers: [{ id: pushed + 7, text: 'Read' }],
    });
    expect(push?.links).toEqual([
      link('manyToMany', [page, pushed + 1, 'topics', 1], [topic, 61, 'pages', 1]),
      link('manyToMany', [page, pushed + 1, 'topics', 2], [topic, 62, 'pages', 4]),
      link('manyToOne', [page, pushed + 1, 'writer'], [user, 81, 'pages', 1]),
      link('morphToOne', [page, pushed + 1, 'about'], [topic, 62]),
      link('oneToOne', [teaser, pushed + 7, 'topic'], [topic, 62]),
      shows(pushed + 1, [page, pushed + 1, 'cover']),
      shows(92, [page, pushed + 1, 'pictures', 1]),
      shows(pushed + 1, [page, pushed + 1, 'pictures', 2]),
      shows(92, [teaser, pushed + 7, 'image']),
    ]);
  });

  test('keeps the order of a field of which some targets come and others stand', async () => {
    const five = ['a', 'b', 'c', 'd', 'e'];
    const topics = five.map((name, at) => row(topic, at + 1, name));
    const links = five.map((_, at) =>
      link('manyToMany', [page, 1, 'topics', at + 1], [topic, at + 1, 'pages', 1]),
    );
    const merge = await planned({
      strategy: 'add',
      selection: {
        documents: [
          { type: page, documentId: 'new' },
          ...['a', 'c', 'd'].map((documentId) => ({ type: topic, documentId })),
        ],
      },
      source: site([row(page, 1, 'new'), ...topics], links),
      standing: site([row(topic, 52, 'b'), row(topic, 55, 'e')]),
    });
    const [push] = await pushesOf(merge);
    expect(push?.entities[0]?.data['topics']).toEqual({ set: [{ id: 52 }, { id: 55 }] });
    // The Strapi counts b as 1 and e as 2.
    expect(push?.links.map(({ left, right }) => [right.ref, left.pos])).toEqual([
      [pushed + 1, 0.5],
      [pushed + 3, 1 + 1 / 3],
      [pushed + 4, 1 + 2 / 3],
    ]);
  });

  test('puts files into the folder that stands in the place of theirs, or into none', async () => {
    const merge = await planned({
      strategy: 'add',
      selection: pages('new'),
      source: site(
        [
          row(page, 1, 'new'),
          fileRow(1, 'one', { folderPath: '/4' }),
          fileRow(2, 'two', { folderPath: '/5' }),
          row(folder, 4, 'f4', { path: '/4' }),
          row(folder, 5, 'f5', { path: '/5' }),
        ],
        [
          shows(1, [page, 1, 'pictures', 1]),
          shows(2, [page, 1, 'pictures', 2]),
          link('manyToOne', [file, 1, 'folder'], [folder, 4, 'files']),
          link('manyToOne', [file, 2, 'folder'], [folder, 5, 'files']),
        ],
      ),
      standing: site([row(folder, 44, 'f4', { path: '/9' })]),
    });
    const [push] = await pushesOf(merge);
    const files = push?.entities
      .filter(({ type }) => type === file)
      .map(({ data }) => [data['folder'], data['folderPath']]);
    expect(files).toEqual([
      [44, '/9'],
      [undefined, '/'],
    ]);
  });

  test('gives new folders the next pathIds of the Strapi, and files the path of their folder', async () => {
    const inFolder = (field: string, ref: readonly [string, number], to: number) =>
      link('manyToOne', [...ref, field], [folder, to, field === 'parent' ? 'children' : 'files']);
    const merge = await planned({
      strategy: 'add',
      selection: {},
      source: site(
        [
          fileRow(1, 'one', { folderPath: '/1/2' }),
          fileRow(2, 'two', { folderPath: '/3/4' }),
          row(folder, 2, 'y', { name: 'may', path: '/1/2', pathId: 2 }),
          row(folder, 1, 'x', { name: 'press', path: '/1', pathId: 1 }),
          row(folder, 3, 'z', { name: 'team', path: '/3', pathId: 3 }),
          row(folder, 4, 'w', { name: 'faces', path: '/3/4', pathId: 4 }),
        ],
        [
          inFolder('folder', [file, 1], 2),
          inFolder('folder', [file, 2], 4),
          inFolder('parent', [folder, 2], 1),
          inFolder('parent', [folder, 4], 3),
        ],
      ),
      standing: site([
        row(folder, 44, 'own', { name: 'own', path: '/1', pathId: 1 }),
        row(folder, 45, 'by hand', { name: 'team', path: '/9', pathId: 9 }),
      ]),
    });
    const [push] = await pushesOf(merge);
    const pushedPlaces = (type: string, fields: readonly string[]) =>
      (push?.entities ?? [])
        .filter((one) => one.type === type)
        .map(({ data }) => ['documentId', ...fields].map((field) => data[field]));
    expect(pushedPlaces(folder, ['path', 'pathId', 'parent'])).toEqual([
      ['y', '/11/10', 10, undefined],
      ['x', '/11', 11, undefined],
      ['w', '/9/12', 12, 45],
    ]);
    expect(pushedPlaces(file, ['folderPath'])).toEqual([
      ['one', '/11/10'],
      ['two', '/9/12'],
    ]);
  });

  test('brings nothing of what stands, and no push where all of it does', async () => {
    const merge = await planned({
      strategy: 'merge',
      selection: pages('new', 'other'),
      source,
      standing: {
        ...source,
        entities: source.entities.map((one) => ({ ...one, data: { ...one.data, title: 'otherwise' } })),
      },
    });
    expect(merge.plan.documents.map(({ verb }) => verb)).toContain('replace');
    expect(stockPhases({ ...merge, strategy: 'add' })).toEqual([]);
  });
});

describe('replacing documents of a stock Strapi', () => {
  const source = site(
    [
      row(page, 1, 'old', { title: 'changed' }),
      row(page, 2, 'next'),
      row(topic, 3, 'sea', { name: 'changed' }),
      row(user, 4, 'ada'),
      row(home, 5, 'mine'),
      fileRow(6, 'fresh'),
    ],
    [link('manyToMany', [page, 1, 'topics', 1], [topic, 3, 'pages', 1]), shows(6, [page, 1, 'cover'])],
  );
  const standing = site(
    [
      row(page, 11, 'old', { title: 'before' }),
      row(page, 12, 'next'),
      row(topic, 13, 'sea'),
      row(topic, 17, 'air'),
      row(user, 14, 'ada'),
      row(home, 15, 'theirs'),
    ],
    [
      // Of rows that stay: both ways, in one direction.
      link('manyToMany', [page, 12, 'topics', 1], [topic, 13, 'pages', 2]),
      link('manyToMany', [page, 12, 'topics', 2], [topic, 17, 'pages', 1]),
      link('oneToMany', [home, 15, 'best', 1], [page, 11]),
      // Of rows that are replaced.
      link('manyToMany', [page, 11, 'topics', 1], [topic, 17, 'pages', 2]),
      link('manyToOne', [page, 11, 'writer'], [user, 14, 'pages', 1]),
    ],
  );
  const selection = {
    documents: [
      { type: page, documentId: 'old' },
      { type: topic, documentId: 'sea' },
    ],
  };
  const merging = (version?: string) =>
    planned({
      strategy: 'merge',
      selection,
      source,
      standing,
      ...(version === undefined ? {} : { version }),
    });
  const between = { ...standing, entities: [...standing.entities, fileRow(99, 'fresh')] };

  test('brings new files first, and then shows them by the ids that the Strapi has given them', async () => {
    const [files, documents, ...more] = await pushesOf(await merging(), between);
    expect(more).toEqual([]);
    expect(files).toMatchObject({ name: 'files', exclude: ['config'], files: [['fresh.png', pushed + 6]] });
    expect(files?.entities.map(({ type }) => type)).toEqual([file]);
    expect(documents).toMatchObject({ name: 'documents', exclude: ['config', 'files'], files: [] });
    expect(documents?.entities[0]?.data['cover']).toEqual({ set: [{ id: 99 }] });
  });

  test('writes links of rows that stay on the other side, and drops those of what is replaced', async () => {
    const [, push] = await pushesOf(await merging(), between);
    expect(push?.entities.map(({ type, data }) => [type, data['documentId'], data['pages']])).toEqual([
      [page, 'old', undefined],
      [topic, 'sea', { set: [{ id: 12 }] }],
    ]);
    expect(push?.links).toEqual([
      link('manyToMany', [page, pushed + 1, 'topics', 1], [topic, pushed + 3, 'pages', 1]),
    ]);
  });

  test('pushes links of rows that stay to a Strapi up to 5.48: no direction is lost, and no place', async () => {
    const [, push] = await pushesOf(await merging('5.48.0'), between);
    expect(push?.links.slice(2)).toEqual([
      link('manyToMany', [page, 12, 'topics', 1], [topic, pushed + 3, 'pages', 2]),
      link('oneToMany', [home, 15, 'best', 1], [page, pushed + 1]),
    ]);
  });

  test('gives a single type the documentId that it has there', async () => {
    const merge = await planned({
      strategy: 'merge',
      selection: { documents: [{ type: home, documentId: 'mine' }] },
      source: {
        ...source,
        entities: source.entities.map((one) =>
          one.type === home ? row(home, 5, 'mine', { title: 'changed' }) : one,
        ),
      },
      standing,
    });
    const [push] = await pushesOf(merge);
    expect(push?.entities.map(({ data }) => data['documentId'])).toEqual(['theirs']);
  });
});
