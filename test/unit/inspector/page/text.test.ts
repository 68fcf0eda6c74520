import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { counted, dateText, missingText } from '../../../../src/inspector/page/model/text.js';

const page = new URL('../../../../src/inspector/page/', import.meta.url);
const sources = readdirSync(page, { recursive: true, encoding: 'utf8' }).filter((name) =>
  /\.tsx?$/.test(name),
);

describe('what the page counts', () => {
  test('is one line, and two lines', () => {
    expect([0, 1, 2, 1234].map((count) => counted(count, 'line'))).toEqual([
      '0 lines',
      '1 line',
      '2 lines',
      '1,234 lines',
    ]);
    expect(counted(1, 'process', 'processes')).toBe('1 process');
    expect([1, 2].map(missingText)).toEqual(['1 record is missing', '2 records are missing']);
  });

  test('has a day and a time', () => {
    expect(dateText('2026-11-30T12:44:58.123Z')).toMatch(/^\d\d? (Nov|Dec) 2026, \d\d:\d\d:58$/);
  });

  test.each(sources)('is counted by the one function that knows a singular: %s', (name) => {
    const text = readFileSync(new URL(name, page), 'utf8');
    const plurals =
      /\}\s(?:records|lines|charts|steps|states|events|messages|actors|items|rows|processes|problems|transitions|arrows)\b/g;
    expect(text.match(plurals) ?? []).toEqual([]);
  });
});
