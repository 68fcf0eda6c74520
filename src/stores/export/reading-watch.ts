import { countValues, isWithin, OverLimit } from '../../protocol/json.js';
import type { Limits } from '../../protocol/limits.js';
import { isPortableFilename } from '../asset-filename.js';

/** Watches what is written for content that some readers or systems refuse. It is written all the same, and noted. */
export interface ReadingWatch {
  row(text: string): void;
  file(text: string): void;
  /** The JSON of a schema: a reader holds all of them together. */
  schema(text: string): void;
  reaches(limit: keyof Limits, amount: number): void;
  filename(name: string): void;
  /** For people; `path` is what was written. */
  notices(path: string): readonly string[];
}

const toldNames = 3;

/** Bytes that a UTF-16 code unit takes in UTF-8, at most. */
const widest = 3;

export function createReadingWatch(limits: Limits): ReadingWatch {
  const needed = new Map<keyof Limits, number>();
  const schemas = { heldBytes: 0, values: 0 };
  const names: string[] = [];
  let unportable = 0;

  function reaches(limit: keyof Limits, amount: number): void {
    if (amount > limits[limit]) needed.set(limit, Math.max(amount, needed.get(limit) ?? 0));
  }

  function reachesInside(text: string): void {
    if (isWithin(text.length, limits)) return;
    const { values, depth } = measure(text, limits);
    reaches('values', values);
    reaches('depth', depth);
  }

  function whole(text: string, limit: 'lineBytes' | 'heldBytes'): void {
    if (widest * text.length > limits[limit]) reaches(limit, Buffer.byteLength(text));
    reachesInside(text);
  }

  return {
    reaches,
    row: (text) => whole(text, 'lineBytes'),
    file: (text) => whole(text, 'heldBytes'),
    schema(text) {
      whole(text, 'lineBytes');
      // With the end of its line.
      schemas.heldBytes += Buffer.byteLength(text) + 1;
      schemas.values += measure(text, limits).values;
      for (const limit of ['heldBytes', 'values'] as const) reaches(limit, schemas[limit]);
    },
    filename(name) {
      if (isPortableFilename(name)) return;
      unportable += 1;
      if (names.length < toldNames) names.push(JSON.stringify(name));
    },
    notices(path) {
      const given = [...needed].map(([limit, amount]) => `\`limits.${limit}: ${amount}\``);
      const more = unportable > names.length ? `, and ${unportable - names.length} more` : '';
      return [
        ...(given.length === 0
          ? []
          : [
              `${path} is beyond what is read where no other limit is given: read it with ${given.join(', ')}`,
            ]),
        ...(unportable === 0
          ? []
          : [
              `Windows cannot hold files of the names in ${path}: ${names.join(', ')}${more}; read it elsewhere`,
            ]),
      ];
    },
  };
}

function measure(text: string, limits: Limits): { readonly values: number; readonly depth: number } {
  const json = new TextEncoder().encode(text);
  const values = Number.POSITIVE_INFINITY;
  for (let { depth } = limits; ; depth = Math.max(1, 2 * depth)) {
    try {
      return { values: countValues(json, { values, depth }), depth };
    } catch (error) {
      if (!(error instanceof OverLimit)) throw error;
    }
  }
}
