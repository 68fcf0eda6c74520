import { titleOf } from '../merge/identity.js';
import type { ComponentReader } from '../protocol/components.js';
import type { Entity, Schemas } from '../protocol/content.js';
import { isProtectedType } from '../protocol/protected-types.js';
import type { TransferSource } from '../stores/store.js';
import { ExactNumber } from './exact-json.js';
import { exactRows } from './exact-rows.js';
import type { Keyed, Match } from './match.js';
import { createNumbers } from './numbers.js';
import { digestOf, isRecord } from './values.js';

type Id = number | string;

interface ComponentPlace {
  readonly row: number;
  readonly path: string;
}

/** The rows of one side by number, in their stored order: what is kept of them without their values. */
export interface RowIndex extends Keyed {
  readonly types: readonly string[];
  /** What people call each row; undefined where it has no title. */
  readonly titles: readonly (string | undefined)[];
  row(type: string, id: Id): number | undefined;
  component(uid: string, id: Id): ComponentPlace | undefined;
}

export function rowOf(
  { left, right }: Match,
  rows: { readonly left: RowIndex; readonly right: RowIndex },
): { readonly type: string; readonly title?: string } {
  const [ours, theirs] = [left ?? -1, right ?? -1];
  const title = rows.left.titles[ours] ?? rows.right.titles[theirs];
  const type = rows.left.types[ours] ?? rows.right.types[theirs] ?? '';
  return { type, ...(title === undefined ? {} : { title }) };
}

export async function* comparedRows(source: TransferSource): AsyncGenerator<readonly Entity[]> {
  for await (const rows of exactRows(source, 'entities'))
    yield rows.filter(({ type }) => !isProtectedType(type));
}

export async function indexRows(
  source: TransferSource,
  schemas: Schemas | null,
  reader: ComponentReader,
): Promise<RowIndex> {
  const keys: string[] = [];
  const digests: string[] = [];
  const types: string[] = [];
  const titles: (string | undefined)[] = [];
  const rows = new Map<string, Map<Id, number>>();
  const components = new Map<string, Map<Id, number>>();
  // Arrays of numbers for the components: objects would need more memory than everything else.
  const holders: number[] = [];
  const places: number[] = [];
  const paths = createNumbers();
  const natural = createNaturalKeys(schemas);

  for await (const batch of comparedRows(source)) {
    for (const entity of batch) {
      const row = keys.length;
      keys.push(rowKey(entity, natural));
      types.push(entity.type);
      titles.push(titleOf(entity));
      const data = reader.withoutIds(entity.type, entity.data, (uid, id, path) => {
        places.push(paths.of(path));
        inner(components, uid).set(id, holders.push(row) - 1);
      });
      digests.push(digestOf(data));
      inner(rows, entity.type).set(entity.id, row);
    }
  }
  return {
    keys,
    digests,
    types,
    titles,
    row: (type, id) => rows.get(type)?.get(id),
    component(uid, id) {
      const number = components.get(uid)?.get(id);
      if (number === undefined) return undefined;
      return { row: holders[number] ?? 0, path: paths.text(places[number] ?? 0) };
    },
  };
}

/** What identifies a row on every server. Its id does not: a restore gives new ones. */
function rowKey({ type, data }: Entity, natural: (type: string) => readonly string[]): string {
  const { documentId, locale, publishedAt } = data;
  const state = publishedAt === undefined ? '' : publishedAt === null ? 'draft' : 'published';
  const name = text(documentId) ?? naturalKey(data, natural(type)) ?? '';
  return [type, name, text(locale) ?? '', state].filter((part) => part !== '').join(', ');
}

function naturalKey(data: Entity['data'], fields: readonly string[]): string | undefined {
  const named = fields.find((field) => text(data[field]) !== undefined);
  return named === undefined ? undefined : `${named} ${text(data[named])}`;
}

/** Fields whose value is unique in a type: they identify a row without a documentId. */
function createNaturalKeys(schemas: Schemas | null): (type: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (type) => {
    const found = known.get(type);
    if (found !== undefined) return found;
    const unique = Object.entries(schemas?.[type]?.attributes ?? {}).filter(
      ([, attribute]) => isRecord(attribute) && (attribute['unique'] === true || attribute['type'] === 'uid'),
    );
    const fields = unique.map(([name]) => name).sort();
    known.set(type, fields);
    return fields;
  };
}

function text(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'number' ? String(value) : undefined;
}

function inner<K, V>(maps: Map<string, Map<K, V>>, key: string): Map<K, V> {
  const found = maps.get(key) ?? new Map<K, V>();
  maps.set(key, found);
  return found;
}
