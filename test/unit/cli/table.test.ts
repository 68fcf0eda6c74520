import { expect, it } from 'vitest';
import { plain } from '../../../src/cli/report/paint.js';
import { leftOutLines, type StageRow, sumLine, tableHead, tableRow } from '../../../src/cli/report/table.js';
import { whole } from '../../support/settings.js';

const rows: readonly StageRow[] = [
  { stage: 'schemas', counts: { items: 42, bytes: 0, dropped: 0, excluded: 0 }, ms: 20 },
  { stage: 'entities', counts: { items: 529, bytes: 0, dropped: 135, excluded: 12 }, ms: 1100 },
  { stage: 'assets', counts: { items: 18, bytes: 70_746_754, dropped: 0, excluded: 0 }, ms: 1000 },
  { stage: 'links', counts: { items: 4067, bytes: 0, dropped: 262, excluded: 0 }, ms: 6466 },
];
const tableAt = (width: number) => [tableHead(width), ...rows.map((row) => tableRow(row, width))];

it('lays a row under its head, numbers to the right', () => {
  expect(tableAt(79)).toEqual([
    'stage             items        size        time          rate   left out',
    'schemas              42                   0.0 s',
    'entities            529                   1.1 s         481/s        147',
    'assets               18    67.5 MiB       1.0 s    67.5 MiB/s',
    'links             4,067                   6.5 s         629/s        262',
  ]);
});

it('does without the rate, what was left out, the size, then the time, where there is no room', () => {
  const heads = [72, 71, 58, 57, 46, 45, 20].map((width) => tableHead(width).replace(/ +/g, ' '));
  expect(heads).toEqual([
    'stage items size time rate left out',
    'stage items size time left out',
    'stage items size time left out',
    'stage items size time',
    'stage items time',
    'stage items time',
    'stage items',
  ]);
  for (const line of tableAt(39)) expect(line.length).toBeLessThan(40);
});

it('has room in each column for the longest that comes into it', () => {
  const row: StageRow = {
    stage: 'configuration',
    counts: { items: 9_999_999, bytes: 0, dropped: 9_999_999, excluded: 0 },
    ms: 86_399_000,
  };
  const cells = tableRow(row, 80).split(/ {2,}/);
  expect(cells).toEqual(['configuration 9,999,999', '24 h 0 min', '116/s', '9,999,999']);
});

it('says what was left out, and why', () => {
  expect(leftOutLines(rows, whole, false)).toEqual([
    'left out: 135 entities, 262 links of users, roles, tokens and releases: every server keeps its own',
    'left out: 12 entities that the flags leave out',
  ]);
  expect(leftOutLines(rows.slice(0, 1), whole, false)).toEqual([]);
});

it('names the types where it is asked to, and how to ask', () => {
  const leftOut = [
    { type: 'admin::user', why: 'protected', entities: 135, links: 262 },
    { type: 'api::a.a', why: 'filtered', entities: 12, links: 0 },
  ] as const;
  expect(leftOutLines(rows, { ...whole, leftOut }, true)).toEqual([
    'left out: 135 entities, 262 links of users, roles, tokens and releases: every server keeps its own',
    '- admin::user: 135 entities, 262 links',
    'left out: 12 entities that the flags leave out',
    '- api::a.a: 12 entities',
  ]);
  for (const line of leftOutLines(rows, { ...whole, leftOut }, false)) {
    expect(line).toMatch(/ \(--verbose names the types\)$/);
  }
});

it('says apart what the flags leave out and what the destination lacks', () => {
  const loss = { type: 'api::a.a', entities: 10, links: 0, cut: 0 };
  expect(leftOutLines(rows, { ...whole, lostToSchemas: [loss] }, false)[1]).toBe(
    'left out: 2 entities that the flags leave out',
  );
  expect(leftOutLines(rows, { ...whole, lostToSchemas: [{ ...loss, entities: 12 }] }, false)).toHaveLength(1);
});

it('sums up what moved, and of a dry run what would', () => {
  const sum = { rows, ms: 8600, isDryRun: false, reservations: [] };
  expect(sumLine(sum, plain)).toBe('done in 8.6 s: 4,614 items, 67.5 MiB of files');
  expect(sumLine({ ...sum, isDryRun: true }, plain)).toBe(
    'dry run: nothing was changed; 4,614 items, 67.5 MiB of files would move',
  );
});

it('is not simply done where there is something to be said', () => {
  const sum = { rows, ms: 8600, isDryRun: false, reservations: ['a', 'b'] };
  expect(sumLine(sum, plain)).toBe('done in 8.6 s, but a, and b: 4,614 items, 67.5 MiB of files');
  expect(sumLine({ ...sum, isDryRun: true }, plain)).toBe(
    'dry run: nothing was changed; 4,614 items, 67.5 MiB of files would move, but a, and b',
  );
});
