import type { Limits } from './limits.js';

/** What one JSON text may hold. */
export type JsonLimits = Pick<Limits, 'values' | 'depth'>;

/** Something is over a limit; thrown by code that does not know where it comes from. */
export class OverLimit extends Error {
  readonly details: { readonly reason: string; readonly limit: keyof Limits; readonly value: number };

  constructor(reason: string, limit: keyof Limits, value: number) {
    super(`${reason}, and the limit ${limit} is ${value}`);
    this.details = { reason, limit, value };
  }
}

export interface Span {
  readonly start: number;
  readonly end: number;
}

/** Counts the values before it makes objects of up to 30 times the bytes. @throws SyntaxError, OverLimit */
export function parseJson(text: string | Uint8Array, limits: JsonLimits): unknown {
  if (typeof text === 'string') {
    if (!isWithin(text.length, limits)) countValues(new TextEncoder().encode(text), limits);
    return JSON.parse(text);
  }
  if (!isWithin(text.length, limits)) countValues(text, limits);
  return JSON.parse(new TextDecoder().decode(text));
}

/** Whether a text is too short to exceed a limit: a value takes one character, a level two. */
export function isWithin(length: number, { values, depth }: JsonLimits): boolean {
  return length <= values && length <= 2 * depth;
}

const quote = 0x22;
const comma = 0x2c;
const colon = 0x3a;
const backslash = 0x5c;
/** Brackets and braces differ in this bit alone. */
const curly = 0x20;
const opening = 0x5b | curly;
const closing = 0x5d | curly;

/**
 * How many values and keys a JSON text holds; an empty list or object counts for two. Of a text that is no JSON it may
 * count anything: the parser refuses that.
 *
 * @param texts Known ones, without escapes, from behind their first quote to their last; in their order.
 * @throws OverLimit
 */
export function countValues(json: Uint8Array, limits: JsonLimits, texts: readonly Span[] = []): number {
  const { length } = json;
  let values = 0;
  let depth = 0;
  let known = 0;
  for (let at = 0; at < length; at += 1) {
    const byte = json[at] ?? 0;
    if (byte === quote) {
      const text = texts[known];
      if (text?.start === at + 1) {
        at = text.end;
        known += 1;
      } else at = endOfText(json, at + 1);
    } else if (byte === comma || byte === colon) values += 1;
    else if ((byte | curly) === opening) {
      values += 1;
      depth += 1;
      if (depth > limits.depth) throw new OverLimit('it is nested too deeply', 'depth', limits.depth);
    } else if ((byte | curly) === closing) depth -= 1;
  }
  if (values > limits.values)
    throw new OverLimit('it holds too many values and keys', 'values', limits.values);
  return values;
}

function endOfText(json: Uint8Array, start: number): number {
  const { length } = json;
  let at = start;
  for (; at < length; at += 1) {
    const byte = json[at];
    if (byte === quote) break;
    if (byte === backslash) at += 1;
  }
  return at;
}
