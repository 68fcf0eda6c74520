import type { Knex } from 'knex';
import { coreStore } from '../models.js';
import type { Strapi } from '../strapi.js';
import { tableOf } from './tables.js';

/**
 * Whether the rows of a push are committed: a row of Strapi's own settings, written in the same transaction and taken away
 * once the files are in place. The database needs no table for it. Its value is JSON, as of every setting: Strapi parses all.
 *
 * Age forgets no note: the Strapi whose disk has the plan may have been switched off for months. A note whose disk is gone for good
 * stays: a hundred bytes.
 */
const prefix = 'plugin_ferry_push_';

export const isOfJournal = (key: unknown): boolean => typeof key === 'string' && key.startsWith(prefix);

const settings = (strapi: Strapi, connection: Knex) => connection(tableOf(strapi, coreStore));

export async function noteCommit(strapi: Strapi, transaction: Knex, id: string, at: Date): Promise<void> {
  const value = JSON.stringify({ committedAt: at.toISOString() });
  await settings(strapi, transaction).insert({ key: `${prefix}${id}`, type: 'object', value });
}

export async function hasNote(strapi: Strapi, transaction: Knex, id: string): Promise<boolean> {
  const rows = await settings(strapi, transaction).where('key', `${prefix}${id}`).select('id');
  return rows.length > 0;
}

export async function forgetCommit(strapi: Strapi, id: string): Promise<void> {
  await settings(strapi, strapi.db.connection).where('key', `${prefix}${id}`).delete();
}

/** All settings but the notes of commits. */
export const withoutJournal = (query: Knex.QueryBuilder): Knex.QueryBuilder =>
  query.where((where) => where.whereNull('key').orWhere('key', 'not like', `${prefix}%`));
