import { readdir, readFile, readlink, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Knex } from 'knex';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SimulatedClock } from 'xstate';
import { isProtectedType } from '../../../src/protocol/protected-types.js';
import type { TransferSource } from '../../../src/stores/store.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { rowsOf, watchedPins } from '../support/pulled.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';

const article = 'api::article.article';
const articles = 1200;
const content = { articles, assetBytes: 3000, assetCount: 3 };
const databases = postgresPrograms() === null ? (['SQLite'] as const) : (['SQLite', 'PostgreSQL'] as const);

describe.each(databases)('a pull from a Strapi in %s', (database) => {
  let server: Postgres | null = null;
  let loaded: StrapiInProcess;
  let knex: Knex;

  beforeAll(async () => {
    if (database === 'PostgreSQL') server = await startPostgres();
    const postgres = server && { database: await server.createDatabase('bulk'), pool: { min: 0, max: 10 } };
    loaded = await loadStrapi({ content, ...postgres });
    knex = loaded.strapi.db.connection;
  });
  afterAll(async () => {
    await loaded?.stop();
    await server?.stop();
  });

  const source = (pins = createPins(loaded.strapi)) => strapiSource(loaded.strapi, { pins });

  async function opened(pins = createPins(loaded.strapi)): Promise<TransferSource> {
    const each = source(pins);
    await each.open();
    return each;
  }

  /** Temporary files beside the database, removed and still open ones too, and connections that are held. */
  async function held() {
    const descriptors = await readdir('/proc/self/fd');
    const open = await Promise.all(descriptors.map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => '')));
    const names = [...(await readdir(loaded.folder)), ...open];
    const { pool } = knex.client as { pool: { numUsed(): number } };
    return { files: names.filter((name) => name.includes('ferry-pin')), connections: pool.numUsed() };
  }
  const nothing = { files: [], connections: 0 };

  it('has each row once, as it stood at the beginning, while 400 are edited, and 1 is added and removed', async () => {
    const edited = await knex('articles').select('id').orderBy('id', 'desc').limit(400);
    const pull = await opened();
    const found: { id: number | string; title: unknown }[] = [];
    for await (const rows of pull.rows('entities')) {
      const own = rows.filter(({ type }) => type === article);
      found.push(...own.map(({ id, data }) => ({ id, title: data['title'] })));
      // All at once after the first page, as Strapi's editors would between two queries.
      if (found.length === 0 || found.length > own.length) continue;
      for (const { id } of edited)
        await knex('articles').where({ id }).update({ title: 'Edited', updated_at: new Date() });
      await knex('articles')
        .where({ id: edited.at(-1)?.id })
        .delete();
      await knex('articles').insert({ title: 'Added', document_id: 'added' });
    }
    await pull.close();
    expect(found).toHaveLength(articles);
    expect(new Set(found.map(({ id }) => id)).size).toBe(articles);
    expect(found.filter(({ title }) => !/^Article \d+$/.test(String(title)))).toEqual([]);
    expect(await knex('articles').where({ title: 'Edited' })).toHaveLength(399);
  });

  it('keeps no other from writing and reading while it runs', async () => {
    const pull = await opened();
    for (const step of ['entities', 'links', 'configuration'] as const) {
      for await (const rows of pull.rows(step)) {
        expect(rows.length).toBeGreaterThan(0);
        await knex('authors')
          .where({ name: 'Author 1' })
          .update({ email: `${step}@example.com` });
        expect(await loaded.strapi.db.query('api::author.author').count()).toBe(20);
      }
    }
    await pull.close();
  });

  describe('between two files', () => {
    const files = async () => {
      const [, second] = await knex('files').orderBy('id');
      const table = () => knex('files').where({ id: second.id });
      const path = join(loaded.folder, 'public', second.url);
      return {
        ...{ row: second, table, path, remove: () => rm(path) },
        renumber: () => table().update({ id: Number(second.id) + 1000 }),
      };
    };
    type Change = (found: Awaited<ReturnType<typeof files>>) => Promise<unknown>;

    /**
     * @param facts Of the row, from before the pull on
     * @param at Bytes that are read before the change
     */
    async function pulledWhile(change: Change, facts: object = {}, at = 0): Promise<number> {
      const found = await files();
      const bytes = await readFile(found.path);
      await found.table().update({ ...found.row, ...facts });
      const pull = await opened();
      let count = 0;
      try {
        for await (const { stream } of pull.assets()) {
          if (count === at) await change(found);
          for await (const _ of stream()) count += _.length;
        }
      } finally {
        await pull.close();
        await knex('files').where({ hash: found.row.hash }).orWhere({ id: found.row.id }).delete();
        await knex('files').insert(found.row);
        await writeFile(found.path, bytes);
      }
      return count;
    }

    it.each<readonly [string, Change]>([
      ['a push replaces all rows', ({ renumber }) => renumber()],
      ...[{ size: 9 }, { mime: 'image/webp' }, { width: 9 }, { height: 9 }].map(
        (facts): readonly [string, Change] => [
          `a merge or an editor replaces a file by one of another ${Object.keys(facts)}`,
          ({ table }) => table().update(facts),
        ],
      ),
    ])('%s: the pull ends, since its rows may not be of these bytes', async (_, change) => {
      await expect(pulledWhile(change)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    });

    it.each<readonly [string, Change]>([
      [
        'an editor writes another text about a file',
        ({ table }) => table().update({ alternative_text: 'Dawn' }),
      ],
      ['an editor deletes a file', ({ table }) => table().delete()],
    ])('%s: it comes, as it stood', async (_, change) => {
      expect(await pulledWhile(change)).toBe(3000);
    });

    const thumbnail = { hash: 'thumbnail_gone', ext: '.png', url: '/uploads/thumbnail_gone.png' };
    const elsewhere = { provider: 'bucket', url: 'http://127.0.0.1:9/gone.png' };

    it.each<readonly [string, Change, object]>([
      [
        'a push removes a file with its row',
        ({ remove, table }) => Promise.all([remove(), table().delete()]),
        {},
      ],
      [
        'a push removes a file and numbers its row anew',
        ({ remove, renumber }) => Promise.all([remove(), renumber()]),
        {},
      ],
      [
        'a push gives a file another key',
        ({ remove, table }) => Promise.all([remove(), table().update({ hash: 'another' })]),
        {},
      ],
      [
        'a push moves a file to another address',
        ({ remove, table }) => Promise.all([remove(), table().update({ url: '/uploads/another.png' })]),
        {},
      ],
      [
        'a push gives a file other formats',
        ({ table }) => table().update({ formats: null }),
        { formats: JSON.stringify({ thumbnail }) },
      ],
      ['a provider cannot be asked for a file whose row is gone', ({ table }) => table().delete(), elsewhere],
    ])('%s before its turn: the pull ends, since it would lack that file', async (_, change, facts) => {
      await expect(pulledWhile(change, facts)).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    });

    it('a push removes a file with its row right at its turn: the pull ends', async () => {
      const pulled = pulledWhile(({ remove, table }) => Promise.all([remove(), table().delete()]), {}, 1000);
      await expect(pulled).rejects.toMatchObject({ code: 'SOURCE_CHANGED' });
    });

    it('a file goes whose row stands: the pull goes on without it', async () => {
      expect(await pulledWhile(({ remove }) => remove())).toBe(2000);
    });
  });

  it('leaves two thirds of the pool to the site when ten pull at once, and all come to their end', async () => {
    const pins = createPins(loaded.strapi);
    expect(pins.limit).toBe(3);
    let [open, most] = [0, 0];
    const counts = await Promise.all(
      Array.from({ length: 10 }, async () => {
        const pull = await opened(pins);
        open += 1;
        most = Math.max(most, open);
        expect(await loaded.strapi.db.query('api::author.author').count()).toBe(20);
        const links = await rowsOf(pull, 'links');
        open -= 1;
        await pull.close();
        return links.length;
      }),
    );
    expect(most).toBe(3);
    expect(new Set(counts).size).toBe(1);
    expect(await held()).toEqual(nothing);
  });

  it('says that the others are too many after 20 s, and takes the next when one has ended', async () => {
    const clock = new SimulatedClock();
    const pins = createPins(loaded.strapi, { clock });
    const three = [await opened(pins), await opened(pins), await opened(pins)];
    const fourth = opened(pins);
    const refused = expect(fourth).rejects.toMatchObject({
      code: 'SOURCE_BUSY',
      message: expect.stringContaining('(3)'),
    });
    await turns();
    clock.increment(19_999);
    await turns();
    clock.increment(1);
    await refused;
    const fifth = opened(pins);
    await three[0]?.close();
    await (await fifth).close();
    for (const each of three) await each.close();
    expect(await held()).toEqual(nothing);
  });

  it('gives up the wait for others when it is closed', async () => {
    const pins = createPins(loaded.strapi, { clock: new SimulatedClock() });
    const three = [await opened(pins), await opened(pins), await opened(pins)];
    const fourth = source(pins);
    const opening = expect(fourth.open()).rejects.toMatchObject({ code: 'ABORTED' });
    await turns();
    await fourth.close();
    await opening;
    for (const each of three) await each.close();
    expect(await held()).toEqual(nothing);
  });

  it('leaves no file and no connection, at whatever turn of its opening it is closed', async () => {
    for (let turn = 0; turn < 40; turn += 1) {
      const pull = source();
      const opening = pull.open().catch((error: unknown) => error);
      await turns(turn);
      await pull.close();
      await opening;
      expect([turn, await held()]).toEqual([turn, nothing]);
      await expect(rowsOf(pull, 'links')).rejects.toMatchObject({ code: 'ABORTED' });
    }
  });

  it('leaves none, and ends with ABORTED, at whatever statement of its reading it is closed', async () => {
    let statements = 0;
    const whole = await opened(
      watchedPins(createPins(loaded.strapi), () => {
        statements += 1;
      }),
    );
    await readAll(whole);
    await whole.close();
    for (let stop = 3; stop < statements; stop += 5) {
      let at = 0;
      let closing: Promise<void> | undefined;
      const pull = source(
        watchedPins(createPins(loaded.strapi), () => {
          at += 1;
          if (at === stop) closing = pull.close();
        }),
      );
      await pull.open();
      await expect(readAll(pull), `closed at statement ${stop}`).rejects.toMatchObject({ code: 'ABORTED' });
      await closing;
      expect([stop, await held()]).toEqual([stop, nothing]);
    }
  });

  it.runIf(database === 'SQLite')('removes at its start what a killed process has left', async () => {
    const [killed, running] = ['data.db.ferry-pin.77-1-here.1', 'data.db.ferry-pin.88-1-here.1'];
    for (const name of [killed, running]) await writeFile(join(loaded.folder, name), 'a copy');
    const processes = { self: '1-1-here', alive: (name: string) => name.startsWith('88') };
    await createPins(loaded.strapi, { processes }).removeLeftovers();
    expect((await held()).files).toEqual([running]);
    await rm(join(loaded.folder, running));
  });

  it.runIf(database === 'SQLite')(
    'leaves the copy that a process of another container makes, until it is old',
    async () => {
      const copy = 'data.db.ferry-pin.77-1-there.1';
      await writeFile(join(loaded.folder, copy), 'a copy');
      const processes = { self: '1-1-here', alive: () => undefined };
      const removeAfter = (minutes: number) =>
        createPins(loaded.strapi, { processes, now: () => Date.now() + minutes * 60_000 }).removeLeftovers();
      await removeAfter(9);
      expect((await held()).files).toEqual([copy]);
      await removeAfter(11);
      expect((await held()).files).toEqual([]);
    },
  );

  it.runIf(database === 'SQLite')('is refused where the disk has no room for a copy', async () => {
    const pins = createPins(loaded.strapi, { freeBytes: async () => 1000 });
    await expect(opened(pins)).rejects.toMatchObject({ code: 'NO_SPACE' });
    expect(await held()).toEqual(nothing);
  });

  it.runIf(database === 'SQLite')(
    'makes one copy for pulls that begin together, and keeps it for the last',
    async () => {
      let copies = 0;
      const pins = createPins(loaded.strapi, {
        freeBytes: async () => {
          copies += 1;
          return undefined;
        },
      });
      const [first, second, third] = await Promise.all([opened(pins), opened(pins), opened(pins)]);
      expect(copies).toBe(1);
      await first?.close();
      await second?.close();
      await expect(first && rowsOf(first, 'links')).rejects.toMatchObject({ code: 'ABORTED' });
      expect((third && (await rowsOf(third, 'links')))?.length).toBeGreaterThan(0);
      const later = await opened(pins);
      expect(copies).toBe(2);
      await third?.close();
      await later.close();
      expect(await held()).toEqual(nothing);
    },
  );

  it.runIf(database === 'SQLite')('says what to change where the pool has one connection', async () => {
    const { strapi } = loaded;
    const one = { ...strapi.db.connection, client: { pool: { max: 1 } } };
    const db = { ...strapi.db, dialect: { client: 'postgres' as const }, connection: one as unknown as Knex };
    await expect(createPins({ ...strapi, db }).take(new AbortController().signal)).rejects.toMatchObject({
      code: 'POOL_TOO_SMALL',
      message: expect.stringContaining('pool.max'),
    });
  });

  it('ends with an error of the table, without the statement, when the database fails', async () => {
    const failing = watchedPins(createPins(loaded.strapi), (sql) => {
      if (sql.includes('articles_author_lnk')) throw new Error(`${sql} - the disk failed`);
    });
    const pull = await opened(failing);
    await expect(rowsOf(pull, 'links')).rejects.toMatchObject({
      code: 'STORE_FAILED',
      message: 'this Strapi cannot be used: the disk failed. Nothing in it was changed.',
    });
    await pull.close();
    expect(await held()).toEqual(nothing);
  });

  it('never reads a table of a type that does not move', async () => {
    const statements: string[] = [];
    const pull = await opened(watchedPins(createPins(loaded.strapi), (sql) => void statements.push(sql)));
    await readAll(pull);
    await pull.close();
    const kept = Object.keys(loaded.strapi.contentTypes).filter(isProtectedType);
    const tables = kept.map((uid) => loaded.strapi.db.metadata.get(uid)?.tableName ?? uid);
    expect(tables).toContain('admin_users');
    for (const table of tables)
      expect(statements.filter((sql) => new RegExp(`\\b${table}\\b`).test(sql))).toEqual([]);
  });
});

async function readAll(pull: TransferSource): Promise<void> {
  for (const step of ['entities', 'links', 'configuration'] as const) await rowsOf(pull, step);
}

/** So many turns of the event loop. */
async function turns(count = 20): Promise<void> {
  for (let turn = 0; turn < count; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
