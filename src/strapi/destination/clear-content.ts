import type { Knex } from 'knex';
import { fileType, isCleared } from '../../protocol/clearing.js';
import type { RestoreOptions } from '../../protocol/messages.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import { componentPlaces } from '../database/component-places.js';
import { type LinkPlace, linkPlaces } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { coreStore, webhook } from '../models.js';
import type { Strapi } from '../strapi.js';
import { giveWay } from './give-way.js';
import { withoutJournal } from './journal.js';
import { partsOf } from './table-writer.js';
import { tableOf } from './tables.js';
import type { Writing } from './writing.js';

interface Cleared {
  readonly types: readonly string[];
  /** Models of Strapi's that are no content, and no settings. */
  readonly models: readonly string[];
}

/** What of this Strapi a push deletes. Unlike Strapi, settings go only where the push says so: the types that it names do not count. */
function clearedBy(strapi: Strapi, restore: RestoreOptions): Cleared {
  const models = strapi
    .get('models')
    .get()
    .map(({ uid }) => uid);
  const goes = (uid: string) => isCleared(restore, uid);
  // Files first: with them the links to them go, of which there are many.
  const types = Object.keys(strapi.contentTypes).filter(goes);
  return {
    types: [...types.filter((uid) => uid === fileType), ...types.filter((uid) => uid !== fileType)],
    models: models.filter((uid) => goes(uid) && uid !== coreStore && uid !== webhook),
  };
}

/** Deletes the rows, with their components and all links to them and from them. */
export async function clearContent({ strapi, transaction, restore }: Writing): Promise<void> {
  const { types, models } = clearedBy(strapi, restore);
  const morphs = clearedMorphs(strapi);
  for (const uid of types) {
    await clearComponents({ strapi, transaction, morphs }, uid, undefined);
    await clearMorphLinks({ strapi, transaction, morphs }, uid, undefined);
    await deleteAll(strapi, transaction, tableOf(strapi, uid));
    await giveWay();
  }
  for (const uid of models) await transaction(tableOf(strapi, uid)).delete();
  const { coreStore: settings, webhook: hooks } = restore.configuration;
  if (settings) await withoutJournal(transaction(tableOf(strapi, coreStore))).delete();
  if (hooks) await transaction(tableOf(strapi, webhook)).delete();
}

/** Deletes some rows of a type, likewise. */
export async function clearRows(
  { strapi, transaction }: Writing,
  uid: string,
  ids: readonly number[],
): Promise<void> {
  const clearing = { strapi, transaction, morphs: clearedMorphs(strapi) };
  for (const part of partsOf(ids)) {
    const rows = () => transaction(tableOf(strapi, uid)).whereIn('id', part);
    await clearComponents(clearing, uid, rows().select('id'));
    await clearMorphLinks(clearing, uid, part);
    await rows().delete();
  }
}

/** Deletes the components of some rows, with all links to them and from them. */
export async function clearComponentsOf(
  { strapi, transaction }: Writing,
  uid: string,
  ids: readonly number[],
): Promise<void> {
  const clearing = { strapi, transaction, morphs: clearedMorphs(strapi) };
  const tables = new Map(componentPlaces(strapi, uid).map(({ table, ownerColumn }) => [table, ownerColumn]));
  for (const part of partsOf(ids)) {
    await clearComponents(clearing, uid, transaction(tableOf(strapi, uid)).whereIn('id', part).select('id'));
    // Which component is whose goes with the owner; these owners stay.
    for (const [table, ownerColumn] of tables)
      await transaction(sqlTable(strapi.db, table)).whereIn(ownerColumn, part).delete();
  }
}

/** Rows that SQLite deletes in one call, with what cascades: it answers nothing else before it is done. */
const rowsAtOnce = 1000;

async function deleteAll(strapi: Strapi, transaction: Knex.Transaction, table: string): Promise<void> {
  if (strapi.db.dialect.client === 'sqlite')
    for (;;) {
      const [next] = await transaction(table).orderBy('id').offset(rowsAtOnce).limit(1).select('id');
      if (next === undefined) break;
      await transaction(table).where('id', '<', next.id).delete();
      await giveWay();
    }
  await transaction(table).delete();
}

type MorphPlace = Extract<LinkPlace, { readonly typeColumn: string }>;

/** Rows of `admin::` types stay as they are, with what they say of a row that goes. */
const clearedMorphs = (strapi: Strapi): readonly MorphPlace[] =>
  linkPlaces(strapi).filter(
    (place): place is MorphPlace =>
      (place.in === 'morphTable' || place.in === 'morphColumn') && !isProtectedType(place.type),
  );

interface Clearing {
  readonly strapi: Strapi;
  readonly transaction: Knex.Transaction;
  readonly morphs: readonly MorphPlace[];
}

/** The innermost first: which component is whose is known as long as its owner stands. `owners`: their ids; undefined for all. */
async function clearComponents(
  clearing: Clearing,
  uid: string,
  owners: Knex.QueryBuilder | undefined,
): Promise<void> {
  const { strapi, transaction } = clearing;
  const places = componentPlaces(strapi, uid);
  // All fields of a type keep their components in one table.
  const tables = new Map(places.map((place) => [place.table, place]));
  const types = new Set(places.flatMap(({ components }) => components));
  for (const { table, ownerColumn, componentColumn, typeColumn } of tables.values()) {
    for (const type of types) {
      const held = () => {
        const ids = transaction(sqlTable(strapi.db, table)).where(typeColumn, type).select(componentColumn);
        return owners === undefined ? ids : ids.whereIn(ownerColumn, owners.clone());
      };
      await clearComponents(clearing, type, held());
      await clearMorphLinks(clearing, type, held());
      await transaction(tableOf(strapi, type)).whereIn('id', held()).delete();
    }
    await giveWay();
  }
}

/** No constraint of the database knows where these lead. */
async function clearMorphLinks(
  { strapi, transaction, morphs }: Clearing,
  uid: string,
  ids: Knex.QueryBuilder | readonly number[] | undefined,
): Promise<void> {
  for (const { in: kind, table, typeColumn, idColumn } of morphs) {
    const links = transaction(sqlTable(strapi.db, table)).where(typeColumn, uid);
    const concerned =
      ids === undefined
        ? links
        : 'clone' in ids
          ? links.whereIn(idColumn, ids.clone())
          : links.whereIn(idColumn, ids);
    if (kind === 'morphTable') await concerned.delete();
    else await concerned.update({ [typeColumn]: null, [idColumn]: null });
  }
}
