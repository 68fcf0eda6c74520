import { describe, expect, it } from 'vitest';
import { countValues, parseJson } from '../../../src/protocol/json.js';

const limits = { values: 1000, depth: 100 };
const bytes = (text: string) => new TextEncoder().encode(text);
const over = (limit: 'values' | 'depth') =>
  expect.objectContaining({ details: expect.objectContaining({ limit, value: limits[limit] }) });

describe('countValues', () => {
  it.each([
    ['1', 0],
    ['[]', 1],
    ['[1,2,3]', 3],
    ['{"a":1,"b":2}', 4],
    ['{"a":"1,2,{[:\\"]}","b":[]}', 5],
    ['["\\\\",1]', 2],
    ['"a text that never ends [[[', 0],
    ['"one that ends with a backslash\\', 0],
  ])('counts what stands outside of texts: %s', (json, expected) => {
    expect(countValues(bytes(json), limits)).toBe(expected);
  });

  it('passes over texts that are known', () => {
    const json = '["[,,,,","b",3]';
    expect(countValues(bytes(json), limits, [{ start: 2, end: 7 }])).toBe(3);
  });
});

describe('parseJson', () => {
  it.each(['text', 'bytes'])('takes what is just within its limits, as %s', (form) => {
    const given = (json: string) => (form === 'text' ? json : bytes(json));
    const wide = `[${'1,'.repeat(998)}1]`;
    const deep = `${'['.repeat(100)}${' '.repeat(200)}${']'.repeat(100)}`;
    expect(parseJson(given(wide), limits)).toHaveLength(999);
    expect(parseJson(given(deep), limits)).toHaveLength(1);
  });

  it.each(['text', 'bytes'])('refuses what is just beyond, as %s', (form) => {
    const given = (json: string) => (form === 'text' ? json : bytes(json));
    expect(() => parseJson(given(`[${'1,'.repeat(1000)}1]`), limits)).toThrow(over('values'));
    expect(() => parseJson(given(`${'['.repeat(101)}${']'.repeat(101)}`), limits)).toThrow(over('depth'));
  });

  it('counts neither the brackets nor the commas of a text', () => {
    const text = '[{,:'.repeat(2000);
    expect(parseJson(JSON.stringify({ text }), limits)).toEqual({ text });
  });

  it('leaves what is no JSON to the parser', () => {
    expect(() => parseJson('[[', limits)).toThrow(SyntaxError);
    expect(() => parseJson(`${'"'.repeat(1001)}`, limits)).toThrow(SyntaxError);
  });
});
