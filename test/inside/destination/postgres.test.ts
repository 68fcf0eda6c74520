import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { restoreFor } from '../../../src/protocol/clearing.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { noteCommit } from '../../../src/strapi/destination/journal.js';
import { inLockedTransaction } from '../../../src/strapi/destination/locked-transaction.js';
import { createNewIds } from '../../../src/strapi/destination/new-ids.js';
import { rollForward } from '../../../src/strapi/destination/roll-forward.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { countingIds } from '../../support/stored-label.js';
import { canonicalTables, uploadsOf } from '../support/canonical-tables.js';
import { labelOfRows, putLabel, wholeSite } from '../support/labelled-push.js';
import { addSpecimens, readSpecimens } from '../support/specimens.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { type Pushed, pushByFerry, pushByStrapi } from '../support/strapis-own-providers.js';

describe.skipIf(postgresPrograms() === null)('on PostgreSQL', () => {
  let postgres: Postgres;
  let pushed: Pushed;
  let sites = 0;

  /** Runs `work` with a Strapi of its own, whose database holds a small site. */
  async function withSite<T>(work: (site: StrapiInProcess) => Promise<T>): Promise<T> {
    sites += 1;
    const database = await postgres.createDatabase(`site${sites}`, sites === 1 ? undefined : 'site1');
    const site = await loadStrapi({ content: 'none', database, prepare: addSpecimens });
    try {
      return await work(site);
    } finally {
      await site.stop();
    }
  }

  beforeAll(async () => {
    postgres = await startPostgres();
    pushed = await readSpecimens();
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
      await inLockedTransaction(strapi, 0, async () => {
        await expect(putLabel(strapiDestination(strapi), 'new')).rejects.toMatchObject({
          code: 'STORE_IN_USE',
        });
      });
      await putLabel(strapiDestination(strapi), 'new');
    });
  }, 60_000);

  test('a start waits for the COMMIT of a process that is gone, and then puts its files in place', async () => {
    await withSite(async ({ strapi, folder }) => {
      const { connection } = strapi.db;
      const ids = countingIds();
      const failing = strapiDestination(strapi, {
        ids,
        onStep(step) {
          // As a process that is killed: what it has placed stays, and so does its plan.
          if (step === 'clear' || step === 'takeBackFiles') throw new Error('killed');
        },
      });
      await expect(putLabel(failing, 'late')).rejects.toThrow();
      const [id = ''] = (await readFile(join(folder, 'public/uploads/.ferry/files.txt'), 'utf8')).split('\n');
      let started: Promise<void> = Promise.resolve();
      await inLockedTransaction(strapi, 0, async (transaction) => {
        await noteCommit(strapi, transaction, id, new Date());
        started = rollForward(strapi);
        const waiting = () =>
          connection('pg_locks').where({ locktype: 'advisory', granted: false }).count('* as count').first();
        await expect.poll(async () => Number((await waiting())?.['count']), { timeout: 20_000 }).toBe(1);
      });
      await started;
      expect(await readdir(join(folder, 'public/uploads'))).toContain('late-only.txt');
      expect(await connection('strapi_core_store_settings').where('key', 'like', 'plugin_ferry%')).toEqual(
        [],
      );
    });
  }, 60_000);

  test('a writer that holds a table is waited for, with turns for others; the commit is flushed', async () => {
    await withSite(async ({ strapi }) => {
      const { connection } = strapi.db;
      await connection.raw('alter role current_user set synchronous_commit = off');
      const writer = await connection.transaction();
      await writer.raw('lock table articles in row exclusive mode');
      const asked: string[] = [];
      connection.on('query', ({ sql }: { sql: string }) => {
        if (sql.includes('synchronous_commit')) asked.push(sql);
      });
      connection.on('query-error', (error: { code?: string }) => {
        if (error.code === '55P03' && !writer.isCompleted()) void writer.commit();
      });
      await putLabel(strapiDestination(strapi), 'new');
      expect(asked).toHaveLength(2);
      expect(await labelOfRows(strapi)).toBe(wholeSite('new'));
    });
  }, 60_000);

  test('a writer that waits for the push in turn goes on, and the push asks for the tables again', async () => {
    await withSite(async ({ strapi }) => {
      const { connection } = strapi.db;
      const failed: unknown[] = [];
      connection.on('query-error', ({ code }: { code?: string }) => failed.push(code));
      const writer = await connection.transaction();
      // The push is the one of the two that finds the deadlock.
      await writer.raw("set local deadlock_timeout = '1min'");
      await writer.raw('lock table categories in row exclusive mode');
      const pushed = putLabel(strapiDestination(strapi), 'new');
      const waiting = () =>
        connection('pg_locks').where({ locktype: 'relation', granted: false }).count('* as count').first();
      await expect.poll(async () => Number((await waiting())?.['count']), { timeout: 20_000 }).toBe(1);
      await writer.raw('lock table articles in row exclusive mode');
      await writer.commit();
      await pushed;
      expect(failed).toEqual(['40P01']);
      expect(await labelOfRows(strapi)).toBe(wholeSite('new'));
    });
  }, 60_000);

  test('a table whose ids have no sequence is named', async () => {
    await withSite(async ({ strapi }) => {
      await strapi.db.connection.transaction(async (transaction) => {
        await transaction.raw('create table plain (id integer)');
        await expect(createNewIds(strapi, transaction).take('plain', 1)).rejects.toThrow(
          /plain gives no ids/,
        );
      });
    });
  }, 60_000);
});
