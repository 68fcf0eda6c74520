import { fileType } from '../protocol/clearing.js';
import { attributesOf } from '../protocol/components.js';
import type { Schemas } from '../protocol/content.js';

/** A field that holds links, and the content type that it points to. */
export interface RelationField {
  /** The content type whose rows have the field. */
  readonly type: string;
  /** The field, after the component that it stands in: `categories`, `shared.link.category`. */
  readonly field: string;
  readonly target: string;
}

/** Where a file's row names what shows the file. */
const relatedField = 'related';

/**
 * Every field of a content type that points to a type, those of its components among them, and the `related` of files.
 * Other fields that may point to any type (`morphToOne`, `morphToMany`) are not listed: no schema says where to.
 */
export function relationFields(schemas: Schemas): readonly RelationField[] {
  const fields = Object.keys(schemas)
    .filter((uid) => uid.includes('::'))
    .flatMap((type) => fieldsBelow(schemas, type, type, []));
  const showing = new Set(fields.flatMap(({ type, target }) => (target === fileType ? [type] : [])));
  const related = [...showing].map((target) => ({ type: fileType, field: relatedField, target }));
  return [...unique(fields), ...related];
}

function fieldsBelow(
  schemas: Schemas,
  type: string,
  uid: string,
  above: readonly string[],
): readonly RelationField[] {
  // A component may hold itself by way of another.
  if (above.includes(uid)) return [];
  return attributesOf(schemas, uid).flatMap(([name, attribute]) => {
    const field = uid === type ? name : `${uid}.${name}`;
    if (attribute['type'] === 'media') return [{ type, field, target: fileType }];
    if (attribute['type'] === 'relation' && typeof attribute['target'] === 'string')
      return [{ type, field, target: attribute['target'] }];
    const components = [attribute['component'], attribute['components']].flat();
    return components
      .filter((component) => typeof component === 'string')
      .flatMap((component) => fieldsBelow(schemas, type, component, [...above, uid]));
  });
}

/** A component that a type holds twice has its fields once. */
function unique(fields: readonly RelationField[]): readonly RelationField[] {
  return [...new Map(fields.map((field) => [Object.values(field).join('\n'), field])).values()];
}
