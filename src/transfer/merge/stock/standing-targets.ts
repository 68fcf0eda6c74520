import { aliasOf, documentIdOf, folderType, placeKey, placeOf } from '../../../merge/identity.js';
import type { Id } from '../../../merge/plan.js';
import type { Entity, Schemas } from '../../../protocol/content.js';
import type { TransferSource } from '../../../stores/store.js';
import { RowMap } from './row-map.js';

/** A row of the destination that links of what comes lead to. */
export interface StandingTarget {
  readonly id: Id;
  /** Of a folder: what the files in it name. */
  readonly path?: string;
}

/**
 * Finds rows of the source at the destination, by identity.
 * @param wanted Rows of the source; nothing is kept of others.
 */
export async function findStanding(
  wanted: RowMap<true>,
  { source, standing }: { readonly source: TransferSource; readonly standing: TransferSource },
): Promise<RowMap<StandingTarget>> {
  const found = new RowMap<StandingTarget>();
  if (wanted.isEmpty) return found;
  const [ours, theirs] = [await source.schemas(), await standing.schemas()];
  const byDocument = new RowMap<Id[]>();
  const byAlias = new RowMap<Id[]>();
  for await (const batch of source.rows('entities'))
    for (const row of batch) {
      if (!wanted.has(row.type, row.id)) continue;
      const { document, alias } = namesOf(row, ours);
      if (document !== undefined) byDocument.getOr(row.type, document, () => []).push(row.id);
      if (alias !== undefined) byAlias.getOr(row.type, alias, () => []).push(row.id);
    }
  const otherwise = new RowMap<StandingTarget>();
  for await (const batch of standing.rows('entities'))
    for (const row of batch) {
      const { document, alias } = namesOf(row, theirs);
      const [named, known] = [byDocument.get(row.type, document ?? ''), byAlias.get(row.type, alias ?? '')];
      for (const id of named ?? []) found.set(row.type, id, targetOf(row));
      for (const id of known ?? []) otherwise.getOr(row.type, id, () => targetOf(row));
    }
  for (const [type, id, target] of otherwise) found.getOr(type, id, () => target);
  return found;
}

/** What names a row on every server: its document and its place there; and what else names the document. */
function namesOf(row: Entity, schemas: Schemas | null) {
  const place = placeKey(placeOf(row.data));
  const [documentId, alias] = [documentIdOf(row.data), aliasOf(row, schemas)];
  return {
    document: documentId === undefined ? undefined : JSON.stringify([place, documentId]),
    alias: alias === undefined ? undefined : JSON.stringify([place, alias]),
  };
}

function targetOf({ type, id, data: { path } }: Entity): StandingTarget {
  return { id, ...(type === folderType && typeof path === 'string' ? { path } : {}) };
}
