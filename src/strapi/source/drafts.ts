import type { Knex } from 'knex';
import { type Column, columnsOf } from '../database/columns.js';
import type { Model, StrapiDatabase } from '../strapi.js';
import { from, type Pin, pagesOf, type SqlRow } from './pin.js';

/** A row that is being put together. */
export type Draft = Record<string, unknown>;

/** The rows of a model as Strapi gives them, without what they are related to, in pages. */
export async function* draftsOf(database: StrapiDatabase, pin: Pin, model: Model): AsyncGenerator<Draft[]> {
  const columns = columnsOf(model);
  const query = () => selected(database, from(database, model.tableName), columns);
  for await (const rows of pagesOf(pin, query)) yield rows.map((row) => draftOf(columns, row));
}

export function draftOf(columns: readonly Column[], row: SqlRow): Draft {
  const draft: Draft = {};
  for (const { attribute, name, field } of columns) {
    const value = row[name];
    draft[attribute] = value === null || value === undefined ? null : field.fromColumn(value);
  }
  return draft;
}

/** Big integers as text: SQLite and MySQL give numbers, which round them. SQLite has a fraction where one was too great. */
export function selected(
  { connection, dialect: { client } }: StrapiDatabase,
  query: Knex.QueryBuilder,
  columns: readonly Column[],
): Knex.QueryBuilder {
  const exact =
    client === 'mysql'
      ? 'cast(:column: as char) as :column:'
      : "case typeof(:column:) when 'real' then :column: else cast(:column: as text) end as :column:";
  return query.select(
    columns.map(({ name, type }) =>
      type === 'biginteger' && client !== 'postgres' ? connection.raw(exact, { column: name }) : name,
    ),
  );
}
