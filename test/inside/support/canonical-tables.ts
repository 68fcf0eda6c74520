import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { componentPlaces } from '../../../src/strapi/database/component-places.js';
import type { Model, RelationAttribute, Strapi } from '../../../src/strapi/strapi.js';

type Row = Record<string, unknown>;

/** Every table of the database, by name: its rows as text, with names for ids, in one order. Two databases with the same content are equal. */
export async function canonicalTables(strapi: Strapi): Promise<Record<string, string[]>> {
  const tables = await readTables(strapi);
  const names = namesOf(strapi, tables);
  const canonical: Record<string, string[]> = {};
  for (const [table, rows] of tables) {
    const references = referencesOf(strapi, table);
    canonical[table] = rows.map((row) => textOf(row, { strapi, names, references, table })).sort();
  }
  return canonical;
}

/** The files of the uploads, by name: their sizes and hashes. */
export async function uploadsOf(folder: string): Promise<Record<string, string>> {
  const uploads = join(folder, 'public', 'uploads');
  const files: Record<string, string> = {};
  for (const name of (await readdir(uploads)).sort()) {
    if (name === '.gitkeep') continue;
    const bytes = await readFile(join(uploads, name)).catch(() => 'no file');
    files[name] = `${bytes.length} ${createHash('sha256').update(bytes).digest('hex')}`;
  }
  return files;
}

async function readTables(strapi: Strapi): Promise<Map<string, Row[]>> {
  const { connection } = strapi.db;
  const found =
    strapi.db.dialect.client === 'sqlite'
      ? await connection('sqlite_master')
          .where('type', 'table')
          .whereNot('name', 'like', 'sqlite%')
          .select('name')
      : await connection('information_schema.tables')
          .where(
            'table_schema',
            strapi.db.dialect.client === 'postgres' ? 'public' : connection.client.database(),
          )
          .select('table_name as name');
  const tables = new Map<string, Row[]>();
  for (const { name } of found as { name: string }[]) {
    const rows: Row[] = await connection(name).select('*');
    tables.set(
      name,
      'id' in (rows[0] ?? {}) ? rows.sort((one, other) => Number(one['id']) - Number(other['id'])) : rows,
    );
  }
  return tables;
}

type Names = Map<string, string>;
const keyOf = (table: string, id: unknown) => `${table}:${id}`;

function namesOf(strapi: Strapi, tables: Map<string, Row[]>): Names {
  const names: Names = new Map();
  const counts = new Map<string, number>();
  const add = (table: string, id: unknown, name: string) => {
    const count = counts.get(`${table} ${name}`) ?? 0;
    counts.set(`${table} ${name}`, count + 1);
    names.set(keyOf(table, id), count === 0 ? name : `${name} (${count + 1})`);
  };
  for (const uid of Object.keys(strapi.contentTypes)) {
    const table = tableOf(strapi, uid);
    for (const row of tables.get(table) ?? []) {
      const { id, document_id: document, locale, published_at: published } = row;
      add(
        table,
        id,
        uid.startsWith('admin::')
          ? `#${id}`
          : `${document} ${locale} ${published === null ? 'draft' : 'published'}`,
      );
    }
  }
  const owners = [...Object.keys(strapi.contentTypes), ...Object.keys(strapi.components)];
  // Components within components have names once those around them have theirs.
  for (let depth = 0; depth < 5; depth += 1)
    for (const uid of owners) nameComponents(strapi, uid, tables, names);
  return names;
}

function nameComponents(strapi: Strapi, uid: string, tables: Map<string, Row[]>, names: Names): void {
  const table = tableOf(strapi, uid);
  for (const place of componentPlaces(strapi, uid)) {
    const counts = new Map<string, number>();
    for (const row of tables.get(place.table) ?? []) {
      if (row[place.fieldColumn] !== place.field) continue;
      const owner = names.get(keyOf(table, row[place.ownerColumn]));
      if (owner === undefined) continue;
      const component = tableOf(strapi, String(row[place.typeColumn]));
      const at = counts.get(owner) ?? 0;
      counts.set(owner, at + 1);
      names.set(keyOf(component, row[place.componentColumn]), `${owner}/${place.field}.${at}`);
    }
  }
}

const tableOf = ({ db }: Strapi, uid: string): string =>
  db.metadata.has(uid) ? (db.metadata.get(uid)?.tableName ?? uid) : uid;

/** Which table each column of a table leads to; or the column that says so. */
type References = Map<string, { table: string } | { typeColumn: string }>;

function referencesOf(strapi: Strapi, table: string): References {
  const references: References = new Map();
  for (const model of strapi.db.metadata.values())
    for (const attribute of Object.values(model.attributes))
      if (attribute.type === 'relation')
        addReferences(strapi, model, attribute as RelationAttribute, table, references);
  return references;
}

function addReferences(
  strapi: Strapi,
  model: Model,
  { joinColumn, joinTable, morphColumn, target, owner, unstable_virtual: isVirtual }: RelationAttribute,
  table: string,
  references: References,
): void {
  if (isVirtual === true) return;
  if (joinColumn !== undefined && owner === true && model.tableName === table && target !== undefined)
    references.set(joinColumn.name, { table: tableOf(strapi, target) });
  if (morphColumn !== undefined && model.tableName === table)
    references.set(morphColumn.idColumn.name, { typeColumn: morphColumn.typeColumn.name });
  if (joinTable?.name !== table) return;
  references.set(joinTable.joinColumn.name, { table: model.tableName });
  if (joinTable.on !== undefined) references.set('cmp_id', { typeColumn: 'component_type' });
  else if (joinTable.morphColumn !== undefined)
    references.set(joinTable.morphColumn.idColumn.name, {
      typeColumn: joinTable.morphColumn.typeColumn.name,
    });
  else if (joinTable.inverseJoinColumn !== undefined && target !== undefined)
    references.set(joinTable.inverseJoinColumn.name, { table: tableOf(strapi, target) });
}

interface About {
  readonly strapi: Strapi;
  readonly names: Names;
  readonly references: References;
  readonly table: string;
}

function textOf(row: Row, { strapi, names, references, table }: About): string {
  const nameIn = (other: string, id: unknown) => names.get(keyOf(other, id)) ?? `none ${id}`;
  const own = names.get(keyOf(table, row['id']));
  const named = Object.entries(row).flatMap(([column, value]): [string, unknown][] => {
    // An id of a link names nothing.
    if (column === 'id') return own === undefined ? [] : [['id', own]];
    const reference = references.get(column);
    if (reference === undefined || value === null) return [[column, value]];
    const other = 'table' in reference ? reference.table : tableOf(strapi, String(row[reference.typeColumn]));
    return [[column, nameIn(other, value)]];
  });
  return JSON.stringify(Object.fromEntries(named));
}
