import { expect, it } from 'vitest';
import { noReports } from '../../../machines/reported-counts.js';
import { lossLines, missingLines, reservationsOf, warningsOf } from '../../../src/cli/report/reservations.js';
import { whole } from '../../support/settings.js';

it('says by type what the destination lacks, and how many more types', () => {
  const none = { entities: 0, links: 0, cut: 0 };
  expect(
    lossLines([
      { ...none, type: 'api::a.a', entities: 1, links: 2000 },
      { ...none, type: 'api::b.b', cut: 3 },
      { type: 'other', entities: 2, links: 1, cut: 1 },
    ]),
  ).toEqual([
    '- api::a.a: 1 entity and 2,000 links left out',
    '- api::b.b: 3 entities moved without attributes that the destination lacks',
    '- other: 2 entities and 1 link left out; 1 entity moved without attributes that the destination lacks',
  ]);
  const many = Array.from({ length: 30 }, (_, at) => ({ ...none, type: `api::t.t${at}`, links: 1 }));
  expect(lossLines(many)).toHaveLength(26);
  expect(lossLines(many).at(-1)).toBe('- and 5 more types');
});

const loss = { type: 'api::a.a', entities: 1, links: 0, cut: 0 };
const url = 'https://a.example/admin';

it('has nothing to say of what came whole', () => {
  expect([reservationsOf(whole), warningsOf(whole)]).toEqual([[], []]);
});

it.each([
  [{ lostToSchemas: [loss] }, ['not all of it fits the schemas of the destination']],
  [
    { reported: { ...noReports, warnings: 1, otherWarnings: 1, messages: [] } },
    ['1 warning came from a server'],
  ],
  [{ reported: { ...noReports, errors: 2000, messages: [] } }, ['2,000 errors came from a server']],
  [
    {
      lostToSchemas: [loss],
      reported: { ...noReports, warnings: 2, otherWarnings: 2, errors: 1, messages: [] },
    },
    ['not all of it fits the schemas of the destination', '2 warnings and 1 error came from a server'],
  ],
  [
    {
      reported: {
        ...{ ...noReports, warnings: 18, messages: [] },
        ...{ missingFiles: 1, omittedLinks: 3000, skippedLinks: 2 },
      },
    },
    ['1 file and 3,000 links are missing at the source', '2 links were skipped at the destination'],
  ],
])('says of %j that it is not simply done', (result, reservations) => {
  expect(reservationsOf({ ...whole, ...result })).toEqual(reservations);
});

it('names what servers reported, and how much more there was', () => {
  const messages = [
    { kind: 'warning', url, message: 'a.png is missing' },
    { kind: 'error', url, message: 'no rows' },
  ] as const;
  expect(warningsOf({ ...whole, reported: { ...noReports, warnings: 30, errors: 1, messages } })).toEqual([
    `servers reported:\n- warning of ${url}: a.png is missing\n- error of ${url}: no rows\n- and 29 more`,
  ]);
});

it.each([
  [{}, []],
  [
    { missingFiles: 1, omittedLinks: 2000 },
    ['missing at the source: 1 file of the media library, 2,000 links to rows that are gone'],
  ],
  [{ omittedLinks: 1 }, ['missing at the source: 1 link to a row that is gone']],
  [{ skippedLinks: 3 }, ['skipped at the destination: 3 links to rows that did not come']],
])('names below the table what is missing: %j', (missing, lines) => {
  expect(missingLines({ ...noReports, messages: [], ...missing })).toEqual(lines);
});

it('hands on what is to be known of what was written', () => {
  const notices = [
    'x.tar is beyond what is read where no other limit is given: read it with --limit depth=2000',
  ];
  expect(warningsOf({ ...whole, notices })).toEqual(notices);
});
