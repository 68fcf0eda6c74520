import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { checkStanding } from '../../../src/merge/check-standing.js';
import { concernOf, concernOfChangeset } from '../../../src/merge/concern.js';
import { match } from '../../../src/merge/matching.js';
import { changesetOfPlan, plannedSource } from '../../../src/merge/planned-source.js';
import { planMerge } from '../../../src/merge/planner.js';
import { type Selected, type Selection, select } from '../../../src/merge/selection.js';
import { realClock } from '../../../src/ports/clock.js';
import type { Concern } from '../../../src/protocol/concern.js';
import type { Entity } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { TransferSource } from '../../../src/stores/store.js';
import type { Pin } from '../../../src/strapi/source/pin.js';
import { createPins, type Pins } from '../../../src/strapi/source/pins.js';
import { createSharedMemory } from '../../../src/strapi/source/shared-memory.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { deferred } from '../../../src/transport/deferred.js';
import { oldName } from '../../support/new-stories.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { article, file, stagingOf } from '../../support/staging-site.js';
import { rowsOf } from '../support/pulled.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';

type Change = (row: Entity) => readonly Entity[];

/** What may differ at the source: each makes a plan look at other rows and links of the destination. */
const changes: Readonly<Record<string, Change>> = {
  'as it stands': (row) => [row],
  'without rows in Turkish': (row) => (row.data['locale'] === 'tr' ? [] : [row]),
  'without some rows in Turkish': (row) =>
    row.data['locale'] === 'tr' && Number(row.id) % 2 === 0 ? [] : [row],
  'without drafts': (row) => (row.data['publishedAt'] === null ? [] : [row]),
  'under other names': (row) => [
    { ...row, data: { ...row.data, documentId: `other-${row.data['documentId']}` } },
  ],
  'with files under other names': (row) =>
    row.type === file
      ? [{ ...row, data: { ...row.data, documentId: `other-${row.data['documentId']}` } }]
      : [row],
  'with titles of its own': (row) =>
    'title' in row.data ? [{ ...row, data: { ...row.data, title: `${row.data['title']}!` } }] : [row],
};

const databases = postgresPrograms() === null ? (['SQLite'] as const) : (['SQLite', 'PostgreSQL'] as const);

describe.each(databases)('what a merge has to know of hard content in %s', (database) => {
  let server: Postgres | null = null;
  let loaded: StrapiInProcess;
  let staging: MemoryContent;
  let whole: TransferSource;
  /** Changesets that can be carried out. */
  let fitting: number;

  beforeAll(async () => {
    if (database === 'PostgreSQL') server = await startPostgres();
    loaded = await loadStrapi(server === null ? {} : { database: await server.createDatabase('hard') });
    const pulled = site();
    await pulled.open();
    const standing: MemoryContent = {
      ...{ metadata: await pulled.metadata(), schemas: await pulled.schemas() },
      ...{ entities: await rowsOf(pulled, 'entities'), links: await rowsOf(pulled, 'links') },
      ...{ configuration: [], assets: [] },
    };
    await pulled.close();
    whole = createMemoryStore(standing).source();
    await whole.open();
    staging = stagingOf(standing).content;
  });
  afterAll(async () => {
    await loaded?.stop();
    await server?.stop();
  });

  const site = () => strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });

  async function chosen(selection: Selection, change: Change = (row) => [row]): Promise<Selected> {
    const content = { ...staging, entities: staging.entities.flatMap(change) };
    const source = createMemoryStore(content).source();
    await source.open();
    return select(source, selection, { only: [], exclude: [] });
  }

  async function concerned(selected: Selected): Promise<TransferSource> {
    return answering(await concernOf(selected));
  }

  async function answering(concern: Concern | null): Promise<TransferSource> {
    const source = concern && site().concerning?.(concern);
    if (source == null) throw new Error('it is not asked');
    await source.open();
    return source;
  }

  /** All that a plan says, and all that it would send. */
  async function planned(selected: Selected, standing: TransferSource) {
    const options = { onConflict: 'replace', onlyAdds: false } as const;
    const plan = await planMerge(selected, standing, await match(selected, standing), options);
    const source = plannedSource(plan);
    const narrow = await answering(await concernOfChangeset(source, changesetOfPlan(plan)));
    const held = (there: TransferSource) =>
      checkStanding(source, there, changesetOfPlan(plan), { end: 'it', givesIds: true }).then(
        () => 'fits',
        ({ message }: Error) => message,
      );
    const verdict = await held(narrow);
    await narrow.close();
    expect(verdict).toBe(await held(whole));
    if (verdict === 'fits') fitting += 1;
    return {
      ...changesetOfPlan(plan),
      plan: sorted(plan.plan),
      unlinks: texts(changesetOfPlan(plan).unlinks),
      entities: texts(await rowsOf(source, 'entities')),
      links: texts(await rowsOf(source, 'links')),
    };
  }

  it('is enough for the same plan, and for the changeset of it, whatever is chosen and however the source differs', async () => {
    const names = [
      ...new Set(staging.entities.map(({ type, data }) => `${type}:${String(data['documentId'])}`)),
    ];
    const selections = fc.record({
      documents: fc.subarray(names, { minLength: 1, maxLength: 12 }),
      closure: fc.nat({ max: 2 }),
      locales: fc.constantFrom(undefined, ['en'], ['en', 'tr']),
      change: fc.constantFrom(...Object.keys(changes)),
    });
    let compared = 0;
    fitting = 0;
    const property = fc.asyncProperty(selections, async ({ documents, change, ...rest }) => {
      const renames = change === 'under other names' ? 'other-' : '';
      const selection = {
        ...rest,
        documents: documents.map((name) => {
          const [type = '', documentId = ''] = name.split(/:(?!:)(?<!::)/);
          const isRenamed = renames !== '' || (change === 'with files under other names' && type === file);
          return { type, documentId: isRenamed ? `other-${documentId}` : documentId };
        }),
      };
      let selected: Selected;
      try {
        selected = await chosen(selection, changes[change]);
      } catch {
        // No row of it in these locales.
        return;
      }
      const narrow = await concerned(selected);
      try {
        expect(await planned(selected, narrow)).toEqual(await planned(selected, whole));
        compared += 1;
      } finally {
        await narrow.close();
      }
    });
    await fc.assert(property, { numRuns: database === 'SQLite' ? 40 : 15, seed: 23 });
    expect(compared).toBeGreaterThan(10);
    expect(fitting).toBeGreaterThan(5);
  });
});

describe('a site that grows', () => {
  let loaded: StrapiInProcess;

  beforeAll(async () => {
    loaded = await loadStrapi({ content: { articles: 1200, assetBytes: 3000, assetCount: 3 } });
  });
  afterAll(() => loaded?.stop());

  type Page = readonly Readonly<Record<string, unknown>>[];

  /** What is given, and the pages of rows that the database was asked for. */
  async function answered(concern: Concern) {
    const { strapi } = loaded;
    const read: Page[] = [];
    const pins = createPins(strapi);
    const counting: Pins = {
      ...pins,
      async takeBriefly(signal) {
        const pin = await pins.takeBriefly(signal);
        return {
          ...pin,
          async rows(query) {
            const rows = await pin.rows(query);
            read.push(rows);
            return rows;
          },
        };
      },
    };
    const source = strapiSource(strapi, { pins: counting }).concerning?.(concern);
    await source?.open();
    const given = source && [await rowsOf(source, 'entities'), await rowsOf(source, 'links')];
    await source?.close();
    return { given, read };
  }

  /** Ten articles. */
  async function concerned() {
    const whole = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
    await whole.open();
    const documents = Array.from({ length: 10 }, (_, n) => ({
      type: article,
      documentId: oldName('earticle', 20 * n),
    }));
    const concern = await concernOf(await select(whole, { documents }, { only: [], exclude: [] }));
    await whole.close();
    return concern ?? {};
  }

  /** Pages of articles with all of their columns. */
  const wholeIn = (read: readonly Page[]) =>
    read.filter(([first]) => first !== undefined && 'title' in first);

  it('is asked for each row once, however many names lead to it, and for a hundred rows at a time', async () => {
    const documents = Array.from({ length: 250 }, (_, n) => oldName('earticle', n));
    const slugs = await loaded.strapi.db
      .connection('articles')
      .whereIn('document_id', documents)
      .pluck('slug');
    const { read } = await answered({ [article]: { documents, values: { slug: slugs } } });
    const pages = wholeIn(read);
    const ids = pages.flatMap((page) => page.map(({ id }) => id));
    expect(ids.length).toBe(250);
    expect(new Set(ids).size).toBe(ids.length);
    expect(Math.max(...pages.map(({ length }) => length))).toBe(100);
  });

  it('is asked for no row by a value that any row may have', async () => {
    const { connection } = loaded.strapi.db;
    const some = () => connection('articles').where('id', '>', 1190);
    await some().update({ slug: '' });
    const { given } = await answered({ [article]: { documents: [], values: { slug: [''] } } });
    expect(given).toEqual([[], []]);
  });

  it('gives what it holds in slices, and none once it is closed', async () => {
    const documents = Array.from({ length: 1200 }, (_, n) => oldName('earticle', n));
    const pins = createPins(loaded.strapi);
    const source = strapiSource(loaded.strapi, { pins }).concerning?.({
      [article]: { documents, values: {} },
    });
    if (source?.rowTexts === undefined) throw new Error('it gives no texts');
    await source.open();
    const batches: (readonly Entity[])[] = [];
    for await (const rows of source.rows('entities')) batches.push(rows);
    expect(batches.map(({ length }) => length)).toEqual([500, 500, 200]);
    const texts = source.rowTexts('entities')[Symbol.asyncIterator]();
    expect(await texts.next()).toEqual({ done: false, value: batches[0]?.map((row) => JSON.stringify(row)) });
    await source.close();
    await expect(texts.next()).rejects.toMatchObject({ code: 'ABORTED' });
  });

  it('lets a client leave that waits until all of it can be read', async () => {
    const waiting = deferred<void>();
    const pins: Pins = {
      ...createPins(loaded.strapi),
      take: (signal) =>
        new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new TransferError('ABORTED')));
          waiting.resolve();
        }),
    };
    // Values of its unique fields are not told, so they cannot be looked for.
    const concern = { [article]: { documents: [], values: {}, places: [] } };
    const source = strapiSource(loaded.strapi, { pins }).concerning?.(concern);
    const opened = expect(source?.open()).rejects.toMatchObject({ code: 'ABORTED' });
    await waiting.promise;
    await source?.close();
    await opened;
  });

  const names = (count: number): Concern => ({
    [article]: { documents: Array.from({ length: count }, (_, n) => oldName('earticle', n)), values: {} },
  });

  it('is read like any other pull by a session for which all others together leave no memory', async () => {
    const pins: Pins = {
      ...createPins(loaded.strapi),
      share: createSharedMemory({ ofOne: 1_000_000, ofAll: 1_000_000 }),
    };
    const asked = async (count: number) => {
      const source = strapiSource(loaded.strapi, { pins }).concerning?.(names(count));
      await source?.open();
      const rows = source && (await rowsOf(source, 'entities')).filter(({ type }) => type === article);
      return { rows: rows?.length, close: () => source?.close() };
    };
    const many = await asked(1000);
    const second = await asked(900);
    expect([many.rows, second.rows]).toEqual([1000, 1200]);
    await many.close();
    const third = await asked(900);
    expect(third.rows).toBe(900);
    for (const { close } of [second, third]) await close();
    // What was too much for it alone holds nothing either.
    const fourth = await asked(1000);
    expect(fourth.rows).toBe(1000);
    await fourth.close();
  });

  it.each([
    ['whose client leaves', () => new TransferError('ABORTED')],
    ['that the database fails', () => new Error('SQLITE_IOERR')],
  ])('holds no memory for a session %s while it is read', async (_, failure) => {
    let held = 0;
    const pins = createPins(loaded.strapi);
    const failing: Pins = {
      ...pins,
      share: () => {
        const share = pins.share();
        return {
          take(characters) {
            held += characters;
            return share.take(characters);
          },
          giveBack() {
            held = 0;
            share.giveBack();
          },
        };
      },
      async takeBriefly(signal) {
        const pin = await pins.takeBriefly(signal);
        const rows: typeof pin.rows = async (query) => {
          if (held > 0) throw failure();
          return pin.rows(query);
        };
        return { ...pin, rows };
      },
    };
    const source = strapiSource(loaded.strapi, { pins: failing }).concerning?.(names(300));
    await expect(source?.open()).rejects.toThrow();
    expect(held).toBe(0);
  });

  it('lets others at SQLite’s only connection after half a second, and reads on in a copy', async () => {
    let time = 0;
    // Each look at it takes a tenth of a second: the copy is read without a limit.
    const clock = { ...realClock, now: () => (time += 100) };
    const order: string[] = [];
    const note = (what: string) => {
      if (order.at(-1) !== what) order.push(what);
    };
    const noting = async (taking: Promise<Pin>, what: string): Promise<Pin> => {
      const pin = await taking;
      const rows: Pin['rows'] = async (query) => {
        const found = await pin.rows(query);
        note(what);
        return found;
      };
      return { ...pin, rows };
    };
    const pins = createPins(loaded.strapi, { clock });
    const noted: Pins = {
      ...pins,
      takeBriefly: (signal) => noting(pins.takeBriefly(signal), 'read at the connection'),
      take: (signal) => noting(pins.take(signal), 'read in a copy'),
    };
    const concern = names(1200);
    const source = strapiSource(loaded.strapi, { pins: noted }).concerning?.(concern);
    const opened = source?.open();
    await loaded.strapi.db.connection('articles').count();
    note('another was answered');
    await opened;
    expect(order).toEqual(['read at the connection', 'another was answered', 'read in a copy']);
    const given = source && [await rowsOf(source, 'entities'), await rowsOf(source, 'links')];
    await source?.close();
    expect(given).toEqual((await answered(concern)).given);
  });

  it('is asked for as many rows as before, and gives as many', async () => {
    const { connection } = loaded.strapi.db;
    const counts = async () => {
      const { given, read } = await answered(await concerned());
      return { given: given?.map(({ length }) => length), read: read.flat().length };
    };
    const large = await counts();
    for (const table of ['articles_author_lnk', 'articles_categories_lnk'])
      await connection(table).where('article_id', '>', 300).delete();
    await connection('articles').where('id', '>', 300).delete();
    expect(await counts()).toEqual(large);
    expect(large.read).toBeLessThan(400);
  });
});

const texts = (rows: readonly unknown[]) => rows.map((row) => JSON.stringify(row)).sort();
const sorted = (plan: object) =>
  Object.fromEntries(
    Object.entries(plan).map(([key, part]) => [key, Array.isArray(part) ? texts(part) : part]),
  );
