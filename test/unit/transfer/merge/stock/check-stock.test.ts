import { describe, expect, test } from 'vitest';
import type { DocumentName } from '../../../../../src/merge/selection.js';
import type { MemoryContent } from '../../../../../src/stores/memory.js';
import { checkStock, checkVersion } from '../../../../../src/transfer/merge/stock/check-stock.js';
import type { StockMerge } from '../../../../../src/transfer/merge/stock/stock-merge.js';
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

/** A way to a server on which nothing may be sent. */
const to = {
  url: 'https://example.com/admin',
  token: 'secret-token',
  open: () => {
    throw new Error('the server was asked');
  },
};

const changed = { title: 'changed' };
const source = site(
  [
    row(page, 1, 'old', changed),
    row(topic, 2, 'air', changed),
    row(topic, 3, 'sea', changed),
    row(user, 5, 'ada', changed),
    fileRow(7, 'picture', { size: 2 }),
    fileRow(8, 'fresh'),
  ],
  [shows(7, [topic, 3, 'icon']), shows(8, [user, 5, 'avatar'])],
);
const standing = site([
  row(page, 11, 'old'),
  row(page, 12, 'next', { teasers: [{ id: 4 }] }),
  row(topic, 13, 'air'),
  row(topic, 14, 'sea'),
  row(user, 15, 'ada'),
  row(home, 16, 'home'),
  fileRow(17, 'picture'),
]);

const [old, air, sea, ada] = [
  { type: page, documentId: 'old' },
  { type: topic, documentId: 'air' },
  { type: topic, documentId: 'sea' },
  { type: user, documentId: 'ada' },
];
const stands = (rows: MemoryContent['entities'], links: MemoryContent['links'] = []): MemoryContent => ({
  ...standing,
  entities: [...standing.entities, ...rows],
  links,
});

interface Guard {
  readonly comes: readonly DocumentName[];
  readonly locales?: readonly string[];
  readonly code: string;
  readonly says: RegExp;
  readonly strategy?: StockMerge['strategy'];
  readonly standing?: MemoryContent;
  readonly version?: string | null;
}

const guards: Readonly<Record<string, Guard>> = {
  'a row of a document would be deleted with it, and does not come': {
    comes: [old],
    locales: ['en'],
    standing: stands([row(page, 18, 'old', { locale: 'tr' })]),
    code: 'MERGE_SPLITS_DOCUMENTS',
    says: /of 1 documents .* some rows would stay: api::page\.page:old\./,
  },
  'a document of another type that comes has the same documentId': {
    comes: [old, air],
    standing: stands([row(topic, 18, 'old')]),
    code: 'MERGE_SHARED_IDS',
    says: /delete all of them: api::topic\.topic:old\./,
  },
  'rows that stay point to it in one direction': {
    comes: [old, air],
    standing: stands(
      [],
      [
        link('oneToMany', [home, 16, 'best', 1], [page, 11]),
        link('oneToOne', [teaser, 4, 'topic'], [topic, 13]),
      ],
    ),
    code: 'MERGE_LOSES_LINKS',
    says: /lose 2 links.*: 1 of api::home\.home \(best\) to api::page\.page, 1 of api::page\.page \(shared\.teaser\.topic\) to api::topic/,
  },
  'the bytes of a file would be replaced': {
    comes: [sea],
    code: 'MERGE_REPLACES_FILES',
    says: /bytes of 1 files .*: picture\.png\./,
  },
  'a new file would overwrite another one': {
    comes: [ada],
    standing: stands([fileRow(18, 'elsewhere', { hash: 'fresh', name: 'another' })]),
    code: 'MERGE_FILE_NAME_TAKEN',
    says: /1 new files .*: fresh\.png \(fresh\.png\)\./,
  },
  'a new file would overwrite a smaller size of another one, and nothing is replaced': {
    comes: [ada],
    strategy: 'add',
    standing: site([fileRow(18, 'elsewhere', { formats: { small: { hash: 'fresh', ext: '.png' } } })]),
    code: 'MERGE_FILE_NAME_TAKEN',
    says: /fresh\.png/,
  },
  'the Strapi does not say which it is': {
    comes: [old],
    version: null,
    code: 'MERGE_UNTRIED_VERSION',
    says: /Strapi of an unknown version.*does not say which it is.*5\.54\.0, 5\.52\.3/,
  },
};

describe('a merge into a stock Strapi is refused before the server is asked for anything, where', () => {
  test.each(Object.entries(guards))('%s', async (_, { comes, locales, code, says, ...more }) => {
    const selection = { documents: comes, ...(locales === undefined ? {} : { locales }) };
    const merge = await planned({ strategy: 'merge', selection, source, standing, to, ...more });
    const message = expect.stringMatching(says);
    await expect(checkStock(merge)).rejects.toMatchObject({ code, message });
  });

  test('it would delete rows of a type that has none of its own', async () => {
    const merge = await planned({ strategy: 'merge', selection: { documents: [old] }, source, standing, to });
    for (const type of [
      'shared.teaser',
      'admin::user',
      'strapi::webhook',
      'plugin::content-releases.release',
    ]) {
      const documents = merge.plan.documents.map((document) => ({ ...document, type }));
      const refused = checkStock({ ...merge, plan: { ...merge.plan, documents } });
      await expect(refused).rejects.toMatchObject({ code: 'MERGE_NOT_CLEARABLE', details: { type } });
    }
  });
});

describe('a merge into a stock Strapi is carried out without a question, where', () => {
  const allowed: Readonly<
    Record<string, Omit<Guard, 'code' | 'says'> & Pick<Partial<StockMerge>, 'loseLinks'>>
  > = {
    'nothing of it is lost': { comes: [old] },
    'nothing is replaced, whatever the Strapi says that it is': {
      comes: [old],
      strategy: 'add',
      version: null,
    },
    'a file stands with the same bytes': {
      comes: [sea],
      standing: site([row(topic, 14, 'sea'), fileRow(17, 'picture', { size: 2, caption: 'other' })]),
    },
    'a file that stands stays, since nothing is replaced': { comes: [sea], strategy: 'add' },
    'the Strapi is of a version that was not tried: it is asked once the merge is confirmed': {
      comes: [old],
      version: '5.99.0',
    },
    'links may be lost': {
      comes: [old],
      standing: stands([], [link('oneToMany', [home, 16, 'best', 1], [page, 11])]),
      loseLinks: true,
    },
  };
  test.each(Object.entries(allowed))('%s', async (_, { comes, loseLinks = false, ...more }) => {
    const merge = await planned({
      strategy: 'merge',
      selection: { documents: comes },
      source,
      standing,
      to,
      ...more,
    });
    await expect(checkStock({ ...merge, loseLinks })).resolves.toBeUndefined();
  });
});

describe('a Strapi is asked what it would delete', () => {
  const asked = async (version: string, strategy: StockMerge['strategy']) =>
    checkVersion({
      ...(await planned({ strategy, selection: { documents: [old] }, source, standing, to })),
      version,
    });

  test('where it was not tried', async () => {
    await expect(asked('5.99.0', 'merge')).rejects.toThrow('the server was asked');
  });

  test.each([
    ['it was tried', '5.52.3', 'merge'],
    ['nothing is replaced', '5.99.0', 'add'],
  ] as const)('not where %s', async (_, version, strategy) => {
    await expect(asked(version, strategy)).resolves.toBeUndefined();
  });
});

test('more documents than a SQLite takes in one statement are refused', async () => {
  const merge = await planned({
    ...{ strategy: 'merge', selection: { documents: [old] }, source, standing, to },
  });
  const [first] = merge.plan.documents;
  const many = Array.from({ length: 32_767 }, (_, n) => ({ ...first, documentId: `page${n}` }));
  const plan = { ...merge.plan, documents: many as typeof merge.plan.documents };
  await expect(checkStock({ ...merge, plan })).rejects.toMatchObject({ code: 'MERGE_TOO_MANY_DOCUMENTS' });
  const most = checkStock({ ...merge, plan: { ...plan, documents: plan.documents.slice(1) } });
  await expect(most).resolves.toBeUndefined();
});
