import type { Changeset } from '../../merge/changeset.js';
import { createConcern } from '../../merge/concern.js';
import { documentIdOf, folderType, rowKey } from '../../merge/identity.js';
import { ownedLink } from '../../merge/link-owner.js';
import { createStaying, type Staying } from '../../merge/staying-rows.js';
import { createUniqueFields } from '../../merge/unique-values.js';
import { fileType } from '../../protocol/clearing.js';
import { createComponentReader } from '../../protocol/components.js';
import type { Entity, Link, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { linkPlaceKey } from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import { schemasOf } from '../description.js';
import { clearComponentsOf, clearRows } from '../destination/clear-content.js';
import type { GoingFiles } from '../destination/file-plan.js';
import { collectGoingFiles } from '../destination/going-files.js';
import { createIdMap, type IdMap } from '../destination/id-map.js';
import type { Writing } from '../destination/writing.js';
import { type ConcernedRows, concernedRows, pinOf } from '../source/concerned-rows.js';
import { movedPlaces } from '../source/links.js';
import { addId, type IdsByType, leadsTo } from '../source/narrow-links.js';
import type { Strapi } from '../strapi.js';
import { moveFolders } from './moved-folders.js';
import { removeOwnedLinks } from './owned-links.js';

/** What is left to do once the rows that a merge replaces are free of what they held. */
export interface TakenOut {
  /** Of rows that stand, and that something which comes replaces or leads to: they keep their ids. */
  readonly ids: IdMap;
  /** Whether a row that comes takes the place of one that stands. */
  readonly stands: (type: string, id: unknown) => boolean;
  /** Files whose rows went, and that no other row names. */
  readonly going: GoingFiles;
}

/**
 * Holds a plan against what stands, and takes out what goes: rows that are deleted, and the components and links of those that
 * are replaced. Nothing but what the plan concerns is read or written.
 * @throws TransferError DESTINATION_CHANGED, MERGE_INCOMPLETE
 */
export async function takeOut(writing: Writing, changeset: Changeset): Promise<TakenOut> {
  const { strapi, transaction, source, placed, name } = writing;
  const schemas = schemasOf(strapi);
  const staying = createStaying(changeset, {
    ...{ standing: schemas, coming: schemas, end: name },
    givesIds: true,
  });
  const uniqueFields = createUniqueFields(schemas);
  const concern = createConcern();
  const comes = new Set<string>();
  for await (const batch of source.rows('entities')) {
    for (const row of batch) {
      staying.written(row);
      comes.add(rowKey(row.type, row.id));
      for (const field of uniqueFields(row.type)) concern.value(row.type, field, row.data[field]);
      const documentId = documentIdOf(row.data);
      if (documentId !== undefined) concern.document(row.type, documentId);
    }
  }
  const files = [...placed.values()].map(({ filename }) => filename);
  for (const file of files) staying.fileWritten(file);
  staying.allCame();

  const rows = concernedRows(strapi, pinOf(transaction));
  const drops = idsOf(changeset.drops);
  const { going, components } = await holdDropped(strapi, { rows, drops, schemas, staying });
  for await (const row of rows.bare(idsOf(changeset.expects))) staying.row(row);
  const dropped = new Set(changeset.drops.map(({ type, id }) => rowKey(type, id)));
  const others = async (found: AsyncIterable<Entity>) => {
    for await (const row of found) if (!dropped.has(rowKey(row.type, row.id))) staying.row(row);
  };
  const folders = changeset.folders.map(({ id }) => ({ type: folderType, id }));
  await others(rows.bare(idsOf(folders)));
  for (const [type, { documents, values }] of Object.entries(concern.all())) {
    await others(rows.ofDocuments(type, documents));
    for (const [field, some] of Object.entries(values)) await others(rows.withValues(type, field, some));
  }
  const names = new Set([...going.names, ...files]);
  if (names.size > 0) await others(rows.ofFiles(names));
  staying.rowsAreRead();
  const owners = joined(drops, components);
  for await (const link of rows.links(owners)) staying.link(link);
  const own = new Set([...owners].flatMap(([type, some]) => some.map((id) => rowKey(type, id))));
  for await (const link of rows.links(idsOf(changeset.inbound), leadsTo)) {
    const { type, ref } = ownedLink(link).owner;
    if (!own.has(rowKey(type, ref))) staying.link(link);
  }
  staying.linksAreRead();

  await moveFolders(writing, changeset.folders);
  const replaced = idsOf(changeset.drops.filter(({ type, id }) => comes.has(rowKey(type, id))));
  const deleted = idsOf(changeset.drops.filter(({ type, id }) => !comes.has(rowKey(type, id))));
  for (const link of changeset.unlinks) await unlink(writing, link);
  for (const [type, ids] of deleted) await clearRows(writing, type, ids);
  for (const [type, ids] of replaced) {
    await clearComponentsOf(writing, type, ids);
    await removeOwnedLinks(strapi, transaction, type, ids);
  }

  const ids = createIdMap();
  for (const [type, some] of [...replaced, ...idsOf(changeset.expects)])
    for (const id of some) ids.set(type, id, id);
  return {
    ids,
    stands: (type, id) => typeof id === 'number' && dropped.has(rowKey(type, id)),
    going: { ...going, names: going.names.filter((file) => !staying.file(file)) },
  };
}

interface Dropping {
  readonly rows: ConcernedRows;
  readonly drops: IdsByType;
  readonly schemas: Schemas;
  readonly staying: Staying;
}

/** Reads the rows that are replaced or deleted; their files, and their components by type. */
async function holdDropped(strapi: Strapi, { rows, drops, schemas, staying }: Dropping) {
  const reader = createComponentReader(schemas);
  const going = collectGoingFiles(strapi);
  const components = new Map<string, number[]>();
  for await (const row of rows.whole(drops)) {
    staying.row(row);
    reader.visit(row.type, row.data, (uid, id) => {
      addId(components, uid, Number(id));
    });
    if (row.type === fileType) going.row(row.data);
  }
  return { going: going.all(), components };
}

function idsOf(rows: readonly { readonly type: string; readonly id: number | string }[]): IdsByType {
  const ids = new Map<string, number[]>();
  for (const { type, id } of rows) addId(ids, type, Number(id));
  return ids;
}

function joined(one: IdsByType, other: IdsByType): IdsByType {
  const all = new Map(one);
  for (const [type, ids] of other) all.set(type, (all.get(type) ?? []).concat(ids));
  return all;
}

/**
 * Removes a link of a row that stays, which a document that comes takes over.
 * @throws TransferError DESTINATION_CHANGED where there is no such link
 */
async function unlink({ strapi, transaction, name }: Writing, link: Link): Promise<void> {
  const { left, right, relation } = link;
  const place = movedPlaces(strapi).find((one) => linkPlaceKey(one) === linkPlaceKey(left));
  const changed = () =>
    new TransferError('DESTINATION_CHANGED', { what: `A link of ${left.type}`, end: name });
  // Others are not taken over.
  if (place === undefined || !['oneToOne', 'oneToMany'].includes(relation)) throw changed();
  const table = transaction(sqlTable(strapi.db, place.table));
  const ofOwner = (column: string) => table.where(column, left.ref);
  const toRow = ({ typeColumn, idColumn }: { readonly typeColumn: string; readonly idColumn: string }) => ({
    [typeColumn]: right.type,
    [idColumn]: right.ref,
  });
  const remove = (): Promise<number> => {
    if (place.in === 'column')
      return ofOwner('id')
        .where(place.column, right.ref)
        .update({ [place.column]: null });
    if (place.in === 'morphColumn')
      return ofOwner('id')
        .where(toRow(place))
        .update({ [place.typeColumn]: null, [place.idColumn]: null });
    if (place.in === 'table') return ofOwner(place.ownerColumn).where(place.targetColumn, right.ref).delete();
    return ofOwner(place.ownerColumn)
      .where({ ...toRow(place), [place.fieldColumn]: right.field ?? null })
      .delete();
  };
  if ((await remove()) === 0) throw changed();
}
