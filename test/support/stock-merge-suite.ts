import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TransferError } from '../../src/protocol/errors.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { applyChangeset } from '../../src/transfer/merge/apply-changeset.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import { checkStock, checkVersion } from '../../src/transfer/merge/stock/check-stock.js';
import { oneWayLinks } from '../../src/transfer/merge/stock/one-way-links.js';
import type { StockMerge } from '../../src/transfer/merge/stock/stock-merge.js';
import { stockPhases } from '../../src/transfer/merge/stock/stock-phases.js';
import { verifyStock } from '../../src/transfer/merge/stock/verify-stock.js';
import { openPanel } from '../strapi/harness/admin-panel.js';
import type { Version } from '../strapi/harness/app-folder.js';
import type { StrapiInstance, Tables } from '../strapi/harness/strapi.js';
import { libraryContent, libraryOf, libraryOnly, listedInPanel, makeFolders } from './media-library.js';
import { editInPanel } from './panel-check.js';
import { article, documentsOf, file, type StagingSite, stagingOf } from './staging-site.js';
import { opened, planned } from './stock-merges.js';
import { type Changes, changes } from './table-changes.js';
import { runServer } from './transfer-servers.js';

const [author, category] = ['api::author.author', 'api::category.category'];
const named = (type: string, ids: readonly string[]) => ids.map((documentId) => ({ type, documentId }));

async function pull(strapi: StrapiInstance, parts: 'all' | 'rows'): Promise<MemoryContent> {
  const { adminUrl: from, tokens } = strapi;
  const store = createMemoryStore();
  const exclude = parts === 'rows' ? (['files'] as const) : [];
  await createTransfer({ from, fromToken: tokens.pull, to: store.destination(), exclude }).done;
  return store.content();
}

/** What three articles with their components hold, eight rows: once, or twice where they are replaced. */
const componentsOf = (gone: number): Changes => ({
  articles_cmps: [36 * gone, 36],
  components_sections_heroes: [4 * gone, 4],
  components_sections_heroes_cmps: [4 * gone, 4],
  components_sections_picks: [4 * gone, 4],
  components_sections_quotes: [8 * gone, 8],
  components_shared_links: [36 * gone, 36],
  components_shared_seos: [8 * gone, 8],
  components_shared_seos_cmps: [8 * gone, 8],
  components_shared_slides: [12 * gone, 12],
  components_shared_slides_cmps: [24 * gone, 24],
});

/** What is otherwise once three articles were replaced, with new pictures. */
const replaced: Changes = {
  articles: [8, 8],
  articles_author_lnk: [5, 5],
  articles_categories_lnk: [10, 10],
  components_sections_picks_articles_lnk: [1, 0],
  components_sections_picks_authors_lnk: [8, 8],
  components_shared_links_category_lnk: [36, 36],
  files: [0, 3],
  // A Strapi leaves those of the articles behind, as orphans: 8 covers and 20 attachments.
  files_related_mph: [16, 44],
  homepages_featured_lnk: [5, 0],
  ...componentsOf(1),
};

const localesOf = ({ entities }: MemoryContent, documentId: string): ReadonlySet<string> =>
  new Set(
    entities.flatMap(({ data }) => (data['documentId'] === documentId ? [String(data['locale'])] : [])),
  );

/**
 * Merges into stock Strapis with hard content, each of which is as it was after each case.
 * @param isThorough Every case on every version: those with four pulls cost more than all others.
 */
export function stockMergeSuite(
  name: string,
  start: (version: Version) => Promise<StrapiInstance>,
  { isThorough = false } = {},
): void {
  describe.each<Version>(['current', 'older'])(
    `a stock Strapi (%s) with hard content in ${name}`,
    (version) => {
      let site: StrapiInstance;
      let standing: MemoryContent;
      let staging: StagingSite;
      let before: Tables;

      beforeAll(async () => {
        site = await start(version);
        standing = await pull(site, 'all');
        staging = stagingOf(standing);
        before = await site.tables();
        await site.save();
      });
      afterEach(() => site.restore());
      afterAll(() => site?.stop());

      const merging = (
        strategy: StockMerge['strategy'],
        documents: ReturnType<typeof named>,
        more: { readonly source?: MemoryContent; readonly locales?: readonly string[] } = {},
      ): Promise<StockMerge> => {
        const { source = staging.content, locales } = more;
        const selection = { documents, ...(locales === undefined ? {} : { locales }) };
        const to = { url: site.adminUrl, token: site.tokens.push };
        return planned({ strategy, selection, source, standing, version: site.version, to });
      };

      /** Carries a merge out as the plan says, and answers what is otherwise. */
      async function carryOut(merge: StockMerge): Promise<readonly string[]> {
        await checkStock(merge);
        for (const { needsPull, transfer } of stockPhases(merge)) {
          const now = needsPull ? await opened(await pull(site, 'rows')) : merge.standing;
          const { reported, findings, removals } = await createTransfer(transfer(async () => now)).done;
          expect([reported.messages, findings, removals]).toEqual([[], [], null]);
        }
        return verifyStock({
          ...merge,
          before: merge.standing,
          after: await opened(await pull(site, 'rows')),
        });
      }

      it('is added three articles with their pictures: no row that stood is changed', async () => {
        const merge = await merging('add', named(article, staging.written));
        expect(stockPhases(merge).map(({ name }) => name)).toEqual(['documents']);
        const uploads = await readdir(site.uploadsDir);
        expect(await carryOut(merge)).toEqual([]);
        expect(changes(before, await site.tables())).toEqual({
          articles: [0, 8],
          articles_author_lnk: [0, 5],
          articles_categories_lnk: [0, 10],
          components_sections_picks_authors_lnk: [0, 8],
          components_shared_links_category_lnk: [0, 36],
          files: [0, 3],
          // Pictures of 12 slides, 4 descriptions and 8 articles; 5 attachments of 4 articles.
          files_related_mph: [0, 44],
          ...componentsOf(0),
        });
        const now = await readdir(site.uploadsDir);
        expect(now.filter((name) => !uploads.includes(name))).toHaveLength(13);
        expect(uploads.filter((name) => !now.includes(name))).toEqual([]);
      });

      it('is planned a changeset for, from a server: it holds the file of which only the caption differs', async () => {
        const [documentId = ''] = documentsOf(standing, file);
        const entities = standing.entities.map((row) =>
          row.type === file && row.data['documentId'] === documentId
            ? { ...row, data: { ...row.data, caption: 'as it is on staging' } }
            : row,
        );
        const served = createMemoryStore({ ...standing, entities });
        const from = await runServer({ stores: () => served });
        const changeset = createMemoryStore();
        const ends = { to: site.adminUrl, toToken: site.tokens.full };
        await createMerge({
          ...{ ...ends, from: from.admin, fromToken: from.token, changeset: changeset.destination() },
          ...{ documents: named(file, [documentId]), onConflict: 'replace' },
        }).done;
        await from.close();
        expect(changeset.content().assets.length).toBeGreaterThan(0);
        const { plan } = await applyChangeset({ ...ends, from: changeset.source() }).done;
        expect(plan.documents).toMatchObject([{ verb: 'keep', because: 'unsent' }]);
        expect(changes(before, await site.tables())).toEqual({});
      });

      it('is added folders beside its own: the media library lists each file in its folder', async () => {
        const panel = await openPanel(site);
        await makeFolders(panel, ['events', 'press', 'press/2026']);
        const was = await listedInPanel(panel);
        const library = libraryContent('theirs', 1, {
          press: { files: ['pa'] },
          'press/2026': { files: ['pb'] },
          team: { files: ['pc'] },
          'team/faces': { files: ['pd'] },
        });
        const source = libraryOnly(library, standing.schemas);
        const to = { url: site.adminUrl, token: site.tokens.push };
        const merge = await planned({
          ...{ strategy: 'add', selection: {}, source, standing: await pull(site, 'rows'), to },
          version: site.version,
        });
        expect(await carryOut(merge)).toEqual([]);
        const came = ['/press/pa', '/press/2026/pb', '/team/', '/team/pc', '/team/faces/', '/team/faces/pd'];
        expect(await listedInPanel(panel)).toEqual([...was, ...came].sort());
        expect(libraryOf(await pull(site, 'rows')).astray).toEqual([]);
        await makeFolders(panel, ['later']);
      });

      it('has three articles replaced, with new pictures: rows that stay lose what was said, and nothing else', async () => {
        const merge = await merging('merge', named(article, staging.changed));
        expect(stockPhases(merge).map(({ name }) => name)).toEqual(['files', 'documents']);
        await expect(checkStock(merge)).rejects.toMatchObject({ code: 'MERGE_LOSES_LINKS' });
        expect(await oneWayLinks(merge)).toEqual([
          ...[
            {
              type: 'api::homepage.homepage',
              field: 'featured',
              target: article,
              because: 'oneWay',
              count: 5,
            },
          ],
          ...[
            { type: article, field: 'sections.picks.articles', target: article, because: 'oneWay', count: 1 },
          ],
        ]);
        expect(await carryOut({ ...merge, loseLinks: true })).toEqual([]);
        expect(changes(before, await site.tables())).toEqual(replaced);
      });

      it('has an author and a category replaced: articles that stay point to them again', async () => {
        const [authors, categories] = [documentsOf(standing, author), documentsOf(standing, category)];
        const documents = [...named(author, authors.slice(0, 1)), ...named(category, categories.slice(0, 1))];
        const edited = staging.content.entities.map((row) =>
          documents.some(({ documentId }) => row.data['documentId'] === documentId)
            ? { ...row, data: { ...row.data, name: `${row.data['name']}, from staging` } }
            : row,
        );
        const merge = await merging('merge', documents, { source: { ...staging.content, entities: edited } });
        const lost = await oneWayLinks(merge);
        expect(new Set(lost.map(({ because }) => because))).toEqual(new Set(['oneWay', 'moved']));
        expect(await carryOut({ ...merge, loseLinks: true })).toEqual([]);
        const changed = changes(before, await site.tables());
        const {
          articles_author_lnk: writers,
          articles_categories_lnk: topics,
          categories_parent_lnk: parents,
        } = changed;
        for (const counts of [writers, topics, parents]) {
          expect(counts?.[0]).toBeGreaterThan(0);
          expect(counts?.[0]).toBe(counts?.[1]);
        }
        const gone = (field: string) => {
          const counts = lost
            .filter((one) => one.because === 'oneWay' && one.field.endsWith(field))
            .map(({ count }) => count);
          return [counts.reduce((sum, count) => sum + count, 0), 0];
        };
        expect(changed).toEqual({
          ...{ authors: [1, 1], categories: [2, 2], files_related_mph: [0, 1] },
          ...{
            articles_author_lnk: writers,
            articles_categories_lnk: topics,
            categories_parent_lnk: parents,
          },
          components_shared_links_category_lnk: gone('category'),
          components_sections_picks_authors_lnk: gone('authors'),
        });
      });

      it.runIf(version === 'current' || isThorough)(
        'is merged into as a whole: compared, planned, confirmed, pushed in phases, compared again; and its admin panel edits what came',
        async () => {
          const states: string[] = [];
          const merge = createMerge({
            from: createMemoryStore(staging.content).source(),
            ...{ to: site.adminUrl, toToken: site.tokens.full },
            documents: named(article, staging.changed),
            loseLinks: true,
            confirm: ({ lost }) => lost.length > 0,
          });
          merge.actor.subscribe(({ value }) => {
            const state = JSON.stringify(value);
            if (states.at(-1) !== state) states.push(state);
          });
          const { counts } = await merge.done;
          expect(counts).toMatchObject({ add: 3, replace: 3 });
          expect(states.filter((state) => state.includes('rereading'))).toHaveLength(3);
          expect(changes(before, await site.tables())).toEqual(replaced);
          const panel = await openPanel(site);
          for (const documentId of staging.changed)
            for (const locale of localesOf(staging.content, documentId))
              await editInPanel(panel, { type: article, documentId, locale });
        },
      );

      it.runIf(version === 'older' || isThorough)(
        'has a changeset applied that was planned for a copy of it, as the merge would be carried out',
        async () => {
          const changeset = createMemoryStore();
          await createMerge({
            ...{ from: createMemoryStore(staging.content).source(), to: createMemoryStore(standing) },
            ...{ documents: named(article, staging.changed), changeset: changeset.destination() },
          }).done;
          const applied = { from: changeset.source(), to: site.adminUrl, toToken: site.tokens.full };
          await expect(applyChangeset(applied).done).rejects.toMatchObject({ code: 'MERGE_LOSES_LINKS' });
          const { plan, isUnverified } = await applyChangeset({ ...applied, loseLinks: true }).done;
          expect([plan.lost.length, plan.files.count, isUnverified]).toEqual([2, 3, false]);
          expect(changes(before, await site.tables())).toEqual(replaced);
        },
      );

      it('refuses what cannot be undone before a row is deleted', async () => {
        const [picture = ''] = documentsOf(standing, file);
        const [changed = ''] = staging.changed;
        const withFile = (fields: object) => ({
          ...staging.content,
          entities: staging.content.entities.map((row) =>
            row.type === file && row.data['documentId'] === picture
              ? { ...row, data: { ...row.data, ...fields } }
              : row,
          ),
        });
        const documents = named(article, [changed]);
        const refused: readonly (readonly [code: string, merge: StockMerge])[] = [
          ['MERGE_LOSES_LINKS', await merging('merge', documents)],
          ['MERGE_SPLITS_DOCUMENTS', await merging('merge', documents, { locales: ['tr'] })],
          [
            'MERGE_REPLACES_FILES',
            await merging('merge', named(file, [picture]), { source: withFile({ size: 1 }) }),
          ],
          [
            'MERGE_FILE_NAME_TAKEN',
            await merging('add', named(file, ['otherotherotherother']), {
              source: withFile({ documentId: 'otherotherotherother', name: 'other.png' }),
            }),
          ],
          [
            'MERGE_UNTRIED_VERSION',
            { ...(await merging('merge', documents)), loseLinks: true, version: null },
          ],
        ];
        for (const [code, merge] of refused) await expect(checkStock(merge)).rejects.toMatchObject({ code });
        expect(changes(before, await site.tables())).toEqual({});
      });

      it('shows that it deletes no more than it is told, and is as before', async () => {
        const merge = await merging('merge', named(article, staging.changed));
        await checkVersion({ ...merge, loseLinks: true, version: '5.53.9' });
        expect(changes(before, await site.tables())).toEqual({});
      });

      it.each([
        ['files', 'assets'],
        ['documents', 'links'],
      ] as const)(
        'is as before the phase %s when that is broken off in its %s, and the error says so',
        async (broken, step) => {
          const merge = await merging('merge', named(article, staging.changed));
          for (const { name, needsPull, transfer } of stockPhases(merge)) {
            const now = needsPull ? await opened(await pull(site, 'rows')) : merge.standing;
            const tables = await site.tables();
            const options = transfer(async () => now);
            if (name !== broken) {
              await createTransfer(options).done;
              continue;
            }
            const from = options.from as Exclude<typeof options.from, string>;
            const push = createTransfer({
              ...options,
              from: {
                ...from,
                rereads: false,
                async *rows(stage) {
                  yield* from.rows(stage);
                  if (stage === step) push.abort('the test');
                },
                async *assets() {
                  let place = 0;
                  for await (const asset of from.assets()) {
                    place += 1;
                    if (place === 3) push.abort('the test');
                    yield asset;
                  }
                },
              },
            });
            const error = await push.done.then(
              () => Promise.reject(new Error('it completed')),
              (failure: TransferError) => failure,
            );
            expect(error).toMatchObject({ code: 'ABORTED', details: { at: site.adminUrl } });
            expect(error.details).toMatchObject(
              broken === 'files' ? { newFilesStay: true } : { stands: 'asBefore' },
            );
            expect(changes(tables, await site.tables())).toEqual({});
            break;
          }
        },
      );
    },
  );
}
