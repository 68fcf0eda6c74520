import { expect, it } from 'vitest';
import { beyondLines, isCounted, removalLines } from '../../../src/cli/removal-words.js';
import type { Removals } from '../../../src/transfer/removals.js';

const nothing: Removals = {
  replaced: [],
  emptied: [],
  links: [],
  files: null,
  configuration: false,
  everyType: false,
};
const field = { type: 'api::article.article', field: 'categories', target: 'api::category.category' };
const named = 'api::article.article.categories → api::category.category';
const replacing = "in whose place the source's come";

/** Every part of what a push removes: without numbers, with them, and with nothing there. */
it.each<[string, Partial<Removals>, readonly string[]]>([
  ['rows, not counted', { replaced: [{ type: 'a', rows: null }] }, [`the rows of 1 type, ${replacing}`]],
  [
    'rows',
    { replaced: ['a', 'b'].map((type) => ({ type, rows: 1200 })) },
    [`2,400 rows of 2 types, ${replacing}`],
  ],
  ['no rows', { replaced: [{ type: 'a', rows: 0 }] }, []],
  [
    'every type',
    { everyType: true, replaced: [{ type: 'a', rows: null }] },
    ['the rows of every type that the server has: the source names none'],
  ],
  ['settings', { configuration: true }, [`settings and webhooks, ${replacing}`]],
  [
    'emptied types, not counted',
    { emptied: [{ type: 'a', rows: null }] },
    ['all rows of types of which the source has none: a'],
  ],
  [
    'emptied types',
    {
      emptied: [
        { type: 'a', rows: 1 },
        { type: 'b', rows: 0 },
      ],
    },
    ['1 row of types of which the source has none: a (1)'],
  ],
  [
    'links, not counted',
    { links: [{ ...field, count: null }] },
    [`any links from rows that stay to rows that are replaced: ${named}`],
  ],
  [
    'links',
    { links: [{ ...field, count: 667 }] },
    [`667 links from rows that stay to rows that are replaced: ${named} (667)`],
  ],
  [
    'many fields',
    { links: Array.from({ length: 8 }, () => ({ ...field, count: 1 })) },
    [
      `8 links from rows that stay to rows that are replaced: ${Array(6).fill(`${named} (1)`).join(', ')}, and 2 more`,
    ],
  ],
  [
    'files, not counted',
    { files: { count: null, elsewhere: null, rowsStay: false } },
    ['the files of its media library'],
  ],
  ['no files', { files: { count: 0, elsewhere: {}, rowsStay: true } }, []],
  [
    'files at another provider',
    { files: { count: 18, elsewhere: { 'aws-s3': 5 }, rowsStay: false } },
    [
      '18 files of its media library',
      'files at other upload providers, of which the server keeps no copy: aws-s3 (5)',
    ],
  ],
  [
    'files whose rows stay',
    { files: { count: 1, elsewhere: {}, rowsStay: true } },
    ['1 file of its media library', 'the files of rows that stay, which then name files that are gone'],
  ],
])('tells of %s', (_, removals, lines) => {
  expect(removalLines({ ...nothing, ...removals })).toEqual(lines);
});

it('tells beyond what is replaced of types, links and files that nothing brings back, and of nothing else', () => {
  const all: Removals = {
    replaced: [{ type: 'a', rows: 3 }],
    emptied: [{ type: 'b', rows: 2 }],
    links: [{ ...field, count: 1 }],
    files: { count: 18, elsewhere: { cloudinary: 2 }, rowsStay: false },
    configuration: true,
    everyType: false,
  };
  expect(beyondLines(all).map((line) => line.split(':')[0])).toEqual([
    '2 rows of types of which the source has none',
    '1 link from rows that stay to rows that are replaced',
    'files at other upload providers, of which the server keeps no copy',
  ]);
  expect(isCounted(all)).toBe(true);
  expect(isCounted({ ...nothing, replaced: [{ type: 'a', rows: null }] })).toBe(false);
});
