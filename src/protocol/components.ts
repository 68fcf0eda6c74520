import type { Schemas } from './content.js';
import { isObject } from './plain-object.js';

type Fields = Readonly<Record<string, unknown>>;

type ComponentVisitor = (uid: string, id: number | string, path: string) => void;

type ComponentNaming = (uid: string, id: number | string) => number | string;

/** What stands in the place of a component; those within it are changed already. */
type ComponentChange = (uid: string, id: number | string, fields: Fields) => Fields;

export interface ComponentReader {
  /** The row's fields without ids, neither its own nor those of its components, however deep. */
  withoutIds(type: string, data: Fields, visit?: ComponentVisitor): Fields;
  /** Tells of each component of the row that has an id, however deep; `path` is not told. */
  visit(type: string, data: Fields, visitor: (uid: string, id: number | string) => void): void;
  /** The row's fields, each component of it, however deep, under the id that `name` answers. */
  withIds(type: string, data: Fields, name: ComponentNaming): Fields;
  /** The row's fields, each component of it that has an id, however deep, as `change` answers it. */
  changed(type: string, data: Fields, change: ComponentChange): Fields;
}

/** Which component a field holds; null where each item names its own, in a dynamic zone. */
type ComponentFields = ReadonlyMap<string, string | null>;

/**
 * A component has an id of its own, which differs between servers; a json field may have an `id` that is content. Only
 * the schemas tell the two apart: without them (null) every nested `id` counts as content.
 */
export function createComponentReader(schemas: Schemas | null): ComponentReader {
  const known = new Map<string, ComponentFields>();

  function fieldsOf(uid: string): ComponentFields {
    const fields = known.get(uid) ?? new Map(componentFields(schemas ?? {}, uid));
    known.set(uid, fields);
    return fields;
  }

  function strip(uid: string, data: Fields, path: string, visit: ComponentVisitor | undefined): Fields {
    const fields = fieldsOf(uid);
    const kept = Object.entries(data).filter(([name]) => name !== 'id');
    if (fields.size === 0) return Object.fromEntries(kept);
    return Object.fromEntries(
      kept.map(([name, value]) => {
        const component = fields.get(name);
        if (component === undefined) return [name, value];
        const place = path === '' ? name : `${path}.${name}`;
        if (!Array.isArray(value)) return [name, stripComponent(component, value, place, visit)];
        const items = value.map((item, at) => stripComponent(component, item, `${place}.${at}`, visit));
        return [name, items];
      }),
    );
  }

  function stripComponent(
    component: string | null,
    value: unknown,
    path: string,
    visit: ComponentVisitor | undefined,
  ): unknown {
    if (!isObject(value)) return value;
    const { id } = value;
    const uid = component ?? namedIn(value);
    if (typeof id === 'number' || typeof id === 'string') visit?.(uid, id, path);
    return strip(uid, value, path, visit);
  }

  function changed(uid: string, data: Fields, change: ComponentChange): Fields {
    const fields = fieldsOf(uid);
    if (fields.size === 0) return data;
    const entries = Object.entries(data).map(([field, value]) => {
      const component = fields.get(field);
      if (component === undefined) return [field, value];
      if (!Array.isArray(value)) return [field, changedComponent(component, value, change)];
      return [field, value.map((item) => changedComponent(component, item, change))];
    });
    return Object.fromEntries(entries);
  }

  function changedComponent(component: string | null, value: unknown, change: ComponentChange): unknown {
    if (!isObject(value)) return value;
    const { id } = value;
    const uid = component ?? namedIn(value);
    const inner = changed(uid, value, change);
    return typeof id === 'number' || typeof id === 'string' ? change(uid, id, inner) : inner;
  }

  function visit(uid: string, data: Fields, visitor: (uid: string, id: number | string) => void): void {
    for (const [name, component] of fieldsOf(uid)) {
      const value = Object.hasOwn(data, name) ? data[name] : undefined;
      for (const item of Array.isArray(value) ? value : [value]) {
        if (!isObject(item)) continue;
        const { id } = item;
        const named = component ?? namedIn(item);
        if (typeof id === 'number' || typeof id === 'string') visitor(named, id);
        visit(named, item, visitor);
      }
    }
  }

  return {
    visit,
    changed,
    withIds: (type, data, name) =>
      changed(type, data, (uid, id, fields) => ({ ...fields, id: name(uid, id) })),
    withoutIds: (type, data, visit) => strip(type, data, '', visit),
  };
}

const namedIn = ({ __component: named }: Fields): string => (typeof named === 'string' ? named : '');

/** The fields of a type that hold components: which one; null in a dynamic zone, where each item names its own. */
export function componentFields(
  schemas: Schemas,
  uid: string,
): readonly (readonly [string, string | null])[] {
  return attributesOf(schemas, uid).flatMap(([name, { type, component }]): [string, string | null][] => {
    if (type === 'dynamiczone') return [[name, null]];
    return type === 'component' && typeof component === 'string' ? [[name, component]] : [];
  });
}

export function attributesOf(schemas: Schemas, uid: string): readonly (readonly [string, Fields])[] {
  const schema = Object.hasOwn(schemas, uid) ? schemas[uid] : undefined;
  const entries = Object.entries(schema?.attributes ?? {});
  return entries.filter((entry): entry is [string, Fields] => isObject(entry[1]));
}
