import type { Json, JsonObject } from './records.js';

/**
 * The allowed part of a value; undefined if the value is not as expected. `data`: the caller asked for peers' words.
 */
export type Allow = (value: unknown, data: boolean) => Json | undefined;

/** Longer than any name of Ferry's: a uuid of a peer has at most 128 characters. */
const longestName = 160;
const longestWords = 2000;

export const number: Allow = (value) =>
  typeof value === 'number' && Number.isFinite(value) ? value : undefined;

export const flag: Allow = (value) => (typeof value === 'boolean' ? value : undefined);

export const name: Allow = (value) =>
  typeof value === 'string' ? value.slice(0, longestName) : value === null ? null : undefined;

/** The type of an event: a name that a chart gives. */
export const whole: Allow = (value) => (typeof value === 'string' ? value : undefined);

/** A code of an error, Ferry's or a peer's: never a sentence. */
export const code: Allow = (value) =>
  value === null || (typeof value === 'string' && /^\w{1,60}$/.test(value)) ? value : undefined;

/** Words of a peer or of the system: they can quote a row. */
export const words: Allow = (value, data) =>
  data && typeof value === 'string' ? value.slice(0, longestWords) : undefined;

/** Without user, password, query and fragment. */
export const address: Allow = (value) => {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, host, pathname } = new URL(value);
  return `${protocol}//${host}${pathname}`.slice(0, longestWords);
};

export const nothing: Allow = () => undefined;

/** These fields, if they are present; null stays null. */
export function fields(shape: Readonly<Record<string, Allow>>): Allow {
  const allowed = allowedFields(shape);
  return (value, data) => {
    if (value === null) return null;
    if (typeof value !== 'object') return undefined;
    const taken: Record<string, Json> = {};
    for (const { field, allow } of allowed) {
      const json = allow((value as Record<string, unknown>)[field], data);
      if (json !== undefined) taken[field] = json;
    }
    return taken;
  };
}

/** The fields of an object after a change: a field that still holds the same value is not looked at again. */
export type AllowNext = (value: unknown, before: unknown, taken: JsonObject, data: boolean) => JsonObject;

export function changedFields(shape: Readonly<Record<string, Allow>>): AllowNext {
  const allowed = allowedFields(shape);
  return (value, before, taken, data) => {
    const [now, then] = [Object(value), Object(before)] as Readonly<Record<string, unknown>>[];
    const next: Record<string, Json> = {};
    for (const { field, allow } of allowed) {
      const isSame = now?.[field] === then?.[field];
      const json = isSame ? taken[field] : allow(now?.[field], data);
      if (json !== undefined) next[field] = json;
    }
    return next;
  };
}

/** Without those of which nothing is allowed. */
const allowedFields = (shape: Readonly<Record<string, Allow>>) =>
  Object.entries(shape)
    .filter(([, allow]) => allow !== nothing)
    .map(([field, allow]) => ({ field, allow }));

export function list(item: Allow): Allow {
  return (value, data) => (Array.isArray(value) ? value.map((one) => item(one, data) ?? null) : undefined);
}

export const length: Allow = (value) => (Array.isArray(value) ? value.length : undefined);

/** Every field of an object, under any name; the names must be Ferry's own. */
export function each(item: Allow): Allow {
  return (value, data) => {
    if (typeof value !== 'object' || value === null) return undefined;
    const taken: Record<string, Json> = {};
    for (const [field, one] of Object.entries(value)) {
      const json = item(one, data);
      if (json !== undefined) taken[field] = json;
    }
    return taken;
  };
}
