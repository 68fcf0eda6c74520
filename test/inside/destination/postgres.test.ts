import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restoreFor } from '../../../src/protocol/clearing.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { canonicalTables, uploadsOf } from '../support/canonical-tables.js';
import { putLabel } from '../support/labelled-push.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { type Pushed, pushByFerry, pushByStrapi, readByStrapi } from '../support/strapis-own-providers.js';

describe.skipIf(postgresPrograms() === null)('on PostgreSQL', () => {
  let postgres: Postgres;
  let pushed: Pushed;
  let sites = 0;

  /** Runs `work` with a Strapi of its own, whose database holds a small site. */
  async function withSite<T>(work: (site: StrapiInProcess) => Promise<T>): Promise<T> {
    sites += 1;
    const database = await postgres.createDatabase(`site${sites}`, sites === 1 ? undefined : 'site1');
    const site = await loadStrapi({ content: 'none', database });
    try {
      return await work(site);
    } finally {
      await site.stop();
    }
  }

  beforeAll(async () => {
    postgres = await startPostgres();
    const source = await loadStrapi({ content: 'hard' });
    pushed = await readByStrapi(source);
    await source.stop();
    await withSite((site) => putLabel(strapiDestination(site.strapi), 'old'));
  }, 120_000);

  afterAll(() => postgres?.stop());

  const everything = (): RestoreOptions => restoreFor(restoreAll, pushed.schemas);

  test('a push of everything leaves every table and file as Strapi leaves it', async () => {
    const after = async ({ strapi, folder }: StrapiInProcess) => ({
      tables: await canonicalTables(strapi),
      uploads: await uploadsOf(folder),
    });
    const ours = await withSite(async (site) => {
      await pushByFerry(strapiDestination(site.strapi), pushed, everything());
      return after(site);
    });
    const theirs = await withSite(async (site) => {
      await pushByStrapi(site, pushed, everything());
      return after(site);
    });
    expect(Object.keys(ours.tables)).toEqual(Object.keys(theirs.tables));
    for (const table of Object.keys(theirs.tables))
      expect(ours.tables[table], table).toEqual(theirs.tables[table]);
    expect(ours.uploads).toEqual(theirs.uploads);
  }, 120_000);

  test('a row that is inserted while a push is committed waits, and stands after it; readers do not wait', async () => {
    await withSite(async (site) => {
      const { connection } = site.strapi.db;
      const seen: string[] = [];
      let inserted: Promise<unknown> = Promise.resolve();
      const destination = strapiDestination(site.strapi, {
        async onStep(step) {
          if (step === 'replaceFiles') seen.push('committed');
          if (step !== 'writeLinks') return;
          inserted = connection('articles')
            .insert({ document_id: 'meanwhile', title: 'meanwhile' })
            .then(() => seen.push('inserted'));
          seen.push(...(await connection('articles').limit(1).pluck('title')));
        },
      });
      await pushByFerry(destination, pushed, everything());
      await inserted;
      expect(seen[0]).toBe('old');
      expect([...seen].sort()).toEqual(['committed', 'inserted', 'old']);
      const articles = pushed.entities.filter(({ type }) => type === 'api::article.article');
      const rows = await connection('articles').select('document_id');
      expect(rows).toHaveLength(articles.length + 1);
    });
  }, 60_000);

  test('of two Strapis with one database one applies a push, and the other says so', async () => {
    await withSite(async ({ strapi }) => {
      await strapi.db.connection.transaction(async (other) => {
        await other.raw('select pg_advisory_xact_lock(?)', [0x46455252]);
        await expect(putLabel(strapiDestination(strapi), 'new')).rejects.toMatchObject({
          code: 'STORE_IN_USE',
        });
      });
      await putLabel(strapiDestination(strapi), 'new');
    });
  }, 60_000);
});
