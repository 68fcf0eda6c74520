import type { Model, StrapiDatabase } from '../strapi.js';

/** A table's name for a statement of knex: with the schema, where the database is configured with one (PostgreSQL). */
export function sqlTable(database: StrapiDatabase, table: string): string {
  const schema = database.getSchemaName();
  return schema === undefined ? table : `${schema}.${table}`;
}

/** Undefined for a type that this Strapi does not have: its map throws. */
export function modelOf(database: StrapiDatabase, uid: string): Model | undefined {
  return database.metadata.has(uid) ? database.metadata.get(uid) : undefined;
}

/** @throws Error for a uid that no model has: a fault of Ferry's or of Strapi's own description. */
export function knownModel(database: StrapiDatabase, uid: string): Model {
  const model = modelOf(database, uid);
  if (model === undefined) throw new Error(`This Strapi has no model ${uid}`);
  return model;
}

/** Whether the rows of a table have an `id`, which a join table that a schema describes by hand need not. */
export function hasId(database: StrapiDatabase, table: string): boolean {
  return modelOf(database, table)?.attributes['id'] !== undefined;
}
