import { createHash } from 'node:crypto';
import type { ContentDifference } from './content-difference.js';
import { ExactNumber } from './exact-json.js';

/** A plain object. One that writes itself as something else, such as a date, is a leaf. */
export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !('toJSON' in value);
}

/** The same value gives the same text in any order of its keys. What JSON leaves out is left out. */
function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (value instanceof ExactNumber) return value.canonical;
  if (!isRecord(value)) return JSON.stringify(value) ?? 'null';
  const keys = Object.keys(value).filter((key) => value[key] !== undefined);
  const members = keys.sort().map((key) => `${JSON.stringify(key)}:${canonical(value[key])}`);
  return `{${members.join()}}`;
}

/** The digest of a value, as short as a string can hold it, since there is one for each row. */
export function digestOf(value: unknown): string {
  return createHash('sha256').update(canonical(value)).digest().toString('latin1');
}

export type ValueDifference = Required<Pick<ContentDifference, 'path' | 'change'>> &
  Pick<ContentDifference, 'left' | 'right'>;

/** Every leaf at which two values differ. Lists are compared by position. */
export function* compareValues(left: unknown, right: unknown, path = ''): Generator<ValueDifference> {
  if (Object.is(left, right)) return;
  if (left === undefined) yield { path, change: 'extra', right };
  else if (right === undefined) yield { path, change: 'missing', left };
  else if ((isRecord(left) && isRecord(right)) || (Array.isArray(left) && Array.isArray(right))) {
    const [one, other] = [Object.entries(left), Object.entries(right)].map((list) => new Map(list));
    for (const key of new Set([...(one?.keys() ?? []), ...(other?.keys() ?? [])])) {
      yield* compareValues(one?.get(key), other?.get(key), path === '' ? key : `${path}.${key}`);
    }
  } else if (canonical(left) !== canonical(right)) yield { path, change: 'changed', left, right };
}
