import type { Knex } from 'knex';
import type { Strapi } from '../strapi.js';

/** Ids that no row of a table has or had, told before the rows are written. */
export interface NewIds {
  take(table: string, count: number): Promise<readonly number[]>;
}

/** Needs the lock of the tables: no other writer may come in between. */
export function createNewIds({ db }: Strapi, transaction: Knex.Transaction): NewIds {
  const { client } = db.dialect;
  return client === 'postgres'
    ? { take: (table, count) => fromSequence(transaction, table, count) }
    : { take: async (table, count) => idsAfter(await lastOf[client](transaction, table), count) };
}

async function fromSequence(
  transaction: Knex.Transaction,
  table: string,
  count: number,
): Promise<readonly number[]> {
  const sequence = "nextval(pg_get_serial_sequence(?, 'id')) as id from generate_series(1, ?::int)";
  const quoted = table
    .split('.')
    .map((part) => `"${part}"`)
    .join('.');
  const { rows } = await transaction.raw(`select ${sequence}`, [quoted, count]);
  return rows.map(({ id }: { readonly id: unknown }) => {
    // Where the column has no sequence (a table that was copied by hand).
    if (id === null) throw new Error(`the table ${table} gives no ids: its column id has no sequence`);
    return Number(id);
  });
}

/** A database counts by the rows: writing a row with an id moves its counter on. */
const idsAfter = (last: number, count: number): readonly number[] =>
  Array.from({ length: count }, (_, at) => last + at + 1);

const lastOf = {
  /** An id is given once: `sqlite_sequence` remembers the highest of rows that are gone. */
  async sqlite(transaction: Knex.Transaction, table: string): Promise<number> {
    const [sequence] = await transaction('sqlite_sequence').where('name', table).select('seq');
    const [row] = await transaction(table).max('id as id');
    return Math.max(Number(sequence?.seq ?? 0), Number(row?.['id'] ?? 0));
  },
  /**
   * The lock of the last row is the lock of the gap behind it: no other row comes before the end. One that waits to come has its id
   * already, which the counter tells.
   */
  async mysql(transaction: Knex.Transaction, table: string): Promise<number> {
    const [row] = await transaction(table).orderBy('id', 'desc').limit(1).forUpdate().select('id');
    const [[created]] = await transaction.raw('show create table ??', [table]);
    const next = /AUTO_INCREMENT=(\d+)/.exec(String(created['Create Table']))?.[1];
    return Math.max(Number(row?.id ?? 0), Number(next ?? 1) - 1);
  },
};
