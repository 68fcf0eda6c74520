import type { Knex } from 'knex';
import { isProtectedType } from '../../protocol/protected-types.js';
import { modelOf, sqlTable } from '../database/names.js';
import type { Attribute, Strapi } from '../strapi.js';
import { waitAtMost } from './locked-transaction.js';

/** Milliseconds. Writers that come later queue behind one who waits for a table. */
const patience = 5_000;

/**
 * Keeps other writers out until the transaction ends; readers read what stood before. On PostgreSQL alone: SQLite has one writer
 * anyway, and MySQL locks rows, with the gaps between them, as they are read and deleted.
 */
export async function lockTables(strapi: Strapi, transaction: Knex.Transaction): Promise<void> {
  if (strapi.db.dialect.client !== 'postgres') return;
  const tables = writtenTables(strapi);
  const names = tables.map(() => '??').join(', ');
  await waitAtMost(transaction, patience);
  await transaction.raw(`lock table ${names} in share row exclusive mode`, [...tables]);
}

/** Of content types and components, with those of their links, and of settings: in one order, so that two never wait for each other. */
function writtenTables(strapi: Strapi): readonly string[] {
  const { contentTypes, components, db } = strapi;
  const models = strapi
    .get('models')
    .get()
    .map(({ uid }) => uid);
  const uids = [...Object.keys(contentTypes), ...Object.keys(components), ...models];
  const tables = new Set<string>();
  for (const uid of uids) {
    const model = isProtectedType(uid) ? undefined : modelOf(db, uid);
    if (model === undefined) continue;
    tables.add(sqlTable(db, model.tableName));
    const attributes: readonly Attribute[] = Object.values(model.attributes);
    for (const attribute of attributes)
      if ('joinTable' in attribute && attribute.joinTable !== undefined)
        tables.add(sqlTable(db, attribute.joinTable.name));
  }
  return [...tables].sort();
}
