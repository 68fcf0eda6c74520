import type { Knex } from 'knex';
import type { Strapi } from '../strapi.js';
import { tableOf } from './tables.js';

/**
 * Whether the rows of a push are committed: a row of Strapi's own settings, written in the same transaction and taken away
 * once the files are in place. The database needs no table for it.
 */
const prefix = 'plugin_ferry_push_';

export const isOfJournal = (key: unknown): boolean => typeof key === 'string' && key.startsWith(prefix);

const settings = (strapi: Strapi, connection: Knex) => connection(tableOf(strapi, 'strapi::core-store'));

/** Also the first thing that a transaction writes, which gives it SQLite's lock. */
export async function noteCommit(strapi: Strapi, transaction: Knex, id: string): Promise<void> {
  await settings(strapi, transaction).insert({ key: `${prefix}${id}`, type: 'string', value: id });
}

export async function committedPushes(strapi: Strapi): Promise<readonly string[]> {
  const rows: readonly { readonly key: unknown; readonly value: unknown }[] = await settings(
    strapi,
    strapi.db.connection,
  )
    .where('key', 'like', `${prefix}%`)
    .select('key', 'value');
  // `_` stands for any character there.
  return rows.filter(({ key }) => isOfJournal(key)).map(({ value }) => String(value));
}

export async function forgetCommit(strapi: Strapi, id: string): Promise<void> {
  await settings(strapi, strapi.db.connection).where('key', `${prefix}${id}`).delete();
}

/** All settings but the notes of commits. */
export const withoutJournal = (query: Knex.QueryBuilder): Knex.QueryBuilder =>
  query.where((where) => where.whereNull('key').orWhere('key', 'not like', `${prefix}%`));
