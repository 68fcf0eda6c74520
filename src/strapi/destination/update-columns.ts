import { giveWay } from './give-way.js';
import type { Writing } from './writing.js';

/** Columns of one row that get other values. */
export interface ColumnChange {
  readonly table: string;
  readonly id: number;
  readonly values: Readonly<Record<string, unknown>>;
}

/** Rows of one statement. */
const batch = 200;

/** Sets columns of many rows, a statement for many of one table and the same columns. The last change of a row counts. */
export async function updateColumns(
  { strapi, transaction }: Writing,
  changes: readonly ColumnChange[],
): Promise<void> {
  const isPostgres = strapi.db.dialect.client === 'postgres';
  const groups = new Map<string, Map<number, ColumnChange>>();
  for (const change of changes) {
    const key = JSON.stringify([change.table, ...Object.keys(change.values)]);
    groups.set(key, (groups.get(key) ?? new Map<number, ColumnChange>()).set(change.id, change));
  }
  for (const group of groups.values()) {
    const some = [...group.values()];
    for (let at = 0; at < some.length; at += batch) {
      const part = some.slice(at, at + batch);
      const [first] = part;
      if (first === undefined) continue;
      const columns = Object.keys(first.values);
      const values = columns.map((column) => [
        column,
        transaction.raw(caseOf(part.length, isPostgres && typeof first.values[column] === 'number'), [
          'id',
          ...part.flatMap(({ id, values }) => [id, values[column]]),
        ] as readonly (string | number)[]),
      ]);
      await transaction(first.table)
        .whereIn(
          'id',
          part.map(({ id }) => id),
        )
        .update(Object.fromEntries(values));
      await giveWay();
    }
  }
}

/** PostgreSQL takes values of a `case` for text, unless it is told otherwise. */
function caseOf(count: number, isInteger: boolean): string {
  const cases = `case ?? ${'when ? then ? '.repeat(count)}end`;
  return isInteger ? `cast(${cases} as integer)` : cases;
}
