import { fileType } from '../protocol/clearing.js';
import { createComponentReader } from '../protocol/components.js';
import type { Entity, LinkEnd, Schemas } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { TransferSource } from '../stores/store.js';
import { fileNamesOf } from './file-names.js';
import { FolderNames } from './folder-names.js';
import { aliasOf, documentIdOf, folderType, placeOf, type RowFacts, titleOf } from './identity.js';
import type { Id } from './plan.js';

/** A document of one side: its rows, and what names it. */
export interface IndexedDocument {
  readonly type: string;
  readonly documentId: string;
  /** What names it on other servers: see `aliasOf`. */
  readonly alias: string | undefined;
  readonly title: string | undefined;
  readonly rows: IndexedRow[];
}

export interface IndexedRow extends RowFacts {
  /** Where a folder of the media library lies, in the destination's own ids: `/4/2`. */
  readonly path?: string;
  /** The last of them. */
  readonly pathId?: number;
  /** Of a file of the media library, without its formats. */
  readonly bytes?: number;
  /** The names under which it and its formats lie. */
  readonly files?: readonly string[];
}

/** A component within a row. */
export interface ComponentPlace {
  readonly document: IndexedDocument;
  readonly row: IndexedRow;
  /** `sections.0`. */
  readonly path: string;
}

export interface DocumentIndex {
  readonly schemas: Schemas | null;
  documents(): Iterable<IndexedDocument>;
  /** By its documentId, or else by its alias. */
  find(type: string, documentId: string, alias: string | undefined): IndexedDocument | undefined;
  /** The row, or the row that holds the component, that an end of a link names; undefined for one that is not in here. */
  placeOf(end: LinkEnd): ComponentPlace | undefined;
  /** The ids of all rows and components that are remembered, as texts. */
  ids(): ReadonlySet<string>;
  /** The greatest id by uid, of rows and of components. */
  readonly top: ReadonlyMap<string, number>;
  /** Types of which rows have no documentId. */
  readonly without: ReadonlySet<string>;
}

/** What names a row, before it is known whether it is kept. A folder has no alias before all rows were read. */
export interface RowNames {
  readonly type: string;
  readonly id: Id;
  readonly documentId: string;
  readonly alias: string | undefined;
}

/** What may be learned of each row while it is read. */
export type OnRow = (
  entity: Entity,
  document: IndexedDocument | undefined,
  row: IndexedRow | undefined,
) => void;

/**
 * Reads the rows of a source that is open, once, and keeps what names them; never their fields. Types that are never moved
 * are passed over.
 * @param keeps Which documents are remembered; of the others the ids alone count. @default all
 * @param onRow Told of each row, with its document and itself where they are kept.
 * @param tops The greatest ids of a source that gives not all of its rows.
 */
export async function indexDocuments(
  source: TransferSource,
  schemas: Schemas | null,
  {
    onRow,
    keeps,
    tops = new Map(),
  }: {
    readonly onRow?: OnRow;
    readonly keeps?: (names: RowNames) => boolean;
    readonly tops?: ReadonlyMap<string, number>;
  } = {},
): Promise<DocumentIndex> {
  const reader = createComponentReader(schemas);
  const byDocument = new Map<string, Map<string, IndexedDocument>>();
  const byAlias = new Map<string, Map<string, IndexedDocument>>();
  const byRow = new Map<string, Map<Id, readonly [IndexedDocument, IndexedRow]>>();
  const components = new Map<string, Map<Id, ComponentPlace>>();
  const top = new Map(tops);
  const without = new Set<string>();
  const folderNames = new FolderNames();
  const folders: { alias: string | undefined; readonly rows: IndexedRow[] }[] = [];
  const raise = (uid: string, id: Id) => {
    if (typeof id === 'number' && id > (top.get(uid) ?? 0)) top.set(uid, id);
  };

  const documentOf = (entity: Entity, { documentId, alias }: RowNames): IndexedDocument => {
    const documents = inner(byDocument, entity.type);
    const known = documents.get(documentId);
    if (known !== undefined) return known;
    const made = { type: entity.type, documentId, alias, title: titleOf(entity), rows: [] };
    documents.set(documentId, made);
    if (entity.type === folderType) folders.push(made);
    if (alias !== undefined && !inner(byAlias, entity.type).has(alias))
      inner(byAlias, entity.type).set(alias, made);
    return made;
  };

  for await (const batch of source.rows('entities')) {
    for (const entity of batch) {
      const { type, id, data } = entity;
      if (isProtectedType(type)) continue;
      raise(type, id);
      folderNames.add(entity);
      const documentId = documentIdOf(data);
      if (documentId === undefined) {
        without.add(type);
        reader.visit(type, data, raise);
        continue;
      }
      const names = { type, id, documentId, alias: aliasOf(entity, schemas) };
      if (keeps !== undefined && !keeps(names)) {
        reader.visit(type, data, raise);
        onRow?.(entity, undefined, undefined);
        continue;
      }
      const document = documentOf(entity, names);
      const row = rowOf(entity);
      document.rows.push(row);
      inner(byRow, type).set(id, [document, row]);
      reader.withoutIds(type, data, (uid, component, path) => {
        raise(uid, component);
        inner(components, uid).set(component, { document, row, path });
      });
      onRow?.(entity, document, row);
    }
  }

  for (const made of folders) {
    made.alias = folderNames.of(made.rows[0]?.path);
    if (made.alias !== undefined && !inner(byAlias, folderType).has(made.alias))
      inner(byAlias, folderType).set(made.alias, made as IndexedDocument);
  }

  return {
    schemas,
    top,
    without,
    *documents() {
      for (const documents of byDocument.values()) yield* documents.values();
    },
    ids() {
      const all = [...byRow.values(), ...components.values()].flatMap((known) => [...known.keys()]);
      return new Set(all.map(String));
    },
    find: (type, documentId, alias) =>
      byDocument.get(type)?.get(documentId) ??
      (alias === undefined ? undefined : byAlias.get(type)?.get(alias)),
    placeOf({ type, ref }) {
      const row = byRow.get(type)?.get(ref);
      return row === undefined ? components.get(type)?.get(ref) : { document: row[0], row: row[1], path: '' };
    },
  };
}

function rowOf(entity: Entity): IndexedRow {
  const { type, id, data } = entity;
  const { updatedAt, size } = data;
  const { path, pathId } = type === folderType ? data : {};
  // Strapi counts a file in kilobytes of 1,000 bytes.
  const bytes = type === fileType && typeof size === 'number' ? Math.round(size * 1000) : undefined;
  return {
    id,
    ...placeOf(entity),
    updatedAt: typeof updatedAt === 'string' ? updatedAt : '',
    ...(typeof path === 'string' ? { path } : {}),
    ...(typeof pathId === 'number' ? { pathId } : {}),
    ...(bytes === undefined ? {} : { bytes }),
    ...(type === fileType ? { files: fileNamesOf(entity) } : {}),
  };
}

export function inner<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const found = maps.get(key) ?? new Map<K, V>();
  maps.set(key, found);
  return found;
}
