import type { Schemas } from '../protocol/content.js';
import { componentFields } from '../transfer/relations.js';
import { isRecord } from './values.js';

type Fields = Readonly<Record<string, unknown>>;

/** Is told of every component in a row: its type, its id, and where in the row it stands. */
type ComponentVisitor = (uid: string, id: number | string, path: string) => void;

/** Knows from the schemas which fields of a row are components. */
export interface ComponentReader {
  /** The row's fields without ids, neither its own nor those of its components, however deep. */
  withoutIds(type: string, data: Fields, visit?: ComponentVisitor): Fields;
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
    if (!isRecord(value)) return value;
    const { id, __component: named } = value;
    const uid = component ?? (typeof named === 'string' ? named : '');
    if (typeof id === 'number' || typeof id === 'string') visit?.(uid, id, path);
    return strip(uid, value, path, visit);
  }

  return { withoutIds: (type, data, visit) => strip(type, data, '', visit) };
}
