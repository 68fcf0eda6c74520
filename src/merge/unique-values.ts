import { fileType } from '../protocol/clearing.js';
import { attributesOf } from '../protocol/components.js';
import type { Entity, Schemas } from '../protocol/content.js';
import { placeKey, placeOf } from './identity.js';

/** Strapi compares unique values within one locale and one state. */
export function valueKey({ type, data }: Entity, field: string): string | undefined {
  const value = data[field];
  if (!isUniqueValue(value)) return undefined;
  return JSON.stringify([type, field, value, placeKey(placeOf({ type, data }))]);
}

/** Any document may lack one. */
export const isUniqueValue = (value: unknown): value is string | number =>
  typeof value === 'number' || (typeof value === 'string' && value !== '');

/** Names the fields of a type whose values one document alone may have. */
export function createUniqueFields(schemas: Schemas | null): (type: string) => readonly string[] {
  const known = new Map<string, readonly string[]>();
  return (type) => {
    const found = known.get(type);
    if (found !== undefined) return found;
    const fields = attributesOf(schemas ?? {}, type)
      .filter(([, attribute]) => attribute['unique'] === true || attribute['type'] === 'uid')
      .map(([name]) => name);
    // It is the name of the file on the disk.
    if (type === fileType) fields.push('hash');
    known.set(type, fields);
    return fields;
  };
}
