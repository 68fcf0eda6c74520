import { createHash } from 'node:crypto';
import { FolderNames, foldersOf } from '../../../merge/folder-names.js';
import { aliasOf, digestOf, documentIdOf, placeKey, placeOf, textOf } from '../../../merge/identity.js';
import { ownedLink } from '../../../merge/link-owner.js';
import { fileType } from '../../../protocol/clearing.js';
import { createComponentReader } from '../../../protocol/components.js';
import type { Entity } from '../../../protocol/content.js';
import { isObject } from '../../../protocol/plain-object.js';
import { isProtectedType } from '../../../protocol/protected-types.js';
import type { TransferSource } from '../../../stores/store.js';
import { RowMap } from './row-map.js';

/** What is kept of a row, to compare it with the same row of another pull. */
export interface RowFact {
  readonly row: Pick<Entity, 'type' | 'id'>;
  /** For people. */
  readonly title: string;
  /** Of all of it, ids included. */
  readonly exact: string;
  /** Of its fields, as far as a push brings them. */
  readonly fields: string;
  /** The rows that its fields lead to, by the field and its component, in their order. */
  readonly lists: ReadonlyMap<string, readonly Target[]>;
}

export interface Target {
  readonly name: string;
  /** The target has a field for it, too. */
  readonly isTwoWay: boolean;
}

/** What is known of one side, by the name of each row. */
export interface Facts {
  readonly rows: ReadonlyMap<string, RowFact>;
  /** Names of rows by what else names their documents. */
  readonly aliases: ReadonlyMap<string, string>;
}

/** Reads all rows and links of a source once. @param like The side by whose names rows are called, where it has them. */
export async function factsOf(source: TransferSource, like?: Facts): Promise<Facts> {
  const schemas = await source.schemas();
  const reader = createComponentReader(schemas);
  const facts = new Map<
    string,
    Omit<RowFact, 'lists'> & { lists: Map<string, (Target & { pos: number })[]> }
  >();
  const aliases = new Map<string, string>();
  const places = new RowMap<{ readonly name: string; readonly path: string }>();

  const folders = new FolderNames();
  for await (const folder of foldersOf(source)) folders.add(folder);

  const nameOf = (entity: Entity): string => {
    const { type, id, data } = entity;
    const place = placeKey(placeOf(entity));
    const name = JSON.stringify([type, documentIdOf(data) ?? `id ${id}`, place]);
    const alias = aliasOf(entity, schemas, folders);
    if (alias === undefined) return name;
    const byAlias = JSON.stringify([type, alias, place]);
    const called = like?.rows.has(name) === false ? (like.aliases.get(byAlias) ?? name) : name;
    if (!aliases.has(byAlias)) aliases.set(byAlias, called);
    return called;
  };

  for await (const batch of source.rows('entities'))
    for (const entity of batch) {
      const { type, id, data } = entity;
      if (isProtectedType(type)) continue;
      const name = nameOf(entity);
      const fields = reader.withoutIds(type, data, (uid, component, path) =>
        places.set(uid, component, { name, path }),
      );
      places.set(type, id, { name, path: '' });
      facts.set(name, {
        ...{ row: { type, id }, title: titleOf(entity) },
        exact: createHash('sha256').update(textOf(entity)).digest('base64url'),
        fields: digestOf(type === fileType ? withoutPlace(fields) : fields, type),
        lists: new Map(),
      });
    }

  for await (const batch of source.rows('links'))
    for (const link of batch) {
      const { owner, target, side } = ownedLink(link);
      const from = places.get(owner.type, owner.ref);
      const to = places.get(target.type, target.ref);
      if (from === undefined || to === undefined) continue;
      const field = [from.path, owner.field ?? ''].filter((part) => part !== '').join('.');
      const lists = facts.get(from.name)?.lists;
      const list = lists?.get(field) ?? [];
      lists?.set(field, list);
      const isTwoWay =
        side === 'left' && from.path === '' && target.field != null && link.kind !== 'relation.morph';
      list.push({ name: to.name, isTwoWay, pos: owner.pos ?? list.length });
    }
  for (const { lists } of facts.values())
    for (const list of lists.values()) list.sort((one, other) => one.pos - other.pos);
  return { rows: facts, aliases };
}

/** A Strapi that is given a file notes itself where it has put it. */
function withoutPlace({ url: _, provider: __, formats, ...fields }: Entity['data']) {
  if (!isObject(formats)) return fields;
  const named = Object.entries(formats).map(([format, file]) => {
    if (!isObject(file)) return [format, file];
    const { url: ___, ...rest } = file;
    return [format, rest];
  });
  return { ...fields, formats: Object.fromEntries(named) };
}

function titleOf({ type, id, data }: Entity): string {
  const { locale, state } = placeOf({ type, data });
  const place = [locale, state].filter((part) => part !== null).join(', ');
  return `${type} ${documentIdOf(data) ?? id}${place === '' ? '' : ` (${place})`}`;
}
