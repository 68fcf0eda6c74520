import type { Knex } from 'knex';
import { isUniqueValue } from '../../merge/unique-values.js';
import { fileType } from '../../protocol/clearing.js';
import type { Entity, Link } from '../../protocol/content.js';
import { type Column, columnsOf } from '../database/columns.js';
import { UnfitValue } from '../database/fields.js';
import { modelOf } from '../database/names.js';
import { giveWay } from '../destination/give-way.js';
import type { Strapi } from '../strapi.js';
import { createComponentReader } from './components.js';
import { draftOf, selected } from './drafts.js';
import { linksOf, movedPlaces } from './links.js';
import { type IdsByType, ownsLinks } from './narrow-links.js';
import { from, type Pin, pagesOf, rowsWith, type SqlRow } from './pin.js';

/** Looks for rows of one type. */
export interface RowSearch<T> {
  ofDocuments(type: string, documentIds: readonly string[]): AsyncIterable<T>;
  /** Those with one of these values in a field. A value that any row may have is passed over. */
  withValues(type: string, field: string, values: readonly unknown[]): AsyncIterable<T>;
  all(type: string): AsyncIterable<T>;
  /** One that has no documentId, where there are such. */
  withoutDocument(type: string): AsyncIterable<T>;
}

/**
 * Reads the few rows of a Strapi that a merge concerns, however many there are: without components, to tell what they are and where
 * they stand.
 */
export interface ConcernedRows extends RowSearch<Entity> {
  bare(ids: IdsByType): AsyncIterable<Entity>;
  /** With their components, as a pull gives them. */
  whole(ids: IdsByType): AsyncIterable<Entity>;
  /** Likewise, of the media library: those that may name one of these files, in a format too. */
  ofFiles(filenames: Iterable<string>): AsyncIterable<Entity>;
  /** The links that rows and components own, or those that lead to them. @param of @default those that they own */
  links(ids: IdsByType, of?: typeof ownsLinks): AsyncIterable<Link>;
}

/** What a transaction sees. */
export function pinOf(transaction: Knex.Transaction): Pin {
  return {
    async rows(query) {
      const rows = await query.transacting(transaction);
      await giveWay();
      return rows;
    },
    release: async () => {},
  };
}

/** The pages that answer a query of one table, which this narrows. */
type Pages = (query: () => Knex.QueryBuilder) => AsyncIterable<readonly SqlRow[]>;

function searchOf<T>(
  { db }: Strapi,
  pin: Pin,
  read: (type: string, pages: Pages) => AsyncIterable<T>,
): RowSearch<T> {
  return {
    ofDocuments: (type, documentIds) => read(type, havingOneOf(pin, 'document_id', documentIds)),
    async *withValues(type, field, values) {
      const model = modelOf(db, type);
      const column = model && columnsOf(model).find(({ attribute }) => attribute === field);
      if (column !== undefined)
        yield* read(type, havingOneOf(pin, column.name, fittingValues(column, values)));
    },
    all: (type) => read(type, (query) => pagesOf(pin, query)),
    withoutDocument: (type) =>
      read(type, async function* (query) {
        yield await pin.rows(query().whereNull('document_id').orWhere('document_id', '').limit(1));
      }),
  };
}

const havingOneOf =
  (pin: Pin, column: string, values: readonly unknown[], atOnce?: number): Pages =>
  (query) =>
    rowsWith(pin, () => query().orderBy('id'), column, values, atOnce);

/** Reads no more of a row than its id. */
export function concernedIds(strapi: Strapi, pin: Pin): RowSearch<number> {
  const { db } = strapi;
  return searchOf(strapi, pin, async function* (type, pages) {
    const model = modelOf(db, type);
    if (model === undefined) return;
    for await (const rows of pages(() => from(db, model.tableName).select('id')))
      for (const { id } of rows) yield Number(id);
  });
}

/** Rows and all that is in them, which may be large, at a time. */
const wholeAtOnce = 100;

export function concernedRows(strapi: Strapi, pin: Pin): ConcernedRows {
  const { db } = strapi;
  const components = createComponentReader(strapi, pin);

  async function* read(type: string, pages: Pages, isWhole = false): AsyncGenerator<Entity> {
    const model = modelOf(db, type);
    if (model === undefined) return;
    const columns = columnsOf(model);
    for await (const rows of pages(() => selected(db, from(db, model.tableName), columns))) {
      const drafts = rows.map((row) => draftOf(columns, row));
      if (isWhole)
        await components.attach(type, new Map(drafts.map((draft) => [Number(draft['id']), draft])));
      for (const draft of drafts) yield entityOf(type, draft);
    }
  }

  return {
    ...searchOf(strapi, pin, (type, pages) => read(type, pages)),
    async *whole(ids) {
      for (const [type, some] of ids) yield* read(type, havingOneOf(pin, 'id', some, wholeAtOnce), true);
    },
    async *bare(ids) {
      for (const [type, some] of ids) yield* read(type, havingOneOf(pin, 'id', some));
    },
    async *ofFiles(filenames) {
      const hashes = new Set([...filenames].flatMap(hashesIn));
      yield* read(fileType, havingOneOf(pin, 'hash', [...hashes]));
    },
    async *links(ids, of = ownsLinks) {
      for (const place of movedPlaces(strapi))
        for (const narrow of of(place, ids))
          for await (const links of linksOf(strapi, pin, place, () => {}, narrow)) yield* links;
    },
  };
}

/** As the column holds them, which need not be as they are sent: SQLite has times as numbers. No row has a value that does not fit. */
function fittingValues({ type, field }: Column, values: readonly unknown[]): readonly unknown[] {
  return values.filter(isUniqueValue).flatMap((value) => {
    try {
      const bound = field.toColumn(value);
      return fits[type]?.(bound) === false ? [] : [bound];
    } catch (error) {
      if (error instanceof UnfitValue) return [];
      throw error;
    }
  });
}

/** PostgreSQL compares an integer with nothing else. */
const fits: Readonly<Record<string, (bound: unknown) => boolean>> = {
  integer: (bound) => Number.isInteger(bound) && Math.abs(Number(bound)) < 2 ** 31,
  biginteger: (bound) => BigInt.asIntN(64, BigInt(String(bound))) === BigInt(String(bound)),
};

function entityOf(type: string, { id, ...data }: Record<string, unknown>): Entity {
  return { type, id: Number(id), data };
}

/** `thumbnail_dawn_1.png`: that of a row with the hash `dawn_1`, or of one whose own hash begins so. */
function hashesIn(filename: string): readonly string[] {
  const hash = filename.replace(/\.[^.]*$/, '');
  // A format may have any name, with lines of its own.
  const ends = [...hash.matchAll(/_/g)].map(({ index }) => hash.slice(index + 1));
  return [filename, hash, ...ends];
}
