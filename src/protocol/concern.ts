import * as v from 'valibot';
import { isProtectedType } from './protected-types.js';

/** What a merge has to know of one type at its destination. */
export interface TypeConcern {
  /** The documentIds of what comes, and of what that leads to. */
  readonly documents: readonly string[];
  /** By field: values that one document alone may have, and by which files and locales are known. */
  readonly values: Readonly<Record<string, readonly (string | number)[]>>;
  /** Where each document of this type that comes has a row: its locale and state (`en/draft`). Absent where none comes. */
  readonly places?: readonly string[];
}

/** What a merge has to know of its destination, by type: a pull may be asked for that alone. */
export type Concern = Readonly<Record<string, TypeConcern>>;

/** How many names and values one pull may be asked for. Beyond that it is quicker to read all. */
export const mostNames = 5000;
/** How many places a type may have: two for each locale. */
export const mostPlaces = 1000;
/** Characters of all of them. */
const mostText = 1024 * 1024;
/** Bytes of JSON that a client asks with: half of what a server of Ferry's takes in one request of a pull, where no operator changed it. */
export const mostSentBytes = 32 * 1024;

const list = v.array(v.string());
const shape = v.record(
  v.string(),
  v.looseObject({
    documents: list,
    values: v.record(v.string(), v.array(v.union([v.string(), v.pipe(v.number(), v.finite())]))),
    places: v.exactOptional(list),
  }),
);

export const concernShape = v.pipe(
  shape,
  v.check((concern) => isAskable(concern)),
  v.check((concern) => !Object.keys(concern).some(isProtectedType)),
);

/** Whether it is little enough to be asked for. */
export function isAskable(concern: Concern): boolean {
  const asked = Object.entries(concern).flatMap(([type, { documents, values, places = [] }]) => [
    ...[type, ...documents, ...places],
    ...Object.entries(values).flatMap(([field, some]) => [field, ...some]),
  ]);
  return (
    Object.values(concern).every(({ places = [] }) => places.length <= mostPlaces) &&
    asked.length <= mostNames &&
    asked.reduce<number>((sum, one) => sum + String(one).length, 0) <= mostText
  );
}

/** Whether a client asks for it: a server closes the connection over a request that is too long. */
export function isSendable(concern: Concern): boolean {
  return isAskable(concern) && new TextEncoder().encode(JSON.stringify(concern)).length <= mostSentBytes;
}
