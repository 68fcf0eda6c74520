import type { Knex } from 'knex';
import { TransferError } from '../../protocol/errors.js';
import { sqlTable } from '../database/names.js';
import type { StrapiDatabase } from '../strapi.js';

export type SqlRow = Readonly<Record<string, unknown>>;

/** The database as it stood at one moment, for as long as a pull reads it. Site and panel write on. */
export interface Pin {
  /** @throws TransferError ABORTED once it is released */
  rows(query: Knex.QueryBuilder): Promise<readonly SqlRow[]>;
  /** Lets go of it, and of what it holds. No error where that is done already. */
  release(): Promise<void>;
}

/** A pin that all else waits for was held for too long. */
export class HeldTooLong extends Error {}

export const released = () => new TransferError('ABORTED', { because: 'its source is closed' });

/** How many rows of a table are read at a time: some milliseconds of work between two turns of the event loop. */
const pageSize = 500;

/**
 * All rows of a query in pages, by ascending id: no page depends on how many rows are before it.
 * @param key The column of the id, as the query names it.
 */
export async function* pagesOf(
  pin: Pin,
  query: () => Knex.QueryBuilder,
  key = 'id',
): AsyncGenerator<readonly SqlRow[]> {
  let last: unknown;
  for (;;) {
    const page = query().orderBy(key).limit(pageSize);
    const rows = await pin.rows(last === undefined ? page : page.where(key, '>', last as Knex.Value));
    if (rows.length > 0) yield rows;
    if (rows.length < pageSize) return;
    last = rows.at(-1)?.['id'];
  }
}

/** A database takes so many bound values in one statement. */
const valuesAtOnce = 1000;

/** The rows whose column has one of these values. @param atOnce How many values one statement takes */
export async function* rowsWith(
  pin: Pin,
  query: () => Knex.QueryBuilder,
  column: string,
  values: readonly unknown[],
  atOnce = valuesAtOnce,
): AsyncGenerator<readonly SqlRow[]> {
  for (let start = 0; start < values.length; start += atOnce) {
    const some = values.slice(start, start + atOnce) as Knex.Value[];
    yield await pin.rows(query().whereIn(column, some));
  }
}

/** A query of one table, which selects nothing yet. */
export function from(database: StrapiDatabase, table: string): Knex.QueryBuilder {
  return database.connection.queryBuilder().from(sqlTable(database, table));
}
