import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import { sqlTable } from '../database/names.js';
import { partsOf } from '../destination/table-writer.js';
import { movedPlaces } from '../source/links.js';
import type { Strapi } from '../strapi.js';

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
