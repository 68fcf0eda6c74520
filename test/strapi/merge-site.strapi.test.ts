import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRemoteSource } from '../../src/client/remote-source.js';
import type { MergePlan } from '../../src/merge/plan.js';
import { attributesOf } from '../../src/protocol/components.js';
import type { Entity, Link, Metadata, Schemas } from '../../src/protocol/content.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import { editInPanel } from '../support/panel-check.js';
import { isSoak } from '../support/soak.js';
import { changes } from '../support/table-changes.js';
import { openPanel } from './harness/admin-panel.js';
import { type StrapiInstance, startStrapi, type Tables } from './harness/strapi.js';

const [article, category, file] = ['api::article.article', 'api::category.category', 'plugin::upload.file'];
const [author, locale] = ['api::author.author', 'plugin::i18n.locale'];
const stamp = '2026-11-29T10:00:00.000Z';

/** 2,000 entities: articles, authors, categories and files. */
const content = { articles: 1_000, assetBytes: 960_000, assetCount: 960 };
const oldName = (prefix: string, n: number) => `${prefix}${String(n).padStart(16, '0')}`;
const [oldArticle, oldCategory] = [oldName('earticle', 0), oldName('category', 0)];
const articles = ['frontpagefrontpagefront1', 'harbournewsharbournews01', oldArticle];
const newCategory = 'categorycategorynewnew01';
const locales = ['en', 'tr'];

const link = (relation: string, left: Link['left'], right: Link['right']): Link => ({
  kind: 'relation.basic',
  ...{ relation, left, right },
});

interface Site {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
}

/** A picture of one dot. */
const dot = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

/** Three articles in two languages, as drafts and published, each with a picture; a new category, and one that is renamed. */
function stagingOf({ metadata, schemas }: Site): MemoryContent {
  /** A row has all of its fields. */
  const blank = (uid: string) =>
    Object.fromEntries(
      attributesOf(schemas ?? {}, uid)
        .filter(([, { type }]) => type !== 'relation' && type !== 'media')
        .map(([name]) => [name, null]),
    );
  const row = (type: string, id: number, documentId: string, data: object): Entity => {
    const dates = { createdAt: stamp, updatedAt: stamp, publishedAt: stamp };
    return { type, id, data: { ...blank(type), ...dates, documentId, ...data } };
  };
  const pictures = articles.map((_, n) => Buffer.concat([dot, Buffer.alloc(n)]));
  const rows = articles.flatMap((documentId, n) =>
    locales.flatMap((code, l) =>
      [null, stamp].map((publishedAt, state) =>
        row(article, 100 + n * 4 + l * 2 + state, documentId, {
          ...{ title: `Story ${n} in ${code}`, slug: `story-${n}-${code}`, body: 'Read on.', rating: n },
          ...{ locale: code, publishedAt, extra: { n }, gallery: [], sections: [] },
          sponsored: false,
          seo: { ...blank('shared.seo'), id: 300 + n * 4 + l * 2 + state, description: `On story ${n}` },
        }),
      ),
    ),
  );
  const categories = [
    row(category, 1, oldCategory, { name: 'Renamed', locale: 'en' }),
    row(category, 2, newCategory, { name: 'New', locale: 'en' }),
    row(category, 3, newCategory, { name: 'Yeni', locale: 'tr' }),
  ];
  const topics = { en: [1, 2], tr: [3] };
  const links = rows.flatMap(({ id, data }) => [
    link(
      'manyToOne',
      { type: article, ref: id, field: 'author' },
      { type: author, ref: 1, field: 'articles', pos: 1 },
    ),
    ...topics[data['locale'] as 'en' | 'tr'].map((ref, at) =>
      link(
        'manyToMany',
        { type: article, ref: id, field: 'categories', pos: at + 1 },
        { type: category, ref, field: 'articles', pos: 1 },
      ),
    ),
    {
      ...{ kind: 'relation.morph', relation: 'morphToMany' },
      left: { type: file, ref: 1 + articles.indexOf(String(data['documentId'])), field: 'related' },
      right: { type: article, ref: id, field: 'cover', pos: 1 },
    },
  ]);
  const fileOf = (n: number) => ({
    ...{ name: `cover-${n}.png`, hash: `cover_${n}`, ext: '.png', mime: 'image/png' },
    ...{ size: (pictures[n]?.length ?? 0) / 1000, url: `/uploads/cover_${n}.png`, provider: 'local' },
    ...{ folderPath: '/', formats: null, width: 1, height: 1 },
  });
  return {
    ...{ metadata, schemas, configuration: [], links },
    entities: [
      row(locale, 2, 'turkishturkishturkish001', {
        ...{ name: 'Turkish (tr)', code: 'tr' },
      }),
      // It stands: what leads to it is linked again.
      row(author, 1, oldName('orauthor', 0), { name: 'Author 0' }),
      ...pictures.map((_, n) => row(file, 1 + n, `picturepicturepicture00${n}`, fileOf(n))),
      ...[...categories, ...rows],
    ],
    assets: pictures.map((bytes, n) => ({
      filename: `cover_${n}.png`,
      metadata: { id: 1 + n, ...fileOf(n) },
      bytes,
    })),
  };
}

async function filesOf({ uploadsDir }: StrapiInstance): Promise<Readonly<Record<string, string>>> {
  const names = await readdir(uploadsDir);
  const digests = names.map(async (name) => {
    const bytes = await readFile(join(uploadsDir, name));
    return [name, createHash('sha256').update(bytes).digest('hex')] as const;
  });
  return Object.fromEntries(await Promise.all(digests));
}

// A Strapi of this size takes most of a minute for each of four pulls.
describe.skipIf(!isSoak)('a stock Strapi of 2,000 entities (npm run test:merge:soak)', () => {
  let site: StrapiInstance;
  let staging: MemoryContent;
  let before: Tables;
  let filesBefore: Readonly<Record<string, string>>;

  beforeAll(async () => {
    site = await startStrapi({ content });
    // The seed has published them without drafts.
    await site.sql('UPDATE articles SET published_at = NULL');
    const panel = await openPanel(site);
    const featured = { connect: [oldArticle, oldName('earticle', 1)].map((documentId) => ({ documentId })) };
    const homepage = '/content-manager/single-types/api::homepage.homepage?locale=en';
    await panel.ask('PUT', homepage, { headline: 'Home', featured });
    const source = createRemoteSource({ url: site.adminUrl, token: site.tokens.pull });
    await source.open();
    staging = stagingOf({ metadata: await source.metadata(), schemas: await source.schemas() });
    await source.close();
    before = await site.tables();
    filesBefore = await filesOf(site);
  });
  afterAll(() => site?.stop());

  it('changes what the plan says, and every other row and file stays as it was, byte for byte', async () => {
    let plan: MergePlan | null = null;
    const { counts, isUnverified } = await createMerge({
      from: createMemoryStore(staging).source(),
      ...{ to: site.adminUrl, toToken: site.tokens.full, onConflict: 'replace', loseLinks: true },
      documents: [
        ...articles.map((documentId) => ({ type: article, documentId })),
        ...[oldCategory, newCategory].map((documentId) => ({ type: category, documentId })),
      ],
      confirm(shown) {
        plan = shown;
        return true;
      },
    }).done;
    expect([counts, isUnverified]).toMatchObject([{ add: 7, replace: 2, deletedRows: 0 }, false]);
    // Articles that stay point to the category that was replaced, each now behind its other one; the homepage loses an article.
    expect((plan as MergePlan | null)?.lost).toEqual([
      { type: article, field: 'categories', target: category, because: 'moved', count: 49 },
      { type: 'api::homepage.homepage', field: 'featured', target: article, because: 'oneWay', count: 1 },
    ]);
    const after = await site.tables();
    expect(changes(before, after)).toEqual({
      articles: [1, 12],
      articles_author_lnk: [1, 12],
      // 99 articles that stay, and both links of the one that is replaced.
      articles_categories_lnk: [101, 99 + 18],
      articles_cmps: [0, 12],
      categories: [1, 3],
      components_shared_seos: [0, 12],
      files: [0, 3],
      files_related_mph: [0, 12],
      homepages_featured_lnk: [1, 0],
      i18n_locale: [0, 1],
    });
    const replaced = after['articles']?.filter((one) => one['document_id'] === oldArticle);
    expect(replaced).toHaveLength(4);
    const now = await filesOf(site);
    expect(now).toMatchObject(filesBefore);
    expect(Object.keys(now)).toHaveLength(Object.keys(filesBefore).length + 3);
  });

  it('leaves articles that the admin panel opens, changes, publishes and takes back, in each locale', async () => {
    // A Strapi gives the users of its panel a locale that came by a push when it starts.
    process.kill(site.pid ?? 0, 'SIGKILL');
    await site.exited;
    site = await startStrapi({ appDir: site.appDir });
    const panel = await openPanel(site);
    for (const documentId of articles)
      for (const locale of locales) await editInPanel(panel, { type: article, documentId, locale });
  });
});
