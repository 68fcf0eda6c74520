import type { Knex } from 'knex';
import { sqlTable } from '../database/names.js';
import { movedPlaces } from '../source/links.js';
import { linksOfRows } from '../source/narrow-links.js';
import type { Strapi } from '../strapi.js';

/** Removes the links that rows of one type own; those that lead to them stay. Links to rows of `admin::` types stay too. */
export async function removeOwnedLinks(
  strapi: Strapi,
  transaction: Knex.Transaction,
  uid: string,
  ids: readonly number[],
): Promise<void> {
  for (const place of movedPlaces(strapi))
    for (const narrow of linksOfRows(place, 'owners', new Map([[uid, ids]]))) {
      const links = narrow(transaction(sqlTable(strapi.db, place.table)));
      if (place.in === 'table' || place.in === 'morphTable') await links.delete();
      else if (place.in === 'morphColumn')
        await links.update({ [place.typeColumn]: null, [place.idColumn]: null });
      // A row's own documentId is no link that can go.
      else if (place.targetColumn !== 'document_id') await links.update({ [place.column]: null });
    }
}
