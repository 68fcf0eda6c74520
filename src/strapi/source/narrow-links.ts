import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { LinkPlace, TablePlace } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { partsOf } from '../destination/table-writer.js';
import type { StrapiDatabase } from '../strapi.js';
import type { Narrow } from './links.js';

/** Ids of rows and components, by type. */
export type IdsByType = ReadonlyMap<string, readonly number[]>;

export function addId(ids: Map<string, number[]>, type: string, id: number): void {
  const some = ids.get(type);
  if (some === undefined) ids.set(type, [id]);
  else some.push(id);
}

/** The rows that own links, or those that links lead to. */
type Side = 'owners' | 'targets';

/** The columns that name the rows of one side; of one type, unless a column says which. */
interface Columns {
  readonly type: string | { readonly column: string };
  readonly id: string;
}

/** Null where links of a place name no ids: those to a document by its documentId. */
function columnsOf(place: LinkPlace, side: Side): Columns | null {
  const own = { type: place.type, id: 'ownerColumn' in place ? place.ownerColumn : 'id' };
  if (place.in === 'morphTable' || place.in === 'morphColumn') {
    // A file is shown by rows that have a field for it, so the links of the media library are owned by its other end.
    const isShown = place.in === 'morphTable' && place.type === fileType;
    const any = { type: { column: place.typeColumn }, id: place.idColumn };
    return (side === 'owners') === isShown ? any : own;
  }
  if (side === 'owners') return own;
  if (place.in === 'table') return { type: place.target, id: place.targetColumn };
  return place.targetColumn === 'id' ? { type: place.target, id: place.column } : null;
}

/** Narrows what is read of a place to the links of these rows and components: one query for some of them each. */
export function linksOfRows(place: LinkPlace, side: Side, ids: IdsByType, prefix = ''): readonly Narrow[] {
  const columns = columnsOf(place, side);
  if (columns === null) return [];
  const { type, id } = columns;
  const narrows = (uids: Iterable<string>, ofType: (query: Knex.QueryBuilder, uid: string) => unknown) =>
    [...uids].flatMap((uid) =>
      partsOf(ids.get(uid) ?? []).map(
        (part): Narrow =>
          (query) => {
            ofType(query, uid);
            return query.whereIn(`${prefix}${id}`, part);
          },
      ),
    );
  return typeof type === 'string'
    ? narrows([type], () => {})
    : narrows(ids.keys(), (query, uid) => query.where(`${prefix}${type.column}`, uid));
}

/** Narrows what is read to the links that these rows and components own. */
export const ownsLinks = (place: LinkPlace, ids: IdsByType) =>
  linksOfRows(place, 'owners', ids, prefixOf(place));

/** Narrows it to the links that lead to these rows. */
export const leadsTo = (place: LinkPlace, ids: IdsByType) =>
  linksOfRows(place, 'targets', ids, prefixOf(place));

/** A table of links is read beside those of both of its ends. */
const prefixOf = ({ in: where }: LinkPlace) => (where === 'table' ? 'link.' : '');

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
