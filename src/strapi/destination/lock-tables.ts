import { TransferError } from '../../protocol/errors.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { modelOf, sqlTable } from '../database/names.js';
import type { Attribute, Strapi } from '../strapi.js';
import type { Writing } from './writing.js';

/** A number and a name that only Ferry's commits use. */
const key = 0x46455252;
const lockName = 'strapi-ferry';

/**
 * Keeps other writers out until the transaction ends; readers read what stood before. Of several Strapis with one database one applies a
 * push at a time. SQLite has one writer: the first statement that writes takes its lock.
 * @throws TransferError STORE_IN_USE where another Strapi applies a push
 */
export async function lockTables({ strapi, transaction }: Writing): Promise<void> {
  const { client } = strapi.db.dialect;
  if (client === 'postgres') {
    const { rows } = await transaction.raw('select pg_try_advisory_xact_lock(?) as taken', [key]);
    if (rows[0]?.taken !== true) throw inUse();
    const tables = writtenTables(strapi);
    const names = tables.map(() => '??').join(', ');
    await transaction.raw(`lock table ${names} in share row exclusive mode`, [...tables]);
  }
  if (client === 'mysql') {
    const [[row]] = await transaction.raw('select get_lock(?, 0) as taken', [lockName]);
    if (Number(row?.taken) !== 1) throw inUse();
  }
}

/** MySQL's lock is of the connection, which goes back into the pool. */
export async function unlockTables({ strapi, transaction }: Writing): Promise<void> {
  if (strapi.db.dialect.client === 'mysql')
    await transaction.raw('select release_lock(?) as released', [lockName]);
}

const inUse = () => new TransferError('STORE_IN_USE', { path: 'this database', pid: 'of another Strapi' });

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
