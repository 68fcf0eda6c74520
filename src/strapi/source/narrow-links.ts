import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { LinkPlace, TablePlace } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { partsOf } from '../destination/table-writer.js';
import type { StrapiDatabase } from '../strapi.js';
import type { Narrow } from './links.js';

/** Ids of rows and components, by type. */
export type IdsByType = ReadonlyMap<string, readonly number[]>;

/**
 * Narrows what is read of a place to the links that these rows and components own: one query for some of them each. A file is
 * shown by rows that have a field for it, so the links of the media library are owned by its other end.
 */
export function ownsLinks(place: LinkPlace, ids: IdsByType): readonly Narrow[] {
  if (place.in === 'morphTable' && place.type === fileType)
    return [...ids].flatMap(([uid, some]) =>
      partsOf(some).map(
        (part): Narrow =>
          (query) =>
            query.where(place.typeColumn, uid).whereIn(place.idColumn, part),
      ),
    );
  const column =
    place.in === 'table' ? `link.${place.ownerColumn}` : place.in === 'morphTable' ? place.ownerColumn : 'id';
  return partsOf(ids.get(place.type) ?? []).map(
    (part): Narrow =>
      (query) =>
        query.whereIn(column, part),
  );
}

/** Narrows it to the links that lead to these rows. */
export function leadsTo(place: LinkPlace, ids: IdsByType): readonly Narrow[] {
  if (place.in === 'morphColumn' || (place.in === 'morphTable' && place.type !== fileType))
    return [...ids].flatMap(([uid, some]) =>
      partsOf(some).map(
        (part): Narrow =>
          (query) =>
            query.where(place.typeColumn, uid).whereIn(place.idColumn, part),
      ),
    );
  if (place.in === 'column' && place.targetColumn !== 'id') return [];
  const [type, column] =
    place.in === 'table'
      ? [place.target, `link.${place.targetColumn}`]
      : place.in === 'column'
        ? [place.target, place.column]
        : [place.type, place.ownerColumn];
  return partsOf(ids.get(type) ?? []).map(
    (part): Narrow =>
      (query) =>
        query.whereIn(column, part),
  );
}

/**
 * Narrows it to those of the links to these rows that one which comes may take away, or is put behind: a target that can be
 * held once, and the last of each list.
 */
export function mayYieldTo(database: StrapiDatabase, place: LinkPlace, ids: IdsByType): readonly Narrow[] {
  if (place.in !== 'table') return [];
  const isHeldOnce = place.relation === 'oneToOne' || place.relation === 'oneToMany';
  if (isHeldOnce && place.inverseField !== undefined) return leadsTo(place, ids);
  const { inverseOrderColumn: order } = place;
  if (order === undefined) return [];
  return partsOf(ids.get(place.target) ?? []).map(
    (part): Narrow =>
      (query) =>
        query.whereIn(
          [`link.${place.targetColumn}`, `link.${order}`],
          lastOf(database, place, order, part) as never,
        ),
  );
}

function lastOf(
  database: StrapiDatabase,
  { table, ownerColumn, ownerTable, targetColumn }: TablePlace,
  order: string,
  targets: readonly number[],
): Knex.QueryBuilder {
  return database.connection
    .queryBuilder()
    .select(`listed.${targetColumn}`)
    .max(`listed.${order}`)
    .from({ listed: sqlTable(database, table) })
    .innerJoin({ lists: sqlTable(database, ownerTable) }, `listed.${ownerColumn}`, 'lists.id')
    .whereIn(`listed.${targetColumn}`, targets)
    .groupBy(`listed.${targetColumn}`);
}
