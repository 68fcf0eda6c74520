import { cp, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Entity } from '../../../src/protocol/content.js';
import { createPins } from '../../../src/strapi/source/pins.js';
import { strapiSource } from '../../../src/strapi/source/strapi-source.js';
import type { Strapi } from '../../../src/strapi/strapi.js';
import { rowsOf } from './pulled.js';
import { loadStrapi, type StrapiInProcess, type StrapiInProcessOptions } from './strapi-in-process.js';
import { type Pushed, readByStrapi } from './strapis-own-providers.js';

const folder = fileURLToPath(new URL('../specimens', import.meta.url));
const script: string = new URL('./specimens.mjs', import.meta.url).href;

/** Adds types that have attributes of every kind, custom fields among them, to a project. */
export const addSpecimens = (project: string): Promise<void> => cp(folder, project, { recursive: true });

/**
 * Likewise, to each project the same: with the database that a Strapi makes of such a project, whose rows for these types have
 * ids of their own.
 */
export async function theSameSpecimens(
  options: StrapiInProcessOptions,
): Promise<(project: string) => Promise<void>> {
  const made = await loadStrapi({ ...options, prepare: addSpecimens });
  const database = await readFile(join(made.folder, 'data.db'));
  await made.stop();
  return async (project) => {
    await addSpecimens(project);
    await writeFile(join(project, 'data.db'), database);
  };
}

/** Adds rows of them to hard content: of every value, and links of every kind. */
async function seedSpecimens(strapi: Strapi): Promise<void> {
  const seeds = (await import(script)) as { seedSpecimens(strapi: object): Promise<void> };
  await seeds.seedSpecimens(strapi);
}

/** A Strapi with hard content and specimens. */
export async function loadWithSpecimens(options: StrapiInProcessOptions = {}): Promise<StrapiInProcess> {
  const loaded = await loadStrapi({ content: 'hard', ...options, prepare: addSpecimens });
  await seedSpecimens(loaded.strapi);
  return loaded;
}

/** What Strapi reads, and the rows as Ferry reads them: Strapi rounds big integers of a SQLite, to some that no other database holds. */
export async function readExactly(from: StrapiInProcess): Promise<Pushed> {
  const source = strapiSource(from.strapi, { pins: createPins(from.strapi) });
  await source.open();
  try {
    return { ...(await readByStrapi(from)), entities: await rowsOf(source, 'entities') };
  } finally {
    await source.close();
  }
}

/** Hard content and specimens. */
export async function readSpecimens(options: StrapiInProcessOptions = {}): Promise<Pushed> {
  const from = await loadWithSpecimens(options);
  try {
    return await readExactly(from);
  } finally {
    await from.stop();
  }
}

/** As Strapi reads them from a SQLite. */
export const bigIntegersRounded = (row: Entity): Entity => ({ ...row, data: rounded(row.data) });

function rounded<T>(value: T): T {
  if (Array.isArray(value)) return value.map(rounded) as T;
  if (value === null || typeof value !== 'object') return value;
  const all = Object.entries(value).map(([field, inner]) => [
    field,
    ['views', 'biginteger'].includes(field) && inner !== null ? String(Number(inner)) : rounded(inner),
  ]);
  return Object.fromEntries(all) as T;
}
