import { readdir } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import type { MergeOptions } from '../../../src/transfer/merge/options.js';
import { openPanel } from '../../strapi/harness/admin-panel.js';
import type { Row, Tables } from '../../strapi/harness/strapi.js';
import {
  libraryContent,
  libraryOf,
  libraryOnly,
  listedInPanel,
  makeFolders,
} from '../../support/media-library.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { article, documentsOf, file, type StagingSite, stagingOf } from '../../support/staging-site.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

const folder = 'plugin::upload.folder';
const named = (type: string, ids: readonly string[]) => ids.map((documentId) => ({ type, documentId }));
/** A Strapi notes in them what it did itself, and when a token was used. */
const notes = ['strapi_core_store_settings', 'strapi_transfer_tokens'];

/** Names of the tables whose rows are not what they were. */
function changedTables(before: Tables, after: Tables): readonly string[] {
  const textOf = (rows: readonly Row[] = []) => rows.map((row) => JSON.stringify(row)).sort();
  return Object.keys(after)
    .filter((name) => !notes.includes(name))
    .filter((name) => JSON.stringify(textOf(before[name])) !== JSON.stringify(textOf(after[name])))
    .sort();
}

const keyed = (rows: readonly Row[] = []) => new Map(rows.map((row) => [row['id'], JSON.stringify(row)]));

/** Rows that stand no longer as they did, and rows that are new, by id. */
function difference(before: Tables, after: Tables, table: string) {
  const [old, now] = [keyed(before[table]), keyed(after[table])];
  return {
    gone: [...old.keys()].filter((id) => !now.has(id)),
    changed: [...old.keys()].filter((id) => now.has(id) && now.get(id) !== old.get(id)),
    added: [...now.keys()].filter((id) => !old.has(id)),
  };
}

const databases = postgresPrograms() === null ? ['SQLite'] : ['SQLite', 'PostgreSQL'];

describe.each(databases)('a running Strapi with hard content in %s', (database) => {
  let server: Postgres | null = null;
  let site: StrapiWithPlugin;
  let standing: MemoryContent;
  let staging: StagingSite;
  let before: Tables;

  beforeAll(async () => {
    if (database === 'PostgreSQL') server = await startPostgres();
    const where = server === null ? {} : { database: await server.createDatabase('merges') };
    site = await startStrapiWithPlugin({ content: 'hard', ...where });
    const store = createMemoryStore();
    const { adminUrl: from, tokens } = site;
    await createTransfer({ from, fromToken: tokens.pull, to: store.destination() }).done;
    standing = store.content();
    staging = stagingOf(standing);
    before = await site.tables();
    await site.save();
  });
  afterEach(() => site.restore());
  afterAll(async () => {
    await site?.stop();
    await server?.stop();
  });

  const merge = (options: Partial<MergeOptions>) =>
    createMerge({
      from: createMemoryStore(staging.content).source(),
      ...{ to: site.adminUrl, toToken: site.tokens.full },
      ...options,
    }).done;

  test('has three articles replaced in place, and every link to them stays', async () => {
    const { counts, plan } = await merge({ documents: named(article, staging.changed) });
    expect(counts).toMatchObject({ add: 3, replace: 3 });
    expect(plan.lost).toEqual([]);
    const after = await site.tables();
    const replaced = (before['articles'] ?? [])
      .filter((row) => staging.changed.includes(String(row['document_id'])))
      .map(({ id }) => id);
    expect(difference(before, after, 'articles')).toEqual({ gone: [], changed: replaced, added: [] });
    expect(difference(before, after, 'files')).toMatchObject({ gone: [], changed: [], added: { length: 3 } });
    // Of what others have, nothing: not the homepage's articles, not the articles in zones of other articles.
    expect(changedTables(before, after).filter((name) => !/^(articles|components|files)/.test(name))).toEqual(
      [],
    );
    const picks = 'components_sections_picks_articles_lnk';
    expect(after[picks]?.length).toBe(before[picks]?.length);
    const [held, holds] = [before, after].map(
      (tables) => tables['articles_cmps']?.filter(({ entity_id: id }) => replaced.includes(id)).length,
    );
    expect(holds).toBe(held);
  });

  test('gives no more than the plan has to know', async () => {
    const given: number[] = [];
    const { plan } = await merge({
      ...{ documents: named(article, staging.changed), dryRun: true },
      onTransfer: (transfer) =>
        transfer.subscribe({
          complete() {
            const { entities, links } = transfer.getSnapshot().context.counts;
            given.push(entities?.items ?? 0, links?.items ?? 0);
          },
        }),
    });
    expect(plan.documents.map(({ verb }) => verb)).toContain('replace');
    const [entities = 0, links = 0] = given;
    expect(entities).toBeGreaterThan(0);
    expect(entities).toBeLessThan(standing.entities.length / 2);
    expect(links).toBeLessThan(standing.links.length / 2);
  });

  test('is added three articles with their pictures under ids of its own', async () => {
    const uploads = await readdir(site.uploadsDir);
    const { counts } = await merge({ documents: named(article, staging.written) });
    expect(counts).toMatchObject({ add: 6, replace: 0 });
    const after = await site.tables();
    expect(difference(before, after, 'articles')).toMatchObject({
      gone: [],
      changed: [],
      added: { length: 8 },
    });
    for (const table of changedTables(before, after))
      expect(difference(before, after, table)).toMatchObject({ gone: [], changed: [] });
    const now = await readdir(site.uploadsDir);
    expect(uploads.filter((name) => !now.includes(name))).toEqual([]);
    expect(now.filter((name) => !uploads.includes(name))).toHaveLength(13);
  });

  test('says that nothing differs when it is merged into once more', async () => {
    const documents = named(article, staging.changed);
    await merge({ documents });
    const once = await site.tables();
    const { isUnchanged, plan } = await merge({ documents });
    expect(plan.documents.filter(({ verb }) => verb !== 'keep')).toEqual([]);
    expect(isUnchanged).toBe(true);
    expect(changedTables(once, await site.tables())).toEqual([]);
  });

  test('loses the row of a locale that the source no longer has, and the links to it', async () => {
    const [documentId = ''] = staging.changed;
    const without = staging.content.entities.filter(
      ({ type, data }) => type !== article || data['documentId'] !== documentId || data['locale'] !== 'tr',
    );
    const content = { ...staging.content, entities: without };
    const stood = before['articles']?.filter(
      ({ document_id: document, locale }) => document === documentId && locale === 'tr',
    );
    expect(stood?.length).toBeGreaterThan(0);
    await merge({
      from: createMemoryStore(content).source(),
      documents: named(article, [documentId]),
      allowMissingLinks: true,
    });
    const after = await site.tables();
    expect(difference(before, after, 'articles').gone).toEqual(stood?.map(({ id }) => id));
    const files = after['files_related_mph']?.filter(
      ({ related_type: type, related_id: id }) => type === article && stood?.some((row) => row['id'] === id),
    );
    expect(files).toEqual([]);
  });

  test('is given the bytes of a file that is replaced, and keeps what shows it', async () => {
    const [documentId = ''] = documentsOf(standing, file);
    const entities = staging.content.entities.map((row) =>
      row.type === file && row.data['documentId'] === documentId
        ? { ...row, data: { ...row.data, caption: 'as it is on staging' } }
        : row,
    );
    await merge({
      from: createMemoryStore({ ...staging.content, entities }).source(),
      documents: named(file, [documentId]),
      onConflict: 'replace',
    });
    const after = await site.tables();
    expect(changedTables(before, after)).toEqual(['files']);
    expect(difference(before, after, 'files').changed).toHaveLength(1);
    expect(await readdir(site.uploadsDir)).toContain(
      `${after['files']?.find((row) => row['document_id'] === documentId)?.['hash']}.png`,
    );
  });

  test('refuses a plan when a value that must be unique was taken since, and changes nothing', async () => {
    const coming = staging.content.entities.find(
      ({ type, data }) =>
        type === article && staging.written.includes(String(data['documentId'])) && data['slug'] !== null,
    );
    const { slug, locale, publishedAt } = coming?.data ?? {};
    const state = publishedAt === null ? 'published_at is null' : 'published_at is not null';
    const other = `select id from articles where locale = '${locale}' and ${state} limit 1`;
    let edited: Tables = {};
    await expect(
      merge({
        documents: named(article, staging.written),
        confirm: async () => {
          await site.sql(`update articles set slug = '${slug}' where id = (${other})`);
          edited = await site.tables();
          return true;
        },
      }),
    ).rejects.toMatchObject({ code: 'DESTINATION_CHANGED' });
    expect(changedTables(edited, await site.tables())).toEqual([]);
  });

  test.each([
    ['a field of an article that would be replaced', "update articles set title = 'edited meanwhile'"],
    ['a link of it', 'delete from articles_author_lnk'],
  ])('refuses a plan when somebody has changed %s since, and changes nothing', async (_, statement) => {
    const documents = named(article, staging.changed);
    let edited: Tables = {};
    await expect(
      merge({
        documents,
        confirm: async () => {
          await site.sql(statement);
          edited = await site.tables();
          return true;
        },
      }),
    ).rejects.toMatchObject({ code: 'DESTINATION_CHANGED' });
    expect(changedTables(edited, await site.tables())).toEqual([]);
  });

  const pulled = async () => {
    const store = createMemoryStore();
    const { adminUrl: from, tokens } = site;
    await createTransfer({ from, fromToken: tokens.pull, to: store.destination(), exclude: ['files'] }).done;
    return store.content();
  };
  const mergeLibrary = (library: Parameters<typeof libraryContent>[2]) => {
    const content = libraryOnly(libraryContent('theirs', 1, library), standing.schemas);
    return merge({ from: createMemoryStore(content).source(), onConflict: 'replace' });
  };

  test('lists each file in its folder after a merge with a site of folders of its own', async () => {
    const panel = await openPanel(site);
    const own = await makeFolders(panel, ['events', 'press', 'press/2026', 'press/2026/may']);
    const pictures = documentsOf(standing, file).slice(0, 2);
    const ids = standing.entities.flatMap(({ type, id, data }) =>
      type === file && pictures.includes(String(data['documentId'])) ? [id] : [],
    );
    const inFolder = (name: string, fileIds: readonly unknown[]) =>
      panel.ask('POST', '/upload/actions/bulk-move', { fileIds, destinationFolderId: own.get(name) });
    await inFolder('press/2026', ids.slice(0, 1));
    await inFolder('press/2026/may', ids.slice(1));
    const was = await listedInPanel(panel);
    const { counts } = await mergeLibrary({
      press: { files: ['pa'] },
      'press/2026': { files: ['pb'] },
      team: { files: ['pc'] },
      'team/faces': { files: ['pd'] },
    });
    expect(counts).toMatchObject({ add: 6, replace: 0 });
    const came = ['/press/pa', '/press/2026/pb', '/team/', '/team/pc', '/team/faces/', '/team/faces/pd'];
    expect(await listedInPanel(panel)).toEqual([...was, ...came].sort());
    const content = await pulled();
    expect(libraryOf(content).astray).toEqual([]);
    // The panel counts on from what came.
    await makeFolders(panel, ['later']);

    const press = content.entities.find(({ type, data }) => type === folder && data['name'] === 'press');
    await mergeLibrary({ archive: {}, 'archive/press': { documentId: String(press?.data['documentId']) } });
    const moved = (line: string) => line.replace(/^\/press\//, '/archive/press/');
    expect(await listedInPanel(panel)).toEqual([...was, ...came, '/archive/', '/later/'].map(moved).sort());
    expect(libraryOf(await pulled()).astray).toEqual([]);
  });

  test('refuses a plan when a row was linked since to one that is deleted, and changes nothing', async () => {
    const [documentId = ''] = staging.changed;
    const entities = staging.content.entities.filter(
      ({ type, data }) => type !== article || data['documentId'] !== documentId || data['locale'] !== 'tr',
    );
    const going = `select min(id) from articles where document_id = '${documentId}' and locale = 'tr'`;
    const home = 'select min(id) from homepages';
    let edited: Tables = {};
    await expect(
      merge({
        from: createMemoryStore({ ...staging.content, entities }).source(),
        ...{ documents: named(article, [documentId]), allowMissingLinks: true },
        confirm: async () => {
          await site.sql(
            `insert into homepages_featured_lnk (homepage_id, article_id, article_ord) values ((${home}), (${going}), 99)`,
          );
          edited = await site.tables();
          return true;
        },
      }),
    ).rejects.toMatchObject({ code: 'DESTINATION_CHANGED' });
    expect(changedTables(edited, await site.tables())).toEqual([]);
  });

  test('is asked nothing about a type that it lacks', async () => {
    const gone = 'api::gone.gone';
    const { content } = staging;
    const row = { type: gone, id: 1, data: { documentId: 'gone', title: 'Gone' } };
    const schemas = { ...content.schemas, [gone]: { uid: gone, attributes: { title: { type: 'string' } } } };
    const from = createMemoryStore({ ...content, schemas, entities: [...content.entities, row] }).source();
    const confirm = vi.fn(() => true);
    await expect(merge({ from, documents: named(gone, ['gone']), confirm })).rejects.toMatchObject({
      code: 'SCHEMA_MISMATCH',
    });
    expect(confirm).not.toHaveBeenCalled();
  });
});
