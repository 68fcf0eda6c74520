import { randomUUID } from 'node:crypto';
import { type JsonLimits, parseJson } from '../protocol/json.js';
import { isObject } from '../protocol/plain-object.js';

/** A number of a JSON text that JavaScript would round: 9007199254740993 would become …992. */
export class ExactNumber {
  readonly text: string;
  /** The same for equal numbers, however they are written: `9007199254740993e0`. */
  readonly canonical: string;

  constructor(text: string) {
    this.text = text;
    this.canonical = canonicalNumber(text);
  }

  toJSON(): string {
    return this.text;
  }
}

function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', part = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:e([+-]?\d+))?$/i.exec(text) ?? [];
  const digits = `${whole}${part}`.replace(/^0+/, '');
  const kept = digits.replace(/0+$/, '');
  if (kept === '') return '0';
  return `${sign}${kept}e${BigInt(power) + BigInt(digits.length - kept.length - part.length)}`;
}

/** JavaScript holds every number of at most 15 digits whose exponent has at most two. */
const mayBeInexact = /[\d.]{16}|e[+-]?\d{3}/i;

/** Marks the text of such a number during parsing. It is random, so that no content can contain it. */
const mark = `${randomUUID()} `;

/** A number that JavaScript would round becomes an {@link ExactNumber}. @throws SyntaxError, OverLimit */
export function parseExactJson(text: string, limits: JsonLimits): unknown {
  if (!mayBeInexact.test(text)) return parseJson(text, limits);
  const marked = markNumbers(text);
  return marked === text ? parseJson(text, limits) : unmarked(parseJson(marked, limits));
}

function markNumbers(json: string): string {
  let marked = '';
  for (let at = 0; at < json.length; ) {
    const quote = json.indexOf('"', at);
    const until = quote === -1 ? json.length : quote;
    marked += json
      .slice(at, until)
      .replace(/-?\d+(?:\.\d+)?(?:e[+-]?\d+)?/gi, (number) =>
        isHeld(number) ? number : `"${mark}${number}"`,
      );
    at = quote === -1 ? until : endOfText(json, quote);
    marked += json.slice(until, at);
  }
  return marked;
}

function isHeld(text: string): boolean {
  const held = Number(text);
  return Number.isFinite(held) && canonicalNumber(String(held)) === canonicalNumber(text);
}

function endOfText(json: string, quote: number): number {
  for (let at = quote + 1; at < json.length; at += 1) {
    if (json[at] === '"') return at + 1;
    if (json[at] === '\\') at += 1;
  }
  return json.length;
}

function unmarked(value: unknown): unknown {
  if (typeof value === 'string')
    return value.startsWith(mark) ? new ExactNumber(value.slice(mark.length)) : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, unmarked(inner)]));
}
