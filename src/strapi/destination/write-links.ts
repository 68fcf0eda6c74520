import type { Link } from '../../protocol/content.js';
import { type LinkPlace, linkPlaceKey, linkPlaces } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { namingType } from './database-error.js';
import { gathered } from './gathered.js';
import { giveWay } from './give-way.js';
import { groupedBy } from './grouped.js';
import type { IdMap } from './id-map.js';
import { insertRows, type Row } from './table-writer.js';
import { type ColumnChange, updateColumns } from './update-columns.js';
import type { Writing } from './writing.js';

/**
 * Writes the links in the order that they came in, with the new ids of both ends.
 * @returns how many were left out, since a row that they name did not come, or this Strapi has no such field
 */
export async function writeLinks(writing: Writing, ids: IdMap): Promise<number> {
  const { strapi, transaction, source } = writing;
  const places = new Map(linkPlaces(strapi).map((place) => [linkPlaceKey(place), place]));
  let skipped = 0;
  for await (const links of gathered(source.rows('links'))) {
    const rows: WrittenLink[] = [];
    const changes: ColumnChange[] = [];
    for (const link of links) {
      const place = places.get(linkPlaceKey(link.left));
      // Translations are found by the documentId, which came with the row.
      if (place !== undefined && isOfRow(place)) continue;
      const ends = place && endsOf(place, link, ids);
      if (place === undefined || ends === undefined) skipped += 1;
      else {
        const table = sqlTable(strapi.db, place.table);
        const values = valuesOf(place, link, ends);
        if (place.in === 'column' || place.in === 'morphColumn')
          changes.push({ table, id: ends.from, values });
        else rows.push({ table, place, row: { [place.ownerColumn]: ends.from, ...values } });
      }
    }
    for (const [table, some] of groupedBy(rows, (written) => written.table))
      await namingType(nameOf(some), () =>
        insertRows(
          transaction,
          table,
          some.map(({ row }) => row),
        ),
      );
    await updateColumns(writing, changes);
    await giveWay();
  }
  return skipped;
}

interface WrittenLink {
  readonly table: string;
  readonly place: LinkPlace;
  readonly row: Row;
}

/** For people. */
const nameOf = ([first]: readonly WrittenLink[]): string =>
  first === undefined ? 'links' : `links (${first.place.type}, ${first.place.field})`;

const isOfRow = (place: LinkPlace): boolean =>
  place.in === 'column' && place.column === 'document_id' && place.targetColumn === 'document_id';

interface Ends {
  readonly from: number;
  readonly to: number | string;
}

function endsOf(place: LinkPlace, { left, right }: Link, ids: IdMap): Ends | undefined {
  const from = ids.get(left.type, left.ref);
  const isByDocument = place.in === 'column' && place.targetColumn === 'document_id';
  const to = isByDocument ? right.ref : ids.get(right.type, right.ref);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** All columns but the owner's. */
function valuesOf(place: LinkPlace, { left, right }: Link, { to }: Ends): Row {
  switch (place.in) {
    case 'column':
      return { [place.column]: to };
    case 'morphColumn':
      return { [place.typeColumn]: right.type, [place.idColumn]: to };
    case 'morphTable':
      return {
        [place.idColumn]: to,
        [place.typeColumn]: right.type,
        [place.orderColumn]: right.pos ?? null,
        [place.fieldColumn]: right.field ?? null,
      };
    case 'table':
      return {
        [place.targetColumn]: to,
        ...(place.orderColumn === undefined ? {} : { [place.orderColumn]: left.pos ?? null }),
        ...(place.inverseOrderColumn === undefined ? {} : { [place.inverseOrderColumn]: right.pos ?? null }),
      };
  }
}
