import type { Model } from '../strapi.js';
import { type Field, fieldOf } from './fields.js';

/** A scalar attribute of a model, and the column that it is kept in. */
export interface Column {
  readonly attribute: string;
  /** In the database. */
  readonly name: string;
  readonly type: string;
  readonly field: Field;
  /** What a row that does not bring the attribute gets: a value, or a function that makes one. Undefined: nothing. */
  readonly whenAbsent: unknown;
}

/** Those of the attributes that have a column of their own, `id` among them; relations are not. */
export function columnsOf(model: Model): readonly Column[] {
  return Object.entries(model.attributes).flatMap(([attribute, description]) => {
    const { type, unstable_virtual } = description;
    const field = fieldOf(type);
    if (field === undefined || unstable_virtual === true) return [];
    const { columnName, default: whenAbsent } = description as { columnName?: string; default?: unknown };
    return [{ attribute, name: columnName ?? attribute, type, field, whenAbsent }];
  });
}
