import { fileType } from '../protocol/clearing.js';
import type { Entity, Link } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { isProtectedType } from '../protocol/protected-types.js';
import { type TypeChoice, verdictOfType } from '../protocol/type-choice.js';
import type { TransferSource } from '../stores/store.js';
import {
  type DocumentIndex,
  type IndexedDocument,
  type IndexedRow,
  indexDocuments,
} from './document-index.js';
import { localeType } from './identity.js';
import { type OwnedLink, ownedLink } from './link-owner.js';

/** One document by its type and documentId. */
export interface DocumentName {
  readonly type: string;
  readonly documentId: string;
}

/**
 * Which documents come. A document that one of its rows speaks for comes whole; without `documents`, `since` and `where`
 * every document of the chosen types comes.
 */
export interface Selection {
  /** These documents. */
  readonly documents?: readonly DocumentName[] | undefined;
  /** Documents that were changed at this time or later (`updatedAt`): a date, or a text that `Date.parse` reads. */
  readonly since?: Date | string | undefined;
  /** Documents of which this is true for a row. */
  readonly where?: ((row: Entity) => boolean) | undefined;
  /** Only rows of these locales, and rows without one. @defaultValue all */
  readonly locales?: readonly string[] | undefined;
  /**
   * How many steps relations are followed from the documents that are named: what they point to comes, too. Components
   * and files of the media library always come along. @defaultValue 0
   */
  readonly closure?: number | undefined;
}

/** What comes of a source, by its documents. */
export interface Selected {
  /** The source, open. */
  readonly source: TransferSource;
  /** All of the source. */
  readonly index: DocumentIndex;
  /** The documents of which rows come. A locale that came along with its rows is no reason to change the one that stands. */
  readonly documents: ReadonlyMap<IndexedDocument, 'chosen' | 'alongside'>;
  /** Rows of other locales neither come nor go; null where all come. */
  readonly locales: readonly string[] | null;
  /** The rows of a document that come. */
  rowsOf(document: IndexedDocument): readonly IndexedRow[];
  comes(entity: Entity): boolean;
  /** All rows that come. */
  rows(): AsyncIterable<readonly Entity[]>;
  /** What comes, and what its links lead to. */
  concerned(): Promise<ReadonlySet<IndexedDocument>>;
  /** The links that what comes owns, in the order in which they are stored. */
  links(): AsyncIterable<readonly (OwnedLink & { readonly link: Link })[]>;
}

/**
 * Chooses what comes. Reads the rows of the source once, and its links where what they point to comes, too.
 * @param source Open; it is read more than once.
 * @throws TransferError INVALID_OPTION, NOTHING_SELECTED, NO_DOCUMENTS
 */
export async function select(
  source: TransferSource,
  selection: Selection,
  types: TypeChoice,
): Promise<Selected> {
  const { locales = null, closure = 0 } = selection;
  if (source.rereads !== true)
    throw invalid(
      'from',
      source.name,
      'it gives its rows once only; transfer it into a folder or a memory store first',
    );
  const speaksFor = speakerOf(selection);
  const spoken = new Set<IndexedDocument>();
  const schemas = await source.schemas();
  const index = await indexDocuments(source, schemas, {
    onRow: (entity, document, row) => {
      if (
        document !== undefined &&
        row !== undefined &&
        hasLocale(row) &&
        isChosen(entity.type) &&
        speaksFor(entity)
      )
        spoken.add(document);
    },
  });
  for (const type of index.without)
    if (verdictOfType(type, types) === 'kept' && isWanted(type))
      throw new TransferError('NO_DOCUMENTS', { type, end: source.name });
  for (const { type, documentId } of selection.documents ?? []) {
    const found = index.find(type, documentId, undefined);
    const refused = (reason: string) => invalid('documents', `${type}:${documentId}`, reason);
    if (found === undefined) throw refused(`${source.name} has no such document`);
    if (!isChosen(type)) throw refused('its type is not among those that come. Choose its type as well');
    if (!found.rows.some(hasLocale)) throw refused('it has no row of the locales that come');
  }
  if (spoken.size === 0) throw new TransferError('NOTHING_SELECTED', { end: source.name });

  const documents = new Map<IndexedDocument, 'chosen' | 'alongside'>();
  for (const document of spoken) documents.set(document, 'chosen');
  const takesFiles = !types.exclude.includes(fileType);
  await follow({ source, index, documents, closure, isChosen, takesFiles, hasLocale });
  addLocales(index, documents, hasLocale);

  let concerning: Promise<ReadonlySet<IndexedDocument>> | undefined;
  return {
    source,
    index,
    documents,
    locales,
    concerned() {
      concerning ??= readConcerned();
      return concerning;
    },
    rowsOf: ({ rows }) => rows.filter(hasLocale),
    comes,
    async *rows() {
      for await (const batch of source.rows('entities')) {
        const rows = batch.filter(comes);
        if (rows.length > 0) yield rows;
      }
    },
    links,
  };

  function comes({ type, id }: Entity): boolean {
    const place = index.placeOf({ type, ref: id });
    return place !== undefined && documents.has(place.document) && hasLocale(place.row);
  }
  async function readConcerned(): Promise<ReadonlySet<IndexedDocument>> {
    const found = new Set(documents.keys());
    for await (const batch of links()) {
      for (const { target } of batch) {
        const document = index.placeOf(target)?.document;
        if (document !== undefined) found.add(document);
      }
    }
    return found;
  }
  async function* links() {
    for await (const batch of source.rows('links')) {
      const owned = (batch as readonly Link[]).flatMap((link) => {
        if (isProtectedType(link.left.type) || isProtectedType(link.right.type)) return [];
        const ends = ownedLink(link);
        const place = index.placeOf(ends.owner);
        const comes = place !== undefined && documents.has(place.document) && hasLocale(place.row);
        return comes ? [{ ...ends, link }] : [];
      });
      if (owned.length > 0) yield owned;
    }
  }
  function hasLocale({ locale }: Pick<IndexedRow, 'locale'>): boolean {
    return locales === null || locale === null || locales.includes(locale);
  }
  function isChosen(type: string): boolean {
    return verdictOfType(type, types) === 'kept';
  }
  function isWanted(type: string): boolean {
    const named = selection.documents?.map((document) => document.type);
    return named === undefined || named.includes(type);
  }
}

/** @throws TransferError INVALID_OPTION */
export function checkSelection({ closure = 0, since }: Selection): void {
  if (!Number.isInteger(closure) || closure < 0)
    throw invalid('closure', closure, 'it must be a whole number of steps');
  if (since !== undefined && Number.isNaN(new Date(since).getTime()))
    throw invalid('since', String(since), 'it must be a date, such as 2026-11-30 or 2026-11-30T08:00:00Z');
}

function speakerOf({ documents, since, where }: Selection): (entity: Entity) => boolean {
  const named = documents && new Set(documents.map(({ type, documentId }) => `${type}:${documentId}`));
  const time = since === undefined ? undefined : new Date(since).getTime();
  return (entity) => {
    const { documentId, updatedAt } = entity.data;
    if (named !== undefined && !named.has(`${entity.type}:${String(documentId)}`)) return false;
    if (time !== undefined && !(new Date(String(updatedAt)).getTime() >= time)) return false;
    return where === undefined || where(entity);
  };
}

interface Following {
  readonly source: TransferSource;
  readonly index: DocumentIndex;
  readonly documents: Map<IndexedDocument, 'chosen' | 'alongside'>;
  readonly closure: number;
  readonly isChosen: (type: string) => boolean;
  readonly takesFiles: boolean;
  readonly hasLocale: (row: IndexedRow) => boolean;
}

/** Adds what the documents point to, step by step; files always. */
async function follow({
  source,
  index,
  documents,
  closure,
  isChosen,
  takesFiles,
  hasLocale,
}: Following): Promise<void> {
  let reached = new Set(documents.keys());
  for (let step = 1; reached.size > 0 && step <= closure + 1; step += 1) {
    const next = new Set<IndexedDocument>();
    for await (const batch of source.rows('links')) {
      for (const link of batch as readonly Link[]) {
        if (isProtectedType(link.left.type) || isProtectedType(link.right.type)) continue;
        const { owner, target } = ownedLink(link);
        const place = index.placeOf(owner);
        const from = place !== undefined && hasLocale(place.row) ? place.document : undefined;
        const to = index.placeOf(target)?.document;
        if (from === undefined || to === undefined || !reached.has(from) || documents.has(to)) continue;
        if (to.type === fileType ? takesFiles : step <= closure && isChosen(to.type)) next.add(to);
      }
    }
    for (const document of next) documents.set(document, 'chosen');
    reached = next;
  }
}

/** The locale of a row is a document of its own. */
function addLocales(
  index: DocumentIndex,
  documents: Map<IndexedDocument, 'chosen' | 'alongside'>,
  hasLocale: (row: IndexedRow) => boolean,
): void {
  const used = new Set<string>();
  for (const { rows } of documents.keys())
    for (const row of rows) if (row.locale !== null && hasLocale(row)) used.add(row.locale);
  for (const code of used) {
    const document = index.find(localeType, '', code);
    if (document !== undefined && !documents.has(document)) documents.set(document, 'alongside');
  }
}

function invalid(option: string, value: unknown, reason: string): TransferError {
  return new TransferError('INVALID_OPTION', { option, value, reason });
}
