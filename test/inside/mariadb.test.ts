import { join } from 'node:path';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { nodeFiles } from '../../src/ports/node-files.js';
import { restoreFor } from '../../src/protocol/clearing.js';
import type { RestoreOptions } from '../../src/protocol/messages.js';
import { restoreAll } from '../../src/protocol/restore.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { strapiDestination } from '../../src/strapi/destination/destination.js';
import { type CommitStep, commitSteps } from '../../src/strapi/destination/steps.js';
import { createPins } from '../../src/strapi/source/pins.js';
import { strapiSource } from '../../src/strapi/source/strapi-source.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { createMerge, type MergeResult } from '../../src/transfer/merge/create-merge.js';
import type { MergeOptions } from '../../src/transfer/merge/options.js';
import type { DatabaseServer } from '../support/database-server.js';
import { mariadbPrograms, startMariadb } from '../support/mariadb.js';
import { article, type StagingSite, stagingOf } from '../support/staging-site.js';
import { type RunningServer, runServer } from '../support/transfer-servers.js';
import { canonicalTables, uploadsOf } from './support/canonical-tables.js';
import {
  labelled,
  labelOfRows,
  labelsOfFiles,
  putLabel,
  wholeFiles,
  wholeSite,
} from './support/labelled-push.js';
import { rowsOf } from './support/pulled.js';
import { sorted } from './support/sorted.js';
import { addSpecimens, readSpecimens } from './support/specimens.js';
import { loadStrapi, type StrapiInProcess } from './support/strapi-in-process.js';
import { type Pushed, pushByFerry, pushByStrapi } from './support/strapis-own-providers.js';
import { onWire, sha256Of, strapisSource } from './support/strapis-source.js';

const author = 'api::author.author';
const transacted = commitSteps.slice(commitSteps.indexOf('lock'), commitSteps.indexOf('commit') + 1);

describe.skipIf(mariadbPrograms() === null)('on MariaDB', () => {
  let mariadb: DatabaseServer;
  let pushed: Pushed;
  let site: StrapiInProcess;
  let knex: Knex;

  beforeAll(async () => {
    mariadb = await startMariadb();
    pushed = await readSpecimens();
    const database = await mariadb.createDatabase('site');
    site = await loadStrapi({ content: 'none', prepare: addSpecimens, database });
    knex = site.strapi.db.connection;
    await putLabel(strapiDestination(site.strapi), 'old');
  }, 240_000);

  afterAll(async () => {
    await site?.stop();
    await mariadb?.stop();
  });

  const source = () => strapiSource(site.strapi, { pins: createPins(site.strapi) });
  /** Transactions that wait for what another one holds. */
  // InnoDB reads its table of transactions anew only where no one has asked for a tenth of a second.
  const asked = { timeout: 20_000, interval: 250 };
  const waiting = () => knex('information_schema.innodb_trx').where('trx_state', 'LOCK WAIT');
  const everything = (): RestoreOptions => restoreFor(restoreAll, pushed.schemas);

  async function expectStands(label: 'old' | 'new'): Promise<void> {
    expect(await labelOfRows(site.strapi)).toBe(wholeSite(label));
    const { '.gitkeep': _, ...files } = await labelsOfFiles(nodeFiles, join(site.folder, 'public/uploads'));
    expect(files).toEqual(wholeFiles(label));
    expect(await knex('strapi_core_store_settings').where('key', 'like', 'plugin_ferry%')).toEqual([]);
  }

  /** The server rolls back, and lets go of Ferry's lock, as it does where the process is gone. */
  async function killConnection(): Promise<void> {
    const [[{ id }]] = await knex.raw("select is_used_lock(concat('ferry.', md5(database()))) as id");
    await knex.raw(`kill ${id}`);
  }

  test.each(transacted)('a connection that is lost at %s leaves the old rows and files', async (step) => {
    const onStep = async (next: CommitStep) => {
      if (next !== step) return;
      if (step === 'lock') throw new Error('killed');
      await killConnection();
    };
    await expect(putLabel(strapiDestination(site.strapi, { onStep }), 'new')).rejects.toMatchObject({
      code: 'STORE_FAILED',
    });
    await expectStands('old');
  });

  test('rows that are more than a packet are written in several', async () => {
    const [[{ most }]] = await knex.raw('select @@max_allowed_packet as most');
    const text = '\\'.repeat(60_000);
    const { entities, ...others } = labelled('old');
    const [article] = entities.filter(({ type }) => type === 'api::article.article');
    if (article === undefined) throw new Error('No article');
    const rows = Array.from({ length: Math.ceil(Number(most) / text.length) + 10 }, (_, at) => ({
      ...article,
      id: 100 + at,
      data: { documentId: `long${at}`, title: 'old', body: text, locale: 'en' },
    }));
    await pushByFerry(
      strapiDestination(site.strapi),
      { ...others, entities: [...entities, ...rows] },
      restoreAll,
    );
    expect(await knex('articles').where('body', text).pluck('id')).toHaveLength(rows.length);
  }, 60_000);

  test('a row that is inserted while a push is committed waits, and stands after it; readers do not wait', async () => {
    await putLabel(strapiDestination(site.strapi), 'old');
    const seen: string[] = [];
    let inserted: Promise<unknown> = Promise.resolve();
    const destination = strapiDestination(site.strapi, {
      async onStep(step) {
        // The last step before COMMIT lets others go on.
        if (step === 'commit') seen.push('written');
        if (step !== 'writeRows') return;
        inserted = knex('articles')
          .insert({ document_id: 'meanwhile', title: 'meanwhile' })
          .then(() => seen.push('inserted'));
        seen.push(...(await knex('articles').limit(1).pluck('title')));
        await expect.poll(waiting, asked).toHaveLength(1);
      },
    });
    await pushByFerry(destination, pushed, everything());
    await inserted;
    expect(seen).toEqual(['old', 'written', 'inserted']);
    const articles = pushed.entities.filter(({ type }) => type === 'api::article.article');
    expect(await knex('articles').select('document_id')).toHaveLength(articles.length + 1);
  }, 60_000);

  test('a push of everything leaves every table and file as Strapi leaves it', async () => {
    const after = async () => ({
      tables: await canonicalTables(site.strapi),
      uploads: await uploadsOf(site.folder),
    });
    await pushByStrapi(site, pushed, everything());
    const theirs = await after();
    await putLabel(strapiDestination(site.strapi), 'old');
    await pushByFerry(strapiDestination(site.strapi), pushed, everything());
    const ours = await after();
    expect(Object.keys(theirs.tables)).toContain('specimens_subjects_mph');
    for (const table of Object.keys(theirs.tables))
      expect(ours.tables[table], table).toEqual(theirs.tables[table]);
    expect(ours.uploads).toEqual(theirs.uploads);
  }, 120_000);

  test('a pull has what Strapi’s own source has of it', async () => {
    const [ours, theirs] = [source(), await strapisSource(site)];
    await ours.open();
    expect(await ours.schemas()).toEqual(theirs.schemas());
    for (const step of ['entities', 'links', 'configuration'] as const) {
      const [own, strapis] = [(await rowsOf(ours, step)).map(onWire), await theirs.rows(step)];
      expect(own.length).toBeGreaterThan(3);
      expect(sorted(own)).toEqual(sorted(strapis));
    }
    const assets = [];
    for await (const { filename, metadata, size, stream } of ours.assets())
      assets.push({ filename, metadata: onWire(metadata), size, sha256: await sha256Of(stream()) });
    expect(assets).toEqual(await theirs.assets());
    await ours.close();
  });

  test('two pulls have each what stood when it began', async () => {
    const titles = async (pull: TransferSource) => {
      const rows = await rowsOf(pull, 'entities');
      return new Set(rows.filter(({ type }) => type === author).map(({ data }) => data['name']));
    };
    const [before, after] = [source(), source()];
    const stood = new Set(await knex('authors').pluck('name'));
    await before.open();
    await knex('authors').update({ name: 'edited' });
    await after.open();
    await knex('authors').update({ name: 'edited again' });
    expect(await titles(before)).toEqual(stood);
    expect(await titles(after)).toEqual(new Set(['edited']));
    await Promise.all([before.close(), after.close()]);
  });

  describe('a merge', () => {
    let server: RunningServer;
    let staging: StagingSite;
    let merge: (confirm?: MergeOptions['confirm']) => Promise<MergeResult>;

    beforeAll(async () => {
      server = await runServer({ source, destination: () => strapiDestination(site.strapi) });
      const store = createMemoryStore();
      await createTransfer({ from: server.admin, fromToken: server.token, to: store.destination() }).done;
      staging = stagingOf(store.content());
      merge = (confirm) =>
        createMerge({
          from: createMemoryStore(staging.content).source(),
          ...{ to: server.admin, toToken: server.token },
          documents: staging.changed.map((documentId) => ({ type: article, documentId })),
          ...(confirm === undefined ? {} : { confirm }),
        }).done;
    });
    afterAll(() => server?.close());

    test('waits for an edit that is under way, and is refused once that is done', async () => {
      const edit = await knex.transaction();
      const merging = merge(async () => {
        await edit('articles').update({ title: 'edited meanwhile' });
        return true;
      });
      const refused = expect(merging).rejects.toMatchObject({ code: 'DESTINATION_CHANGED' });
      await expect.poll(waiting, asked).toHaveLength(1);
      await edit.commit();
      await refused;
      expect(new Set(await knex('articles').pluck('title'))).toEqual(new Set(['edited meanwhile']));
    });

    test('replaces three articles in place', async () => {
      const [ids, links] = [await knex('articles').pluck('id'), await knex('homepages_featured_lnk')];
      expect((await merge()).counts).toMatchObject({ add: 3, replace: 3 });
      expect((await knex('articles').pluck('id')).sort()).toEqual(ids.sort());
      expect(await knex('homepages_featured_lnk')).toEqual(links);
    });
  });
});
