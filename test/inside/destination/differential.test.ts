import { cp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { restoreFor } from '../../../src/protocol/clearing.js';
import type { RestoreOptions } from '../../../src/protocol/messages.js';
import { restoreAll, restoreNothing } from '../../../src/protocol/restore.js';
import { strapiDestination } from '../../../src/strapi/destination/destination.js';
import { canonicalTables, uploadsOf } from '../support/canonical-tables.js';
import { loadWithSpecimens, readExactly, theSameSpecimens } from '../support/specimens.js';
import { loadStrapi, type StrapiInProcess } from '../support/strapi-in-process.js';
import { type Pushed, pushByFerry, pushByStrapi } from '../support/strapis-own-providers.js';

interface Left {
  readonly tables: Record<string, string[]>;
  readonly uploads: Record<string, string>;
}

interface Case {
  /** @default 'hard' */
  readonly from?: 'site';
  /** What comes of it. */
  readonly only?: { readonly type?: (uid: string) => boolean; readonly configuration?: false };
  readonly restore: (schemas: readonly string[]) => RestoreOptions;
  /** Tables that Ferry leaves alone, where Strapi deletes their rows: releases never move, and are never touched. */
  readonly kept?: readonly string[];
}

const category = 'api::category.category';
const isOfFiles = (uid: string) => uid.startsWith('plugin::upload.');
const none = { coreStore: false, webhook: false };

/** Pushes of the hard content into a site that is in use, as Strapi's own command makes them. */
const cases: Readonly<Record<string, Case>> = {
  everything: { restore: (schemas) => restoreFor(restoreAll, schemas) },
  'a site with its end users': { from: 'site', restore: (schemas) => restoreFor(restoreAll, schemas) },
  'everything, where the client names no types': {
    restore: () => restoreAll,
    kept: ['strapi_releases', 'strapi_release_actions', 'strapi_release_actions_release_lnk'],
  },
  'rows without files': {
    only: { type: (uid) => !isOfFiles(uid) },
    restore: (schemas) =>
      restoreFor(
        {
          ...restoreAll,
          assets: false,
          entities: { exclude: ['plugin::upload.file', 'plugin::upload.folder'] },
        },
        schemas,
      ),
  },
  'one type': {
    only: { type: (uid) => uid === category, configuration: false },
    restore: (schemas) =>
      restoreFor({ assets: false, configuration: none, entities: { include: [category] } }, schemas),
  },
  'all but one type': {
    only: { type: (uid) => uid !== category },
    restore: (schemas) => restoreFor({ ...restoreAll, entities: { exclude: [category] } }, schemas),
  },
  'settings alone': {
    only: { type: () => false },
    restore: () => ({ ...restoreAll, assets: false, entities: { include: [] } }),
  },
  'rows that are added': { restore: () => restoreNothing },
};

const left = { ours: new Map<string, Left>(), theirs: new Map<string, Left>() };

/** Throws where the case was not run. */
function leftBy(side: keyof typeof left, name: string): Left {
  const found = left[side].get(name);
  if (found === undefined) throw new Error(`No push of ${name} was run`);
  return found;
}

/** One Strapi at a time: two in one process share what they know of permissions. */
beforeAll(async () => {
  const pushed = { hard: await contentOf('hard'), site: await contentOf('site') };
  const prepare = await theSameSpecimens({ content: 'site' });
  const ferry = (to: StrapiInProcess, some: Pushed, restore: RestoreOptions) =>
    pushByFerry(strapiDestination(to.strapi), some, restore);
  for (const [side, push] of [
    ['ours', ferry],
    ['theirs', pushByStrapi],
  ] as const) {
    const to = await loadStrapi({ content: 'site', prepare });
    const reset = await snapshotOf(to);
    for (const [name, one] of Object.entries(cases)) {
      const some = partOf(pushed[one.from ?? 'hard'], one);
      await push(to, some, one.restore(some.schemas));
      left[side].set(name, {
        tables: await canonicalTables(to.strapi),
        uploads: await uploadsOf(to.folder),
      });
      await reset();
    }
    await to.stop();
  }
}, 240_000);

async function contentOf(content: 'hard' | 'site'): Promise<Pushed> {
  const source = await (content === 'hard' ? loadWithSpecimens() : loadStrapi({ content }));
  await addLogo(source);
  const pushed = await readExactly(source);
  await source.stop();
  return pushed;
}

/** As the admin panel keeps one. */
async function addLogo({ strapi, folder }: StrapiInProcess): Promise<void> {
  await writeFile(
    join(folder, 'public', 'uploads', 'logo_0123456789.svg'),
    '<svg xmlns="http://www.w3.org/2000/svg"/>',
  );
  const menuLogo = {
    ...{ name: 'logo.svg', hash: 'logo_0123456789', ext: '.svg', url: '/uploads/logo_0123456789.svg' },
    ...{ width: 10, height: 10, size: 0.04, provider: 'local' },
  };
  await strapi.db.connection('strapi_core_store_settings').insert({
    ...{ key: 'core_admin_project-settings', type: 'object' },
    value: JSON.stringify({ menuLogo, authLogo: null }),
  });
}

test.each(Object.keys(cases))('a push of %s leaves every table as Strapi leaves it', (name) => {
  const [ours, theirs] = [leftBy('ours', name).tables, leftBy('theirs', name).tables];
  expect(Object.keys(theirs).length).toBeGreaterThan(40);
  expect(Object.keys(ours)).toEqual(Object.keys(theirs));
  const kept = cases[name]?.kept ?? [];
  for (const table of Object.keys(theirs))
    if (!kept.includes(table))
      expect(rowsOf(ours, table), table).toEqual(rowsOf(theirs, table).filter(leadsSomewhere));
});

test('links lead to rows, and there are some of each kind', () => {
  const { tables } = leftBy('ours', 'everything');
  expect(
    Object.values(tables)
      .flat()
      .filter((row) => !leadsSomewhere(row)),
  ).toEqual([]);
  for (const table of [
    'articles_cmps',
    'files_related_mph',
    'articles_categories_lnk',
    'categories_parent_lnk',
    'specimens_cmps',
    'specimens_friends_lnk',
    'specimens_subjects_mph',
  ])
    expect(tables[table]?.length, table).toBeGreaterThan(3);
});

test.each(Object.keys(cases))('a push of %s leaves every file as Strapi leaves it', (name) => {
  expect(leftBy('ours', name).uploads).toEqual(leftBy('theirs', name).uploads);
});

/** When this Strapi was started decides when it counts. */
const rowsOf = (tables: Left['tables'], table: string): readonly string[] =>
  (tables[table] ?? []).filter((row) => !row.includes('"plugin_upload_metrics"'));

/** Strapi leaves links of files that stay to rows that are gone. */
const leadsSomewhere = (row: string): boolean => !/"related_id":"none /.test(row);

function partOf(pushed: Pushed, { only }: Case): Pushed {
  const { type = () => true, configuration } = only ?? {};
  return {
    ...pushed,
    entities: pushed.entities.filter((row) => type(row.type)),
    // A component's links come with the type that holds it, or lead nowhere.
    links: pushed.links.filter(({ left, right }) =>
      [left.type, right.type].every((uid) => !uid.includes('::') || type(uid)),
    ),
    configuration: configuration === false ? [] : pushed.configuration,
    assets: pushed.assets,
  };
}

/** Resolves with what makes database and files as they are now. */
async function snapshotOf({ strapi, folder }: StrapiInProcess): Promise<() => Promise<void>> {
  const tables: string = new URL('../../strapi/seed/tables.mjs', import.meta.url).href;
  const { saveTables, restoreTables } = (await import(tables)) as Record<
    'saveTables' | 'restoreTables',
    (connection: object, file: string) => Promise<void>
  >;
  const [saved, uploads, kept] = [
    join(folder, 'saved.db'),
    join(folder, 'public', 'uploads'),
    join(folder, 'kept'),
  ];
  await saveTables(strapi.db.connection, saved);
  await cp(uploads, kept, { recursive: true });
  return async () => {
    await restoreTables(strapi.db.connection, saved);
    await rm(uploads, { recursive: true });
    await cp(kept, uploads, { recursive: true });
  };
}
