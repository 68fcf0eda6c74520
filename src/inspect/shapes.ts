import { isObject } from '../protocol/plain-object.js';

/** Null if a value fits, else the path of the fault: `''` is the value itself, `'.armed[2].ms'` a field in a list. */
export type Shape = (value: unknown) => string | null;

const shape =
  (fits: (value: unknown) => boolean): Shape =>
  (value) =>
    fits(value) ? null : '';

export const text = shape((value) => typeof value === 'string');
/** A finite number, not below zero. */
export const amount = shape((value) => typeof value === 'number' && value >= 0 && value < Infinity);
export const count = shape((value) => Number.isSafeInteger(value) && Number(value) >= 0);
/** Milliseconds of a recording, at most thirty years: the page adds them to dates. */
export const moment = shape((value) => typeof value === 'number' && value >= 0 && value < 1e12);

export const oneOf = (...values: readonly unknown[]) => shape((value) => values.includes(value));

export const orNull =
  (inner: Shape): Shape =>
  (value) =>
    value === null ? null : inner(value);

export const anyOf =
  (...inner: readonly Shape[]): Shape =>
  (value) =>
    inner.some((one) => one(value) === null) ? null : '';

export const all =
  (...inner: readonly Shape[]): Shape =>
  (value) =>
    inner.map((one) => one(value)).find((fault) => fault !== null) ?? null;

export const listOf =
  (item: Shape): Shape =>
  (value) => {
    if (!Array.isArray(value)) return '';
    for (const [index, one] of value.entries()) {
      const fault = item(one);
      if (fault !== null) return `[${index}]${fault}`;
    }
    return null;
  };

export const recordOf =
  (inner: Shape): Shape =>
  (value) => {
    if (!isObject(value)) return '';
    for (const [name, one] of Object.entries(value)) {
      const fault = inner(one);
      if (fault !== null) return `.${name}${fault}`;
    }
    return null;
  };

/** Fields whose name ends in `?` may be absent. Unknown fields are left as they are. */
export function object(fields: Readonly<Record<string, Shape>>): Shape {
  const shapes = Object.entries(fields).map(([name, inner]) => ({
    name: name.replace('?', ''),
    isOptional: name.endsWith('?'),
    inner,
  }));
  return (value) => {
    if (!isObject(value)) return '';
    for (const { name, isOptional, inner } of shapes) {
      const field = Object.hasOwn(value, name) ? value[name] : undefined;
      if (field === undefined && isOptional) continue;
      const fault = inner(field);
      if (fault !== null) return `.${name}${fault}`;
    }
    return null;
  };
}

/** No record of Ferry's is nested deeper, and a page that visits a deeper one runs out of stack. */
const deepest = 64;

export function nested(make: (self: Shape) => Shape): Shape {
  let depth = 0;
  const inner = make((value) => {
    if (depth >= deepest) return '';
    depth += 1;
    try {
      return inner(value);
    } finally {
      depth -= 1;
    }
  });
  return inner;
}

/** Any JSON value of limited depth. */
export const json = nested((self) => {
  const [list, record] = [listOf(self), recordOf(self)];
  return (value) => (Array.isArray(value) ? list(value) : isObject(value) ? record(value) : null);
});
