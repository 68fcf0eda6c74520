import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TransferSource } from '../../../src/stores/store.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { rowsOf } from '../support/pulled.js';
import { sorted } from '../support/sorted.js';
import { bigIntegersRounded, loadWithSpecimens } from '../support/specimens.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { onWire, sha256Of, strapisSource } from '../support/strapis-source.js';

const sqlite = (['current', 'older'] as const).flatMap((version) =>
  (['hard', 'site'] as const).map((content) => ({ version, content, database: 'SQLite' })),
);
const postgres =
  postgresPrograms() === null
    ? []
    : (['hard', 'site'] as const).map((content) => ({
        version: 'current' as const,
        content,
        database: 'PostgreSQL',
      }));

describe.each([...sqlite, ...postgres])('$version Strapi, $content, $database', (kind) => {
  let server: Postgres | null = null;
  let loaded: StrapiInProcess;
  let ours: TransferSource;
  let theirs: Awaited<ReturnType<typeof strapisSource>>;

  beforeAll(async () => {
    const { version, content, database } = kind;
    if (database === 'PostgreSQL') server = await startPostgres();
    const load = content === 'hard' ? loadWithSpecimens : loadStrapi;
    loaded = await load({
      version,
      content,
      ...(server === null ? {} : { database: await server.createDatabase(content) }),
    });
    theirs = await strapisSource(loaded);
    ours = strapiSource(loaded.strapi, { pins: createPins(loaded.strapi) });
    await ours.open();
  });
  afterAll(async () => {
    await ours?.close();
    await loaded?.stop();
    await server?.stop();
  });

  it('has the same schemas', async () => {
    expect(await ours.schemas()).toEqual(theirs.schemas());
  });

  it('has the same entities, and big integers as they are stored', async () => {
    const [own, strapis] = [(await rowsOf(ours, 'entities')).map(onWire), await theirs.rows('entities')];
    expect(own.length).toBeGreaterThan(10);
    // SQLite gives Strapi a number for them.
    const rounded = kind.database === 'SQLite' ? own.map(bigIntegersRounded) : own;
    expect(sorted(rounded)).toEqual(sorted(strapis));
  });

  it.each(['links', 'configuration'] as const)('has the same %s', async (step) => {
    const [own, strapis] = [(await rowsOf(ours, step)).map(onWire), await theirs.rows(step)];
    expect(own.length).toBeGreaterThan(3);
    expect(sorted(own)).toEqual(sorted(strapis));
  });

  it('has the same assets in the same order, with their bytes', async () => {
    const own = [];
    for await (const { filename, metadata, size, stream } of ours.assets()) {
      const sha256 = await sha256Of(stream({ chunkSize: 1000, reuse: true }));
      own.push({ filename, metadata: onWire(metadata), size, sha256 });
    }
    expect(own.length).toBeGreaterThan(1);
    expect(own).toEqual(await theirs.assets());
    const bytes = own.reduce((sum, { size }) => sum + (size ?? 0), 0);
    expect(ours.totals?.('assets')?.count).toBe(own.length);
    expect(Math.abs((ours.totals?.('assets')?.bytes ?? 0) - bytes)).toBeLessThanOrEqual(5 * own.length);
  });
});
