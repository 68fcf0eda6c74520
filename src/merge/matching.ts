import { createComponentReader } from '../protocol/components.js';
import type { Entity } from '../protocol/content.js';
import type { TransferSource } from '../stores/store.js';
import { topsOf } from './concern.js';
import {
  type DocumentIndex,
  type IndexedDocument,
  type IndexedRow,
  indexDocuments,
  type RowNames,
} from './document-index.js';
import { digestOf, documentIdOf, folderType, isOwnField, placeKey } from './identity.js';
import type { Selected } from './selection.js';
import { createUniqueFields, valueKey } from './unique-values.js';

/** A document that comes, and the one that it meets. */
export interface Meeting {
  readonly coming: IndexedDocument;
  /** Undefined where none stands. */
  readonly standing: IndexedDocument | undefined;
  readonly rows: readonly RowPair[];
}

/** Rows of one place in the document: its locale, and whether it is published. */
interface RowPair {
  readonly coming: IndexedRow | undefined;
  readonly standing: IndexedRow | undefined;
}

export interface Matched {
  readonly index: DocumentIndex;
  readonly meetings: ReadonlyMap<IndexedDocument, Meeting>;
  /** The meeting of a document that stands; undefined where none comes for it. */
  meetingOf(standing: IndexedDocument): Meeting | undefined;
  /** The row that stands for one that comes. */
  standsFor(coming: IndexedDocument, row: IndexedRow): IndexedRow | undefined;
  /** Whether a row that stands may be replaced or deleted. */
  isInScope(row: IndexedRow): boolean;
  /** Whether the fields of both rows are equal. */
  isEqual(pair: RowPair): boolean;
  /** The digest of a row that stands and meets one. */
  digest(row: IndexedRow): string;
  readonly twins: readonly Twin[];
}

/** Two documents that share the value of a field that is unique. */
interface Twin {
  readonly coming: IndexedDocument;
  /** The documentId of the one that stands. */
  readonly standing: string;
  readonly field: string;
  readonly value: string;
}

/**
 * Matches what comes with what stands: documents by documentId, or else a single type by its uid, a locale by its code, a
 * file by its name and hash, a folder by its name and its folder; their rows by locale and state. Reads the rows of both sides once.
 */
export async function match(selected: Selected, standing: TransferSource): Promise<Matched> {
  const schemas = (await standing.schemas()) ?? selected.index.schemas;
  const unique = createUniqueFields(schemas ?? selected.index.schemas);
  const uniqueFields = (type: string) => unique(type).filter((field) => !isOwnField(type, field));
  const digests = new Map<IndexedRow, string>();
  const values = new Map<string, Set<IndexedDocument>>();
  await readComing(selected, (entity, document, row, digest) => {
    digests.set(row, digest);
    for (const field of uniqueFields(entity.type)) {
      const key = valueKey(entity, field);
      if (key !== undefined) values.set(key, (values.get(key) ?? new Set()).add(document));
    }
  });

  const concerned = await selected.concerned();
  const isConcerned = namesOf(concerned);
  // Which of them a folder meets is known once all were read.
  const concernsFolders = [...concerned].some(({ type }) => type === folderType);
  const isComing = namesOf(selected.documents.keys());
  const reader = createComponentReader(schemas);
  const twins: Twin[] = [];
  const tops = topsOf(await standing.metadata(), standing.name);
  const index = await indexDocuments(standing, schemas, {
    tops,
    keeps: (names) => (concernsFolders && names.type === folderType) || isConcerned(names),
    onRow: (entity, document, row) => {
      const isCompared = entity.type === folderType || (document !== undefined && isComing(document));
      if (row !== undefined && isCompared)
        digests.set(row, digestOf(reader.withoutIds(entity.type, entity.data), entity.type));
      for (const field of values.size === 0 ? [] : uniqueFields(entity.type)) {
        const sharing = values.get(valueKey(entity, field) ?? '') ?? [];
        const other = documentIdOf(entity.data);
        const value = String(entity.data[field]);
        for (const twin of other === undefined ? [] : sharing)
          twins.push({ coming: twin, standing: other ?? '', field, value });
      }
    },
  });

  const meetings = new Map<IndexedDocument, Meeting>();
  const met = new Map<IndexedDocument, Meeting>();
  const meet = (document: IndexedDocument, there: IndexedDocument | undefined) => {
    const rows = pairs(selected.rowsOf(document), there === undefined ? [] : inScope(there, selected));
    const meeting = { coming: document, standing: there, rows };
    meetings.set(document, meeting);
    if (there !== undefined) met.set(there, meeting);
  };
  const others: IndexedDocument[] = [];
  for (const document of selected.documents.keys()) {
    const there = index.find(document.type, document.documentId, undefined);
    if (there === undefined) others.push(document);
    else meet(document, there);
  }
  for (const document of others) {
    const there = index.find(document.type, document.documentId, document.alias);
    meet(document, there !== undefined && met.has(there) ? undefined : there);
  }

  const scope = new Set(
    [...meetings.values()].flatMap(({ rows }) => rows.flatMap(({ standing: row }) => row ?? [])),
  );
  return {
    index,
    meetings,
    meetingOf: (document) => met.get(document),
    standsFor: (document, row) => meetings.get(document)?.rows.find(({ coming }) => coming === row)?.standing,
    isInScope: (row) => scope.has(row),
    isEqual: ({ coming: one, standing: other }) =>
      one !== undefined && other !== undefined && digests.get(one) === digests.get(other),
    digest: (row) => digests.get(row) ?? '',
    twins,
  };
}

/** The rows that may be replaced or deleted: those of the locales that come. */
function inScope({ rows }: IndexedDocument, { locales }: Selected): readonly IndexedRow[] {
  return rows.filter(({ locale }) => locales === null || locale === null || locales.includes(locale));
}

function pairs(coming: readonly IndexedRow[], standing: readonly IndexedRow[]): readonly RowPair[] {
  // A Strapi may hold two rows of one place: one is replaced, the other deleted. Each time that it is asked it is the same one.
  const waiting = new Map<string, IndexedRow[]>();
  const inOrder = [...standing].sort((one, other) => Number(one.id) - Number(other.id));
  for (const row of inOrder) waiting.set(placeKey(row), [...(waiting.get(placeKey(row)) ?? []), row]);
  const matched = coming.map(
    (row): RowPair => ({ coming: row, standing: waiting.get(placeKey(row))?.shift() }),
  );
  const rest = [...waiting.values()].flat().map((row): RowPair => ({ coming: undefined, standing: row }));
  return [...matched, ...rest];
}

/** Whether something that stands has a name of one of these documents. */
export function namesOf(documents: Iterable<IndexedDocument>): (standing: Omit<RowNames, 'id'>) => boolean {
  const named = new Set<string>();
  for (const { type, documentId, alias } of documents) {
    named.add(`${type} ${documentId}`);
    if (alias !== undefined) named.add(`${type}\n${alias}`);
  }
  return ({ type, documentId, alias }) =>
    named.has(`${type} ${documentId}`) || (alias !== undefined && named.has(`${type}\n${alias}`));
}

type OnComing = (entity: Entity, document: IndexedDocument, row: IndexedRow, digest: string) => void;

async function readComing(selected: Selected, onRow: OnComing): Promise<void> {
  const reader = createComponentReader(selected.index.schemas);
  for await (const batch of selected.rows()) {
    for (const entity of batch) {
      const place = selected.index.placeOf({ type: entity.type, ref: entity.id });
      if (place === undefined) continue;
      const data = reader.withoutIds(entity.type, entity.data);
      onRow(entity, place.document, place.row, digestOf(data, entity.type));
    }
  }
}
