import { type IndexedRow, indexDocuments } from '../../../merge/document-index.js';
import { folderType, placeKey } from '../../../merge/identity.js';
import { namesOf } from '../../../merge/matching.js';
import type { TransferSource } from '../../../stores/store.js';
import { RowMap } from './row-map.js';

/**
 * Finds rows of the source at the destination, by what names their documents.
 * @param wanted Rows of the source; nothing is kept of others.
 */
export async function findStanding(
  wanted: RowMap<true>,
  { source, standing }: { readonly source: TransferSource; readonly standing: TransferSource },
): Promise<RowMap<IndexedRow>> {
  const found = new RowMap<IndexedRow>();
  if (wanted.isEmpty) return found;
  const ours = await indexDocuments(source, await source.schemas(), {
    keeps: ({ type, id }) => type === folderType || wanted.has(type, id),
  });
  const isNamed = namesOf(ours.documents());
  const theirs = await indexDocuments(standing, await standing.schemas(), {
    keeps: (names) => names.type === folderType || isNamed(names),
  });
  for (const { type, documentId, alias, rows } of ours.documents())
    for (const row of rows) {
      const there = theirs.find(type, documentId, alias)?.rows.find((one) => placeKey(one) === placeKey(row));
      if (there !== undefined) found.set(type, row.id, there);
    }
  return found;
}
