import type { Knex } from 'knex';
import { fileType } from '../../protocol/clearing.js';
import type { Entity, Link } from '../../protocol/content.js';
import { columnsOf } from '../database/columns.js';
import { modelOf } from '../database/names.js';
import { giveWay } from '../destination/give-way.js';
import { createComponentReader } from '../source/components.js';
import { draftOf, selected } from '../source/drafts.js';
import { linksOf, movedPlaces } from '../source/links.js';
import { from, type Pin, rowsWith } from '../source/pin.js';
import type { Strapi } from '../strapi.js';
import { type IdsByType, ownsLinks } from './owned-links.js';

/** Reads the few rows of a Strapi that a merge concerns, however many there are. */
export interface ConcernedRows {
  /** With their components, as a pull gives them. */
  whole(ids: IdsByType): AsyncIterable<Entity>;
  /** Without components: what they are, and where they stand. */
  bare(ids: IdsByType): AsyncIterable<Entity>;
  /** Likewise, of documents. */
  ofDocuments(type: string, documentIds: readonly string[]): AsyncIterable<Entity>;
  /** Likewise, of a type: those with one of these values in a field. */
  withValues(type: string, field: string, values: readonly unknown[]): AsyncIterable<Entity>;
  /** Likewise, of the media library: those that may name one of these files, in a format too. */
  ofFiles(filenames: Iterable<string>): AsyncIterable<Entity>;
  /** The links that rows and components own. */
  links(ids: IdsByType): AsyncIterable<Link>;
}

export function concernedRows(strapi: Strapi, transaction: Knex.Transaction): ConcernedRows {
  const { db } = strapi;
  const pin: Pin = {
    async rows(query) {
      const rows = await query.transacting(transaction);
      await giveWay();
      return rows;
    },
    release: async () => {},
  };
  const components = createComponentReader(strapi, pin);

  async function* rowsOf(
    type: string,
    column: string,
    values: readonly unknown[],
    isWhole = false,
  ): AsyncGenerator<Entity> {
    const model = modelOf(db, type);
    if (model === undefined) return;
    const columns = columnsOf(model);
    const query = () => selected(db, from(db, model.tableName), columns);
    for await (const rows of rowsWith(pin, query, column, values)) {
      const drafts = rows.map((row) => draftOf(columns, row));
      if (isWhole)
        await components.attach(type, new Map(drafts.map((draft) => [Number(draft['id']), draft])));
      for (const draft of drafts) yield entityOf(type, draft);
    }
  }

  return {
    async *whole(ids) {
      for (const [type, some] of ids) yield* rowsOf(type, 'id', some, true);
    },
    async *bare(ids) {
      for (const [type, some] of ids) yield* rowsOf(type, 'id', some);
    },
    ofDocuments: (type, documentIds) => rowsOf(type, 'document_id', documentIds),
    async *withValues(type, field, values) {
      const model = modelOf(db, type);
      const column = model && columnsOf(model).find(({ attribute }) => attribute === field);
      if (column === undefined) return;
      // A column need not hold a value as it is sent: SQLite has times as numbers.
      yield* rowsOf(
        type,
        column.name,
        values.map((value) => column.field.toColumn(value)),
      );
    },
    async *ofFiles(filenames) {
      const hashes = new Set([...filenames].flatMap(hashesIn));
      yield* rowsOf(fileType, 'hash', [...hashes]);
    },
    async *links(ids) {
      for (const place of movedPlaces(strapi))
        for (const narrow of ownsLinks(place, ids))
          for await (const links of linksOf(strapi, pin, place, () => {}, narrow)) yield* links;
    },
  };
}

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
