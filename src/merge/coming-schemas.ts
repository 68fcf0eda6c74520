import { attributesOf } from '../protocol/components.js';
import type { Schemas } from '../protocol/content.js';

/** The schemas of these types, and of the components that their rows may hold, however deep. */
export function schemasOf(types: Iterable<string>, schemas: Schemas): Schemas {
  const found: Record<string, Schemas[string]> = {};
  const add = (uid: string): void => {
    const schema = Object.hasOwn(schemas, uid) ? schemas[uid] : undefined;
    if (schema === undefined || Object.hasOwn(found, uid)) return;
    found[uid] = schema;
    for (const [, { type, component, components }] of attributesOf(schemas, uid)) {
      if (type !== 'component' && type !== 'dynamiczone') continue;
      for (const inner of [component, components].flat()) if (typeof inner === 'string') add(inner);
    }
  };
  for (const type of types) add(type);
  return found;
}
