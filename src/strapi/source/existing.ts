import type { Link } from '../../protocol/content.js';
import type { LinkPlace } from '../database/link-places.js';
import { modelOf } from '../database/names.js';
import type { StrapiDatabase } from '../strapi.js';
import { from, type Pin, rowsWith } from './pin.js';

/** The links whose rows exist. Who deletes a row leaves links to it behind where no foreign key removes them. */
export async function keepExisting(
  database: StrapiDatabase,
  pin: Pin,
  place: LinkPlace,
  links: readonly Link[],
): Promise<readonly Link[]> {
  if (place.in === 'table') return links.filter(({ left, right }) => left.ref !== null && right.ref !== null);
  // Each row has its own documentId.
  if (place.in === 'column' && place.targetTable === place.table && place.targetColumn === place.column)
    return links;
  const refs = new Map<string, Set<unknown>>();
  for (const { right } of links) {
    const known = refs.get(right.type) ?? new Set();
    refs.set(right.type, known.add(right.ref));
  }
  const found = new Map<string, ReadonlySet<unknown>>();
  for (const [type, wanted] of refs) {
    const column = place.in === 'column' ? place.targetColumn : undefined;
    found.set(type, await existing(database, pin, type, [...wanted], column));
  }
  return links.filter(({ right }) => found.get(right.type)?.has(right.ref) === true);
}

/** Which of them a type has: numbers are ids and texts are documentIds, unless the place says what they are. */
async function existing(
  database: StrapiDatabase,
  pin: Pin,
  type: string,
  refs: readonly unknown[],
  column: string | undefined,
): Promise<ReadonlySet<unknown>> {
  const found = new Set<unknown>();
  const table = modelOf(database, type)?.tableName;
  if (table === undefined) return found;
  const search = async (name: string, values: readonly unknown[]) => {
    const query = () => from(database, table).distinct({ ref: name });
    for await (const rows of rowsWith(pin, query, name, values)) for (const { ref } of rows) found.add(ref);
  };
  const present = refs.filter((ref) => ref !== null);
  if (column !== undefined) await search(column, present);
  else {
    await search(
      'id',
      present.filter((ref) => typeof ref === 'number'),
    );
    await search(
      'document_id',
      present.filter((ref) => typeof ref === 'string'),
    );
  }
  return found;
}
