import type { Knex } from 'knex';
import { coreStore } from '../models.js';
import type { Strapi } from '../strapi.js';
import { tableOf } from './tables.js';

/**
 * Whether the rows of a push are committed: a row of Strapi's own settings, written in the same transaction and taken away
 * once the files are in place. The database needs no table for it. Its value is JSON, as of every setting: Strapi parses all.
 */
const prefix = 'plugin_ferry_push_';

/** Milliseconds. A note whose files lie nowhere any more (a container's own disk) says nothing to anyone. */
const longestKept = 7 * 24 * 60 * 60 * 1000;

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

/** Forgets what no process can still finish. Other notes may be of another Strapi with this database, and stay. */
export async function forgetOldCommits(strapi: Strapi, now: Date): Promise<void> {
  const notes: readonly { readonly key: unknown; readonly value: unknown }[] = await settings(
    strapi,
    strapi.db.connection,
  )
    .where('key', 'like', `${prefix}%`)
    .select('key', 'value');
  // `_` stands for any character there.
  for (const { key, value } of notes)
    if (typeof key === 'string' && isOfJournal(key) && isOld(value, now))
      await forgetCommit(strapi, key.slice(prefix.length));
}

const dated = /^\{"committedAt":"([^"]{1,40})"\}$/;

function isOld(value: unknown, now: Date): boolean {
  const at = Date.parse(dated.exec(String(value))?.[1] ?? '');
  return !(now.getTime() - at < longestKept);
}

/** All settings but the notes of commits. */
export const withoutJournal = (query: Knex.QueryBuilder): Knex.QueryBuilder =>
  query.where((where) => where.whereNull('key').orWhere('key', 'not like', `${prefix}%`));
