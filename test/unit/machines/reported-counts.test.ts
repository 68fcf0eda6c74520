import { describe, expect, it, test } from 'vitest';
import { noReports, withReport } from '../../../machines/reported-counts.js';

const all = { only: [], exclude: [] };
const link = 'api::a.a:1 -> api::b.b:2';
const media =
  '[Data transfer] Media item 7 (hash: pier_1) exists in database but no corresponding file was found to transfer';
const unread = (type: string) =>
  `Failed to read all entities of type "${type}" from the source, the remaining entities of this type were skipped: no such table: a`;
const warnings = (messages: readonly string[], choice: Parameters<typeof withReport>[2] = all) =>
  messages.reduce(
    (counts, message) => withReport(counts, { type: 'diagnostic.warning', message }, choice),
    noReports,
  );

/** Every warning of Strapi 5.52.3 and 5.54.0, in its words: test/strapi/server-words.strapi.test.ts holds them. */
const words: readonly [string, Partial<typeof noReports>][] = [
  [unread('api::a.a'), { unreadTypes: 1 }],
  [
    `Omitting link ${link} from export because a referenced entity no longer exists in the database.`,
    { omittedLinks: 1 },
  ],
  [
    'Links export omitted 214 relation(s) pointing at missing entities. Verify relations after import if this is unexpected.',
    { omittedLinks: 214 },
  ],
  [`${media}. Path: /srv/public/uploads/pier_1.png`, { missingFiles: 1 }],
  [`${media} (format: thumbnail). Path: /srv/public/uploads/thumbnail_pier_1.png`, { missingFiles: 1 }],
  [
    `Skipping link ${link} because api::b.b:2 was not transferred during the entities stage.`,
    { skippedLinks: 1 },
  ],
  [`Skipping link ${link} due to a foreign key constraint.`, { skippedLinks: 1 }],
  [
    'Links restore skipped 12 relation(s) (10 unmapped, 2 foreign key). Verify relations in the admin after transfer.',
    { skippedLinks: 12 },
  ],
  ['Further detailed warnings suppressed after 10 messages. See the stage summary for totals.', {}],
  ['The moon is full', { otherWarnings: 1 }],
];

describe('a warning of a server counts as what it says', () => {
  test.each(words)('%s', (message, counts) => {
    expect(warnings([message])).toEqual({ ...noReports, warnings: 1, ...counts });
  });
});

it('counts links that are told one by one and then in sum as the sum', () => {
  const omitted = words[1]?.[0] ?? '';
  const [suppressed = '', sum = ''] = [words[8]?.[0], words[2]?.[0]];
  const told = [...Array(10).fill(omitted), suppressed, sum];
  expect(warnings(told)).toEqual({ ...noReports, warnings: 12, omittedLinks: 214 });
});

it.each([
  { only: [], exclude: ['api::a.a'] },
  { only: ['api::b.b'], exclude: [] },
])('takes rows of a type that does not move for an ordinary warning: %j', (choice) => {
  expect(warnings([unread('api::a.a')], choice)).toEqual({ ...noReports, warnings: 1, otherWarnings: 1 });
});

it('counts errors, and no infos', () => {
  const said = (type: string) => withReport(noReports, { type, message: 'x' }, all);
  expect(said('diagnostic.error')).toEqual({ ...noReports, errors: 1 });
  expect(said('diagnostic.info')).toBe(noReports);
});
