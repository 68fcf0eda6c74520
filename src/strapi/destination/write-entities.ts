import type { Entity } from '../../protocol/content.js';
import { isObject } from '../../protocol/plain-object.js';
import { type ComponentPlace, componentPlaces } from '../database/component-places.js';
import { sqlTable } from '../database/names.js';
import { uploadProvider } from '../upload-provider.js';
import { namingType } from './database-error.js';
import { gathered } from './gathered.js';
import { giveWay } from './give-way.js';
import { groupedBy, remembered } from './grouped.js';
import type { IdMap } from './id-map.js';
import { createNewIds } from './new-ids.js';
import { createPlacedFiles } from './placed-file.js';
import { createStoredRows } from './stored-row.js';
import { insertRows, type Row } from './table-writer.js';
import { tableOf } from './tables.js';
import { namingRow, rowOf } from './unfit.js';
import type { Writing } from './writing.js';

type Fields = Readonly<Record<string, unknown>>;

/** A row, or a component of one. */
interface Piece {
  readonly uid: string;
  readonly data: Fields;
  readonly oldId: unknown;
  /** What holds it; null for a row. */
  readonly held: { readonly by: Piece; readonly place: ComponentPlace; readonly order: number | null } | null;
  id: number;
}

/**
 * Writes the rows that came, with their components, and tells their new ids.
 * @param stands Whether a row that came takes the place of one that stands, under its id in `ids`.
 * @returns how many rows of files came without their file
 */
export async function writeEntities(
  writing: Writing,
  ids: IdMap,
  stands: (type: string, id: unknown) => boolean = () => false,
): Promise<number> {
  const { strapi, transaction, source } = writing;
  const newIds = createNewIds(strapi, transaction);
  const stored = createStoredRows(strapi);
  const placesOf = remembered((uid: string) => componentPlaces(strapi, uid));
  const placed = createPlacedFiles(uploadProvider(strapi), writing.placed);
  for await (const entities of gathered(source.rows('entities'))) {
    const pieces = entities.flatMap((entity) => piecesOf(placed.row(entity), placesOf));
    const isStanding = ({ uid, oldId, held }: Piece) => held === null && stands(uid, oldId);
    const standing = pieces.filter(isStanding);
    for (const piece of standing) piece.id = standingId(ids, piece);
    const byType = groupedBy(
      pieces.filter((piece) => !isStanding(piece)),
      ({ uid }) => uid,
    );
    for (const [uid, some] of byType) {
      const taken = await newIds.take(tableOf(strapi, uid), some.length);
      for (const [at, piece] of some.entries()) piece.id = idAt(taken, at);
    }
    for (const { uid, oldId, id } of pieces) ids.set(uid, oldId, id);
    for (const [uid, some] of byType) {
      const rows = some.map(
        ({ id, oldId, data }): Row => ({
          id,
          ...namingRow(rowOf(uid, oldId), () => stored.rowOf(uid, data)),
        }),
      );
      await namingType(uid, () => insertRows(transaction, tableOf(strapi, uid), rows));
    }
    for (const { uid, id, data } of standing)
      await namingType(uid, () =>
        transaction(tableOf(strapi, uid)).where('id', id).update(stored.rowOf(uid, data)),
      );
    // The rows that hold them stand now.
    for (const [table, some] of groupedBy(pieces.flatMap(holdingOf), (holding) => holding.table))
      await insertRows(
        transaction,
        sqlTable(strapi.db, table),
        some.map(({ row }) => row),
      );
    await giveWay();
  }
  return placed.missing();
}

function standingId(ids: IdMap, { uid, oldId }: Piece): number {
  const id = ids.get(uid, oldId);
  if (id === undefined) throw new Error(`The row ${oldId} of ${uid} stands under no id`);
  return id;
}

function idAt(taken: readonly number[], at: number): number {
  const id = taken[at];
  if (id === undefined) throw new Error('The database gave fewer ids than it was asked for');
  return id;
}

type PlacesOf = (uid: string) => readonly ComponentPlace[];

/** The row, and all that it holds, however deep; of one list in its order. */
function piecesOf({ type, id, data }: Entity, placesOf: PlacesOf): readonly Piece[] {
  const pieces: Piece[] = [];
  const add = (piece: Piece) => {
    pieces.push(piece);
    for (const place of placesOf(piece.uid)) {
      const value = piece.data[place.field];
      for (const [at, item] of (Array.isArray(value) ? value : [value]).entries()) {
        if (!isObject(item)) continue;
        const uid = place.holds === 'zone' ? String(item['__component']) : place.components[0];
        if (uid === undefined) continue;
        const held = { by: piece, place, order: place.holds === 'one' ? null : at + 1 };
        add({ uid, data: item, oldId: item['id'], held, id: 0 });
      }
    }
  };
  add({ uid: type, data, oldId: id, held: null, id: 0 });
  return pieces;
}

function holdingOf({ uid, id, held }: Piece): readonly { readonly table: string; readonly row: Row }[] {
  if (held === null) return [];
  const { by, place, order } = held;
  const row = {
    [place.ownerColumn]: by.id,
    [place.componentColumn]: id,
    [place.typeColumn]: uid,
    [place.fieldColumn]: place.field,
    [place.orderColumn]: order,
  };
  return [{ table: place.table, row }];
}
