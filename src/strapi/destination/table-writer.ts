import type { Knex } from 'knex';
import { giveWay } from './give-way.js';

/** By column; every row of one table has the same columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Values of one statement, at most: SQLite takes 32,766, PostgreSQL 65,535. */
const mostValues = 30_000;
/** Rows of one statement, at most: SQLite joins no more selects. */
const mostRows = 500;

/** Of ids that are named in one statement. */
const mostIds = 1000;

export function partsOf(ids: readonly number[]): readonly (readonly number[])[] {
  return Array.from({ length: Math.ceil(ids.length / mostIds) }, (_, at) =>
    ids.slice(at * mostIds, (at + 1) * mostIds),
  );
}

export async function insertRows(
  transaction: Knex.Transaction,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {}).length;
  const size = Math.max(1, Math.min(mostRows, Math.floor(mostValues / Math.max(1, columns))));
  for (let at = 0; at < rows.length; at += size) {
    await transaction(table).insert(rows.slice(at, at + size));
    await giveWay();
  }
}
