import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRemoteSource } from '../../src/client/remote-source.js';
import type { MergePlan } from '../../src/merge/plan.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import {
  article,
  articles,
  category,
  locales,
  newCategory,
  oldArticle,
  oldCategory,
  oldName,
  storiesFor,
} from '../support/new-stories.js';
import { editInPanel } from '../support/panel-check.js';
import { isSoak } from '../support/soak.js';
import { changes } from '../support/table-changes.js';
import { openPanel } from './harness/admin-panel.js';
import { type StrapiInstance, startStrapi, type Tables } from './harness/strapi.js';

/** 2,000 entities: articles, authors, categories and files. */
const content = { articles: 1_000, assetBytes: 960_000, assetCount: 960 };

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
    staging = storiesFor({ metadata: await source.metadata(), schemas: await source.schemas() });
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
