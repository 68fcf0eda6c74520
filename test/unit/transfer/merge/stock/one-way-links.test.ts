import { describe, expect, test } from 'vitest';
import { oneWayLinks } from '../../../../../src/transfer/merge/stock/one-way-links.js';
import { planned } from '../../../../support/stock-merges.js';
import {
  fileRow,
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

const source = site([row(page, 1, 'old', { title: 'changed' }), row(topic, 2, 'sea', { name: 'changed' })]);
const standing = site(
  [
    row(page, 11, 'old', { teasers: [{ id: 3 }] }),
    row(page, 12, 'next', { teasers: [{ id: 4 }, { id: 5 }] }),
    row(topic, 13, 'sea'),
    row(topic, 14, 'air'),
    row(user, 15, 'ada'),
    row(home, 16, 'home'),
    fileRow(17, 'picture'),
  ],
  [
    link('oneToMany', [home, 16, 'best', 1], [page, 11]),
    link('oneToMany', [home, 16, 'best', 2], [page, 12]),
    link('oneToOne', [teaser, 4, 'topic'], [topic, 13]),
    link('oneToOne', [teaser, 5, 'topic'], [topic, 13]),
    // Of what is replaced, and those that are written again.
    link('oneToOne', [teaser, 3, 'topic'], [topic, 13]),
    shows(17, [page, 11, 'cover']),
    link('manyToOne', [page, 11, 'writer'], [user, 15, 'pages', 1]),
    link('manyToMany', [page, 12, 'topics', 1], [topic, 13, 'pages', 1]),
    link('manyToMany', [page, 12, 'topics', 2], [topic, 14, 'pages', 1]),
  ],
);
const documents = [
  { type: page, documentId: 'old' },
  { type: topic, documentId: 'sea' },
];

describe('links of rows that stay to documents that are replaced', () => {
  test('are counted by the field that holds them: those in one direction are lost, others stand last', async () => {
    const merge = await planned({ strategy: 'merge', selection: { documents }, source, standing });
    expect(await oneWayLinks(merge)).toEqual([
      { type: home, field: 'best', target: page, because: 'oneWay', count: 1 },
      { type: page, field: `${teaser}.topic`, target: topic, because: 'oneWay', count: 2 },
      { type: page, field: 'topics', target: topic, because: 'moved', count: 1 },
    ]);
  });

  test('are all kept by a Strapi up to 5.48, and where nothing is replaced', async () => {
    for (const more of [{ strategy: 'merge', version: '5.48.0' }, { strategy: 'add' }] as const)
      expect(
        await oneWayLinks(await planned({ selection: { documents }, source, standing, ...more })),
      ).toEqual([]);
  });
});
