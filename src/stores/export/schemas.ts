import type { Schema, Schemas } from '../../protocol/content.js';
import { countValues, OverLimit, parseJson } from '../../protocol/json.js';
import type { Limits } from '../../protocol/limits.js';
import { contentLimit } from './parse.js';

export interface SchemaShelf {
  /** The texts were checked; `file` names them in errors. @throws TransferError CONTENT_LIMIT */
  add(texts: readonly string[], file: string): void;
  all(): Schemas | null;
}

export function createSchemaShelf(limits: Limits): SchemaShelf {
  const schemas: [string, Schema][] = [];
  let values = 0;
  return {
    add(texts, file) {
      for (const text of texts) {
        values += countValues(new TextEncoder().encode(text), limits);
        if (values > limits.values) {
          const over = new OverLimit('the schemas hold too many values and keys', 'values', limits.values);
          throw contentLimit(file, over);
        }
        const schema = parseJson(text, limits) as Schema & { readonly uid: string };
        schemas.push([schema.uid, schema]);
      }
    },
    all: () => (schemas.length === 0 ? null : Object.fromEntries(schemas)),
  };
}
