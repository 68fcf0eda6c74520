import type { Knex } from 'knex';
import type { Link, LinkEnd } from '../../protocol/content.js';
import { isProtectedType } from '../../protocol/protected-types.js';
import {
  type ColumnPlace,
  type LinkPlace,
  linkPlaces,
  type MorphColumnPlace,
  type MorphTablePlace,
  type TablePlace,
} from '../database/link-places.js';
import { sqlTable } from '../database/names.js';
import type { Strapi } from '../strapi.js';
import { keepExisting } from './existing.js';
import { from, type Pin, pagesOf, type SqlRow } from './pin.js';

/** Those whose links leave this Strapi. */
export function movedPlaces(strapi: Strapi): readonly LinkPlace[] {
  return linkPlaces(strapi).filter(
    (place) => !isProtectedType(place.type) && !('target' in place && isProtectedType(place.target)),
  );
}

/** Told how many links of a place lead to a row that does not exist; a Strapi leaves them out too. */
export type OnOrphans = (place: LinkPlace, count: number) => void;

/** Adds to a query which of the links are wanted. */
export type Narrow = (query: Knex.QueryBuilder) => Knex.QueryBuilder;

/** The links of a place, in the order in which they were stored. */
export async function* linksOf(
  strapi: Strapi,
  pin: Pin,
  place: LinkPlace,
  onOrphans: OnOrphans,
  narrow: Narrow = (query) => query,
): AsyncGenerator<readonly Link[]> {
  const narrowed: Pin = { ...pin, rows: (query) => pin.rows(narrow(query)) };
  let orphans = 0;
  for await (const rows of readings[place.in](strapi, narrowed, place as never)) {
    const links = await keepExisting(strapi.db, pin, place, rows);
    orphans += rows.length - links.length;
    const moved = links.filter((link) => !isProtectedType(link.right.type));
    if (moved.length > 0) yield moved;
  }
  if (orphans > 0) onOrphans(place, orphans);
}

/** What each kind of place reads; an end without a `ref` is that of a link whose row does not exist. */
type FoundLink = Link & { readonly right: LinkEnd };

const readings = { column: inColumn, table: inTable, morphColumn: inMorphColumn, morphTable: inMorphTable };

async function* inColumn({ db }: Strapi, pin: Pin, place: ColumnPlace): AsyncGenerator<readonly FoundLink[]> {
  const { table, column, target } = place;
  const query = () => from(db, table).select('id', { ref: column }).whereNotNull(column);
  for await (const rows of pagesOf(pin, query))
    yield rows.map((row) => linkOf(place, { ref: row['id'] }, { type: target, ref: row['ref'] }));
}

async function* inTable({ db }: Strapi, pin: Pin, place: TablePlace): AsyncGenerator<readonly FoundLink[]> {
  const { table, ownerColumn, targetColumn, orderColumn, inverseOrderColumn, inverseField, target } = place;
  const columns = {
    // Null where the owner, or the target, is gone.
    ...{ owner: 'owner.id', ref: 'target.id' },
    ...(place.hasId ? { id: 'link.id' } : {}),
    ...(orderColumn === undefined ? {} : { pos: `link.${orderColumn}` }),
    ...(inverseOrderColumn === undefined ? {} : { inversePos: `link.${inverseOrderColumn}` }),
  };
  const query = () =>
    db.connection
      .queryBuilder()
      .select(columns)
      .from({ link: sqlTable(db, table) })
      .leftJoin({ owner: sqlTable(db, place.ownerTable) }, `link.${ownerColumn}`, 'owner.id')
      .leftJoin({ target: sqlTable(db, place.targetTable) }, `link.${targetColumn}`, 'target.id');
  for await (const rows of allOf(pin, query, place, 'link.id'))
    yield rows.map((row) =>
      linkOf(
        place,
        { ref: row['owner'], ...(orderColumn === undefined ? {} : { pos: row['pos'] }) },
        {
          ...{ type: target, ref: row['ref'] },
          ...(inverseField === undefined ? {} : { field: inverseField }),
          ...(inverseOrderColumn === undefined ? {} : { pos: row['inversePos'] }),
        },
      ),
    );
}

async function* inMorphColumn(
  { db }: Strapi,
  pin: Pin,
  place: MorphColumnPlace,
): AsyncGenerator<readonly FoundLink[]> {
  const { table, typeColumn, idColumn } = place;
  const query = () =>
    from(db, table)
      .select('id', { type: typeColumn, ref: idColumn })
      .whereNotNull(typeColumn)
      .whereNotNull(idColumn);
  for await (const rows of pagesOf(pin, query))
    yield rows.map((row) => linkOf(place, { ref: row['id'] }, { type: row['type'], ref: row['ref'] }));
}

async function* inMorphTable(
  { db }: Strapi,
  pin: Pin,
  place: MorphTablePlace,
): AsyncGenerator<readonly FoundLink[]> {
  const { table, ownerColumn, typeColumn, idColumn, fieldColumn, orderColumn } = place;
  const columns = {
    ...{ owner: ownerColumn, type: typeColumn, ref: idColumn, field: fieldColumn, pos: orderColumn },
    ...(place.hasId ? { id: 'id' } : {}),
  };
  const query = () => from(db, table).select(columns);
  for await (const rows of allOf(pin, query, place, 'id'))
    yield rows.map(({ owner, type, ref, field, pos }) =>
      linkOf(place, { ref: owner }, { type, ref, field, pos }),
    );
}

/** A table that a schema describes by hand may have no ids: it is read at once. */
async function* allOf(
  pin: Pin,
  query: Parameters<typeof pagesOf>[1],
  { hasId }: TablePlace | MorphTablePlace,
  key: string,
): AsyncGenerator<readonly SqlRow[]> {
  if (hasId) yield* pagesOf(pin, query, key);
  else yield await pin.rows(query());
}

/** Columns hold what Strapi wrote: what a link of the protocol has. */
function linkOf({ type, field, kind, relation }: LinkPlace, left: SqlRow, right: SqlRow): FoundLink {
  return { kind, relation, left: { type, field, ...left } as LinkEnd, right: right as unknown as LinkEnd };
}
