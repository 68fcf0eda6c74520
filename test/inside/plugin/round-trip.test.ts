import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTransfer } from '../../../src/index.js';
import { strapiPull, strapiPush, strapiRead } from '../../strapi/harness/strapi-client.js';
import { type Postgres, postgresPrograms, startPostgres } from '../../support/postgres.js';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../support/strapi-with-plugin.js';

/** But for what is told of the moment. */
const contentOf = ({ counts, types, assets }: Awaited<ReturnType<typeof strapiRead>>) => ({
  counts,
  types,
  assets,
});

const databases = postgresPrograms() === null ? ['SQLite'] : ['SQLite', 'PostgreSQL'];

describe.each(databases)('%s', (database) => {
  let server: Postgres | null = null;
  let scratch: string;
  let from: StrapiWithPlugin;
  let to: StrapiWithPlugin;
  beforeAll(async () => {
    scratch = await mkdtemp(join(tmpdir(), 'ferry-inside-'));
    if (database === 'PostgreSQL') server = await startPostgres();
    const databaseOf = async (name: string) =>
      server === null ? {} : { database: await server.createDatabase(name) };
    const beside = { enabled: true, config: { replaceBuiltIn: false } };
    [from, to] = await Promise.all([
      startStrapiWithPlugin({ content: 'hard', ferry: beside, ...(await databaseOf('from')) }),
      startStrapiWithPlugin(await databaseOf('to')),
    ]);
  });
  afterAll(async () => {
    await Promise.all([from?.stop(), to?.stop()]);
    await server?.stop();
    await rm(scratch, { recursive: true });
  });

  const ours = () => from.adminUrl.replace('/admin', '/ferry');
  const tokenOf = (strapi: StrapiWithPlugin) => strapi.tokens.full;

  test('Strapi’s client pulls the same by Ferry’s endpoint as by Strapi’s own', async () => {
    const folders = { own: join(scratch, 'own'), ours: join(scratch, 'ours') };
    const own = await strapiPull({ adminUrl: from.adminUrl, token: tokenOf(from) }, folders.own);
    const byFerry = await strapiPull({ adminUrl: ours(), token: tokenOf(from) }, folders.ours);
    expect([own, byFerry]).toEqual([
      expect.objectContaining({ ok: true }),
      expect.objectContaining({ ok: true }),
    ]);
    expect(contentOf(await strapiRead(folders.ours))).toEqual(contentOf(await strapiRead(folders.own)));
  });

  describe.each(['Strapi’s client', 'Ferry’s client'])('%s', (client) => {
    test('pushes what it pulled, and pulls the same from there', async () => {
      const [there, back] = [join(scratch, `${client} there`), join(scratch, `${client} back`)];
      if (client.startsWith('Strapi')) {
        for (const result of [
          await strapiPull({ adminUrl: ours(), token: tokenOf(from) }, there),
          await strapiPush(there, { adminUrl: to.adminUrl, token: tokenOf(to) }),
          await strapiPull({ adminUrl: to.adminUrl, token: tokenOf(to) }, back),
        ])
          expect(result).toMatchObject({ ok: true });
      } else {
        await createTransfer({ from: ours(), fromToken: tokenOf(from), to: there }).done;
        await createTransfer({ from: there, to: to.adminUrl, toToken: tokenOf(to) }).done;
        await createTransfer({ from: to.adminUrl, fromToken: tokenOf(to), to: back }).done;
      }
      expect(contentOf(await strapiRead(back))).toEqual(contentOf(await strapiRead(there)));
    });
  });
});
