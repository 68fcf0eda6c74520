import { describe, expect, test } from 'vitest';
import type { LostLink } from '../../../../../src/merge/plan.js';
import type { Entity, Link } from '../../../../../src/protocol/content.js';
import type { MemoryContent } from '../../../../../src/stores/memory.js';
import { verifyStock } from '../../../../../src/transfer/merge/stock/verify-stock.js';
import { opened, planned } from '../../../../support/stock-merges.js';
import {
  file,
  fileRow,
  home,
  link,
  page,
  reordered,
  row,
  shows,
  site,
  teaser,
  topic,
  user,
} from '../../../../support/stock-site.js';

const source = site(
  [
    row(page, 1, 'old', { title: 'changed', teasers: [{ id: 7, text: 'Read' }] }),
    row(page, 2, 'new', { title: 'New' }),
    row(topic, 3, 'sea', { name: 'changed' }),
    row(topic, 4, 'air'),
    fileRow(5, 'fresh'),
    fileRow(6, 'known-here'),
  ],
  [
    link('manyToMany', [page, 1, 'topics', 1], [topic, 4, 'pages', 1]),
    link('manyToMany', [page, 1, 'topics', 2], [topic, 3, 'pages', 1]),
    link('oneToOne', [teaser, 7, 'topic'], [topic, 4]),
    shows(5, [page, 1, 'cover']),
    shows(6, [page, 2, 'cover']),
  ],
);
const known = { name: 'known-here.png', hash: 'known-here' };
const stays = [
  row(page, 12, 'next', { title: 'next', teasers: [{ id: 4 }] }),
  row(topic, 14, 'air'),
  row(user, 15, 'ada'),
  row(home, 16, 'home'),
  fileRow(17, 'known-there', known),
];
const staysLinked = [
  link('manyToOne', [page, 12, 'writer'], [user, 15, 'pages', 1]),
  link('oneToMany', [home, 16, 'best', 1], [page, 12]),
];
const before = site(
  [row(page, 11, 'old'), row(page, 21, 'old', { publishedAt: null }), row(topic, 13, 'sea'), ...stays],
  [
    link('manyToMany', [page, 12, 'topics', 1], [topic, 13, 'pages', 1]),
    link('manyToMany', [page, 12, 'topics', 2], [topic, 14, 'pages', 1]),
    link('oneToMany', [home, 16, 'best', 2], [page, 11]),
    ...staysLinked,
  ],
);
/** As a Strapi from 5.49 on has it then: a link in one direction lost, one that goes both ways moved behind. */
const after = site(
  [
    row(page, 41, 'old', { title: 'changed', teasers: [{ id: 77, text: 'Read' }] }),
    row(page, 42, 'new', { title: 'New' }),
    row(topic, 43, 'sea', { name: 'changed' }),
    fileRow(45, 'fresh', { url: 'https://cdn.example.com/fresh.png', provider: 'cdn' }),
    ...stays,
  ],
  [
    link('manyToMany', [page, 41, 'topics', 1], [topic, 14, 'pages', 2]),
    link('manyToMany', [page, 41, 'topics', 2], [topic, 43, 'pages', 1]),
    link('oneToOne', [teaser, 77, 'topic'], [topic, 14]),
    shows(45, [page, 41, 'cover']),
    shows(17, [page, 42, 'cover']),
    link('manyToMany', [page, 12, 'topics', 1], [topic, 14, 'pages', 1]),
    link('manyToMany', [page, 12, 'topics', 2], [topic, 43, 'pages', 2]),
    ...staysLinked,
  ],
);
const documents = [
  { type: page, documentId: 'old' },
  { type: page, documentId: 'new' },
  { type: topic, documentId: 'sea' },
];

async function found(there: MemoryContent, lost: readonly LostLink[] = []): Promise<readonly string[]> {
  const { source: from, plan } = await planned({
    strategy: 'merge',
    selection: { documents },
    source,
    standing: before,
  });
  const ends = { before: await opened(before), after: await opened(there) };
  return verifyStock({ strategy: 'merge', source: from, plan: { ...plan, lost }, ...ends });
}

const isRow = (type: string, id: number) => (one: Entity) => one.type === type && one.id === id;
const without = (gone: (one: Entity) => boolean): MemoryContent => ({
  ...after,
  entities: after.entities.filter((one) => !gone(one)),
});
const edited = (which: (one: Entity) => boolean, data: object): MemoryContent => ({
  ...after,
  entities: after.entities.map((one) => (which(one) ? { ...one, data: { ...one.data, ...data } } : one)),
});
const unlinked = (field: string, ref: number): MemoryContent => ({
  ...after,
  links: after.links.filter(
    ({ left, right }) => ![left, right].some((end) => end.field === field && end.ref === ref),
  ),
});
const relinked = (...links: readonly Link[]): MemoryContent => ({
  ...after,
  links: [...after.links, ...links],
});

/** What may have gone wrong, and what is said of it. */
const faults: Readonly<Record<string, readonly [there: MemoryContent, says: string]>> = {
  'a row that came is not there': [without(isRow(page, 42)), 'api::page.page new did not arrive.'],
  'a row that came has other values': [
    edited(isRow(page, 41), { title: 'x' }),
    'api::page.page old arrived with other values.',
  ],
  'a component that came has other values': [
    edited(isRow(page, 41), { teasers: [{ id: 77, text: 'x' }] }),
    'api::page.page old arrived with other values.',
  ],
  'a file that came has another name': [
    edited(isRow(file, 45), { caption: 'x' }),
    'plugin::upload.file fresh arrived with other values.',
  ],
  'a link of what came is missing': [
    unlinked('topics', 41),
    'api::page.page old: topics has other links than came.',
  ],
  'a link of a component that came is missing': [
    unlinked('topic', 77),
    'api::page.page old: teasers.0.topic has other links than came.',
  ],
  'a picture of what came is missing': [
    unlinked('cover', 41),
    'api::page.page old: cover has other links than came.',
  ],
  'a picture that stands is not shown': [
    unlinked('cover', 42),
    'api::page.page new: cover has other links than came.',
  ],
  'the links of what came have another order': [
    {
      ...unlinked('topics', 41),
      links: [
        ...unlinked('topics', 41).links,
        link('manyToMany', [page, 41, 'topics', 2], [topic, 14, 'pages', 2]),
        link('manyToMany', [page, 41, 'topics', 1], [topic, 43, 'pages', 1]),
      ],
    },
    'api::page.page old: topics has other links than came.',
  ],
  'a row that was to be deleted stands': [
    { ...after, entities: [...after.entities, row(page, 21, 'old', { publishedAt: null })] },
    'api::page.page old (draft) stands still, and was to be deleted.',
  ],
  'a row that was to stay is gone': [without(isRow(user, 15)), 'api::user.user ada is gone.'],
  'a row that was to stay has changed': [
    edited(isRow(user, 15), { name: 'x' }),
    'api::user.user ada was changed, and was to stay as it was.',
  ],
  'a component of a row that was to stay has another id': [
    edited(isRow(page, 12), { teasers: [{ id: 5 }] }),
    'api::page.page next was changed, and was to stay as it was.',
  ],
  'a row is there that was not to come': [
    { ...after, entities: [...after.entities, row(user, 99, 'eve')] },
    'api::user.user eve is new, and was not to come.',
  ],
  'a row that stays has lost a link': [
    unlinked('writer', 12),
    'api::page.page next: writer has other links than before.',
  ],
  'a row that stays has lost its link to what is replaced': [
    { ...after, links: after.links.filter(({ left, right }) => left.ref !== 12 || right.ref !== 43) },
    'api::page.page next: topics has other links than before.',
  ],
  'a row that stays has a new link': [
    relinked(link('oneToMany', [home, 16, 'best', 3], [page, 42])),
    'api::home.home home: best has other links than before.',
  ],
};

describe('after a merge into a stock Strapi', () => {
  test('nothing is said where all is as it was planned', async () => {
    expect(await found(after)).toEqual([]);
  });

  test('nothing is said where the database answers in another order', async () => {
    expect(await found(reordered(after))).toEqual([]);
  });

  test.each(Object.entries(faults))('%s', async (_, [there, says]) => {
    expect(await found(there)).toContain(says);
  });

  test.each([
    ['writer', 0],
    ['shared.teaser.writer', 0],
    ['ter', 1],
  ])(
    'links that the plan takes from the field %s are not missed, those of other fields are',
    async (field, count) => {
      const lost = [{ type: page, field, target: user, count: 1, because: 'taken' } as const];
      expect(await found(unlinked('writer', 12), lost)).toHaveLength(count);
    },
  );
});
