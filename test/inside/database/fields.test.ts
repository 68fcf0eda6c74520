import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { fieldOf, UnfitValue } from '../../../src/strapi/database/fields.js';

interface StrapiField {
  toDB(value: unknown): unknown;
  fromDB(value: unknown): unknown;
}

/** Strapi's own, of each version that Ferry is tried with. */
const versions = ['node_modules', 'older/node_modules'].map((packages) => {
  const file = new URL(`../../strapi/${packages}/@strapi/database/dist/fields/index.js`, import.meta.url);
  const { createField } = createRequire(import.meta.url)(fileURLToPath(file)) as {
    createField(attribute: { type: string }): StrapiField;
  };
  return createField;
});

const texts = [
  '',
  'plain',
  ' 12 ',
  'çğş 🚢',
  'true',
  't',
  '1',
  '0',
  'f',
  'null',
  '"quoted"',
  '{"a":1}',
  '[1',
];
const numbers = [0, 1, -1, 1.5, 2 ** 53, Number.NaN, Number.POSITIVE_INFINITY];
const wholes = ['9007199254740993', '+7', '-007', '1e3'];
const days = ['2024-02-29', '2023-02-29', '2024-13-01', '2024-02-29T12:00:00Z', '29.2.2024'];
const times = ['12:34:56', '12:34:56.7', '23:59:59.999', '24:00:00', '12:34'];
const moments = [
  ...['2024-02-29T12:34:56.789Z', '2024-02-29T12:34:56+03:00', '2024-02-29T12:34', '2024-02-29 12:34:56'],
  ...['2024-02-30T00:00:00Z', '1709210096789', 1_709_210_096_789, 'tomorrow'],
];
const objects = [{ a: [1, null, 'x'] }, [], [1, 2], true, false];
const stored = ['"\\"twice\\""', '"{\\"a\\":1}"', new Date('2024-02-29T12:34:56.789Z')];

const types = [
  ...['increments', 'password', 'email', 'string', 'uid', 'richtext', 'text', 'enumeration'],
  ...['json', 'blocks', 'biginteger', 'integer', 'float', 'decimal'],
  ...['date', 'time', 'datetime', 'timestamp', 'boolean'],
];
const values = [...texts, ...numbers, ...wholes, ...days, ...times, ...moments, ...objects];

/** What came, or that it was refused: Strapi's messages are its own. */
function outcome(work: () => unknown): unknown {
  try {
    return work();
  } catch {
    return 'refused';
  }
}

describe.each(types)('a column of type %s', (type) => {
  const field = fieldOf(type);

  it.each(versions)('is read as Strapi reads it', (createField) => {
    const strapis = createField({ type });
    const of = [...values, ...stored].map((value) => [value, outcome(() => strapis.fromDB(value))]);
    expect(of.map(([value]) => [value, outcome(() => field?.fromColumn(value))])).toEqual(of);
  });

  it.each(versions)('is written as Strapi writes it', (createField) => {
    const strapis = createField({ type });
    const of = values.map((value) => [value, outcome(() => strapis.toDB(value))]);
    expect(of.map(([value]) => [value, outcome(() => field?.toColumn(value))])).toEqual(of);
  });
});

it.each(['10', '1000', '200012', '20001231'])(
  '%s of a timestamp is milliseconds; Strapi reads no such moment',
  (sent) => {
    const at = new Date(Number(sent));
    expect(fieldOf('timestamp')?.fromColumn(at)).toBe(sent);
    expect(fieldOf('timestamp')?.toColumn(sent)).toEqual(at);
    for (const createField of versions)
      expect(outcome(() => createField({ type: 'timestamp' }).toDB(sent))).not.toEqual(at);
  },
);

it('a relation has no column of its own', () => {
  expect(fieldOf('relation')).toBeUndefined();
  expect(fieldOf('constructor')).toBeUndefined();
});

/** What JSON can hold that JavaScript stumbles over. */
const hostile = [
  { toString: 1, valueOf: 1 },
  JSON.parse('{"__proto__": {"toString": 1}, "toString": null, "valueOf": null}'),
  [[{ toString: 1, valueOf: 1 }]],
];

it.each(types)('a column of type %s takes such a value or refuses it, and fails at none', (type) => {
  for (const value of hostile) {
    try {
      fieldOf(type)?.toColumn(value);
    } catch (error) {
      expect(error).toBeInstanceOf(UnfitValue);
    }
  }
});

it('a value that does not fit is quoted in part', () => {
  const message = new UnfitValue('x'.repeat(1000), 'a number').message;
  expect(message).toMatch(/^"x+… is not a number$/);
  expect(message.length).toBeLessThan(80);
});
