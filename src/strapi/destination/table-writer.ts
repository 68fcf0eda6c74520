import type { Knex } from 'knex';
import { giveWay } from './give-way.js';

/** By column; every row of one table has the same columns. */
export type Row = Readonly<Record<string, unknown>>;

/** Values of one statement, at most: SQLite takes 32,766, PostgreSQL 65,535. */
const mostValues = 30_000;
/** Rows of one statement, at most: the rest of the site gets its turn behind each. */
const mostRows = 500;

/** Characters of one statement, about: MariaDB takes 16 MiB, and some of them are escaped. */
const mostCharacters = 1_000_000;

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
  for (const some of statementsOf(rows)) {
    await insert(transaction, table, some);
    await giveWay();
  }
}

/** Knex's own insert is a union of selects on SQLite, which takes longer to make and to prepare than to run. */
async function insert(transaction: Knex.Transaction, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {});
  const list = (mark: string) => `(${columns.map(() => mark).join(', ')})`;
  const sql = `insert into ?? ${list('??')} values ${rows.map(() => list('?')).join(', ')}`;
  const values = rows.flatMap((row) => columns.map((column) => row[column] ?? null));
  await transaction.raw(sql, [table, ...columns, ...(values as Knex.RawBinding[])]);
}

function* statementsOf(rows: readonly Row[]): Generator<Row[]> {
  const columns = Object.keys(rows[0] ?? {}).length;
  const size = Math.max(1, Math.min(mostRows, Math.floor(mostValues / Math.max(1, columns))));
  let some: Row[] = [];
  let characters = 0;
  for (const row of rows) {
    const more = charactersOf(row);
    if (some.length === size || (some.length > 0 && characters + more > mostCharacters)) {
      yield some;
      some = [];
      characters = 0;
    }
    some.push(row);
    characters += more;
  }
  if (some.length > 0) yield some;
}

function charactersOf(row: Row): number {
  let characters = 0;
  for (const value of Object.values(row)) if (typeof value === 'string') characters += value.length;
  return characters;
}
