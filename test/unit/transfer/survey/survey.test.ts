import { describe, expect, it, test } from 'vitest';
import { SimulatedClock } from 'xstate';
import { createRemoteDestination } from '../../../../src/client/remote-destination.js';
import type { Entity, Link, Schemas } from '../../../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent } from '../../../../src/stores/memory.js';
import { createScriptedPeer } from '../../../../src/testing/scripted-peer.js';
import { strapiScript } from '../../../../src/testing/strapi-script.js';
import { createTransfer, type TransferOptions } from '../../../../src/transfer/create-transfer.js';

const page = 'api::page.page';
const file = 'plugin::upload.file';
const locale = 'plugin::i18n.locale';

const schemas: Schemas = {
  [page]: {
    uid: page,
    options: { draftAndPublish: true },
    attributes: { title: { type: 'string' }, seo: { type: 'component', component: 'shared.seo' } },
  },
  'shared.seo': { uid: 'shared.seo', attributes: { title: { type: 'string' } } },
  [file]: { uid: file, attributes: { name: { type: 'string' } } },
  [locale]: { uid: locale, attributes: { code: { type: 'string' } } },
};

const pageRow = (id: number, data: object = {}): Entity => ({ type: page, id, data: { ...data } });
const pier: Entity = {
  type: file,
  id: 7,
  data: { hash: 'pier_1', ext: '.png', formats: { thumbnail: { hash: 'thumbnail_pier_1', ext: '.png' } } },
};
const english: Entity = { type: locale, id: 1, data: { code: 'en' } };
const link = (left: Link['left'], right: Link['right']): Link => ({
  ...{ kind: 'relation.basic', relation: 'manyToOne' },
  ...{ left, right },
});
const cover = link({ type: page, ref: 1, field: 'cover' }, { type: file, ref: 7 });
const ofSeo = link({ type: 'shared.seo', ref: 3, field: 'image' }, { type: file, ref: 7 });

const whole: MemoryContent = {
  metadata: { strapi: { version: '5.54.0' } },
  schemas,
  entities: [pageRow(1, { locale: 'en', seo: { id: 3 } }), pageRow(2), pier, english],
  links: [cover, ofSeo],
  configuration: [{ type: 'core-store', value: { key: 'a', value: '1' } }],
  assets: [
    { filename: 'pier_1.png', metadata: { id: 7 }, bytes: new Uint8Array(3) },
    {
      filename: 'thumbnail_pier_1.png',
      metadata: { id: 7, type: 'thumbnail', mainHash: 'pier_1' },
      bytes: new Uint8Array(1),
    },
  ],
};

type Options = Partial<TransferOptions> & { readonly knowsTotals?: boolean };

/** Pushes it to a Strapi: what came of it, and whether anything was cleared. */
async function push(
  content: Partial<MemoryContent>,
  { knowsTotals = true, ...options }: Options = {},
  theirs: Schemas = schemas,
) {
  const clock = new SimulatedClock();
  const script = strapiScript({ direction: 'push', content: { schemas: theirs } });
  const peer = createScriptedPeer({ clock, answer: script.answer });
  const to = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open, clock });
  const told: string[] = [];
  const source = createMemoryStore({ ...whole, ...content }).source();
  const from = knowsTotals ? source : { ...source, totals: () => undefined };
  const transfer = createTransfer({ from, to, ...options });
  const totals: Record<string, number | undefined> = {};
  transfer.actor.on('stage.moved', (moved) => {
    // Known before the first row has moved.
    totals[moved.step] ??= moved.totals.count;
  });
  transfer.actor.on('content.doubted', ({ text }) => {
    if (!script.requests.includes('beforeTransfer')) told.push(text);
  });
  const result = await transfer.done.then(
    ({ findings }) => ({ code: null, text: '', kinds: findings.map(({ kind }) => kind) }),
    ({ code, message }) => ({ code, text: message as string, kinds: [] }),
  );
  return { ...result, told, totals, cleared: script.requests.includes('beforeTransfer') };
}

const without = (row: Entity) => whole.entities.filter((one) => one !== row);

it('finds nothing in content that is whole', async () => {
  expect(await push({})).toMatchObject({ code: null, text: '', kinds: [], told: [], cleared: true });
});

it('gives each stage its total, where the source does not know it', async () => {
  const totals = { entities: 4, links: 2, configuration: 1 };
  expect((await push({}, { knowsTotals: true })).totals).toEqual({ ...totals, assets: 2 });
  expect((await push({}, { knowsTotals: false })).totals).toEqual(totals);
});

describe('what cannot come whole is refused before the server is cleared', () => {
  const [main] = whole.assets;
  test.each<[string, string, Partial<MemoryContent>, Options, string]>([
    ['no file is there', 'MISSING_FILES', { assets: [] }, {}, '2 files that it does not hold (pier_1.png,'],
    ['a format is not there', 'MISSING_FILES', { assets: [main as never] }, {}, '(thumbnail_pier_1.png)'],
    ['a file has no row', 'FILE_WITHOUT_ROW', { entities: without(pier) }, {}, 'the file pier_1.png'],
    [
      'a file of rows is there twice',
      'DUPLICATE_ROW',
      { entities: [...whole.entities, pageRow(2)] },
      {},
      `the row 2 of ${page} twice`,
    ],
    ['links have no rows', 'LINKS_WITHOUT_ROWS', { entities: [] }, {}, '2 links and no rows'],
    [
      'strict has nothing to compare',
      'NOTHING_TO_COMPARE',
      { schemas: null },
      { schemaStrategy: 'strict' },
      'memory gives no schemas',
    ],
  ])('%s: %s', async (_, code, content, options, words) => {
    for (const dryRun of [false, true]) {
      const result = await push(content, { ...options, dryRun });
      expect(result).toMatchObject({ code, cleared: false });
      expect(result.text).toContain(words);
    }
  });

  it('strict has nothing to compare with: NOTHING_TO_COMPARE', async () => {
    const result = await push({}, { schemaStrategy: 'strict' }, {});
    expect(result).toMatchObject({ code: 'NOTHING_TO_COMPARE', cleared: false });
    expect(result.text).toContain('http://b/admin gives no schemas');
  });

  it('and the default compares what there is', async () => {
    expect(await push({ schemas: null })).toMatchObject({ code: null });
  });
});

describe('what is not as it may be meant is said before the server is cleared', () => {
  const turkish = [...whole.entities, pageRow(9, { locale: 'tr' }), pageRow(10, { locale: 'tr' })];
  const orphans = [
    ...whole.links,
    link({ type: page, ref: 99 }, { type: file, ref: 7 }),
    link({ type: page, ref: 1 }, { type: file, ref: 88 }),
    link({ type: 'shared.seo', ref: 77 }, { type: file, ref: 7 }),
  ];
  const ofStrapi4 = {
    metadata: { strapi: { version: '4.14.5' } },
    entities: [...whole.entities, pageRow(9, { publishedAt: '2026-01-01' })],
  };
  const cases: readonly [string, string, Partial<MemoryContent>, Options, string][] = [
    [
      'filesLeftOut',
      'files are left out',
      { assets: [] },
      { exclude: ['files'] },
      'The files of 1 row of plugin',
    ],
    [
      'missingFiles',
      'they are allowed to be missing',
      { assets: [] },
      { allowMissingFiles: true },
      '2 files',
    ],
    ['orphanLinks', 'links lack a row', { links: orphans }, {}, '3 of 5 links'],
    ['locales', 'a locale does not come', { entities: turkish }, {}, 'Rows come in tr (2 rows)'],
    [
      'locales',
      'the locales are left out',
      {},
      { excludeContentTypes: [locale] },
      'Rows come in en (1 row), and the locales (plugin::i18n.locale) are left out',
    ],
    [
      'locales',
      'the server is known to lack one',
      { entities: turkish },
      {
        excludeContentTypes: [locale],
        destinationCounts: { rows: {}, links: [], locales: ['en'], files: { count: 0, elsewhere: {} } },
      },
      'Rows come in tr (2 rows), which http://b/admin lacks',
    ],
    [
      'strapi4',
      'it is of a Strapi 4',
      ofStrapi4,
      {},
      '4.14.5: its rows have no document ids, and 1 published row',
    ],
    ['nothing', 'no settings', { configuration: [] }, {}, 'no settings and webhooks, and those of http://b'],
    ['nothing', 'no rows', { entities: [], links: [], assets: [] }, {}, 'memory holds no rows'],
  ];

  test.each(cases)('%s: %s', async (kind, _, content, options, words) => {
    const result = await push(content, options);
    expect(result).toMatchObject({ code: null, kinds: [kind], cleared: true });
    expect(result.told).toHaveLength(1);
    expect(result.told[0]).toContain(words);
    expect((await push(content, { ...options, dryRun: true })).told).toEqual(result.told);
  });

  test.each(cases)('%s: %s, and refused by a strict transfer', async (kind, _, content, options, words) => {
    const result = await push(content, { ...options, strict: true });
    // What the user left out is no doubt.
    if (kind === 'filesLeftOut') expect(result).toMatchObject({ code: null });
    else expect(result).toMatchObject({ code: 'CONTENT_DOUBTFUL', cleared: false });
    if (kind !== 'filesLeftOut') expect(result.text).toContain(words);
  });
});

test.each<[string, Partial<MemoryContent>, Options]>([
  ['rows that do not move', { links: [...whole.links, cover] }, { onlyContentTypes: [page, locale] }],
  [
    'files whose rows are left out with them',
    { assets: [] },
    { exclude: ['files'], excludeContentTypes: [file, 'plugin::upload.folder'] },
  ],
  ['what a folder lacks', { assets: [] }, { to: createMemoryStore().destination() }],
  [
    'links that name documents',
    { links: [...whole.links, link({ type: page, ref: 1 }, { type: page, ref: 'abc' })] },
    {},
  ],
])('is no matter of %s', async (_, content, options) => {
  expect(await push(content, options)).toMatchObject({ code: null, kinds: [] });
});

it('counts what the server is left without, where both ends were counted', async () => {
  const destinationCounts = {
    ...{ rows: { [page]: 3, [file]: 2 }, links: [], locales: ['en'] },
    files: { count: 2, elsewhere: {} },
  };
  const clock = new SimulatedClock();
  const script = strapiScript({ direction: 'push', content: { schemas } });
  const peer = createScriptedPeer({ clock, answer: script.answer });
  const to = createRemoteDestination({ url: 'http://b/admin', token: 'secret', open: peer.open, clock });
  const content = { ...whole, entities: [pageRow(1), english], links: [], assets: [] };
  const { removals } = await createTransfer({
    from: createMemoryStore(content).source(),
    to,
    destinationCounts,
  }).done;
  expect(removals?.emptied).toEqual([{ type: file, rows: 2 }]);
});
