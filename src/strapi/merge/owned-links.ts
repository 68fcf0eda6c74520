import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { LinkPlace } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { partsOf } from '../destination/table-writer.js';
import { movedPlaces, type Narrow } from '../source/links.js';
import type { Strapi } from '../strapi.js';

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

/** Removes the links that rows of one type own; those that lead to them stay. Links to rows of `admin::` types stay too. */
export async function removeOwnedLinks(
  strapi: Strapi,
  transaction: Knex.Transaction,
  uid: string,
  ids: readonly number[],
): Promise<void> {
  for (const place of movedPlaces(strapi)) {
    const table = () => transaction(sqlTable(strapi.db, place.table));
    for (const part of partsOf(ids)) {
      if (place.in === 'morphTable' && place.type === fileType)
        await table().where(place.typeColumn, uid).whereIn(place.idColumn, part).delete();
      else if (place.type !== uid) continue;
      else if (place.in === 'table' || place.in === 'morphTable')
        await table().whereIn(place.ownerColumn, part).delete();
      else if (place.in === 'morphColumn')
        await table()
          .whereIn('id', part)
          .update({ [place.typeColumn]: null, [place.idColumn]: null });
      // A row's own documentId is no link that can go.
      else if (place.targetColumn !== 'document_id')
        await table()
          .whereIn('id', part)
          .update({ [place.column]: null });
    }
  }
}
