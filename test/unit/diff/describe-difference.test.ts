import { expect, it } from 'vitest';
import { type ContentDifference, describeDifference } from '../../../src/diff/content-difference.js';

const row = { kind: 'entity', where: 'api::tag.tag, sea' } as const;

it.each<[ContentDifference, string]>([
  [{ ...row, change: 'missing' }, 'missing entity api::tag.tag, sea'],
  [
    { ...row, path: 'name', left: 'sea', right: null, change: 'changed' },
    'changed entity api::tag.tag, sea · name: "sea" → null',
  ],
  [{ kind: 'link', where: 'a', path: 'tags', right: 'b', change: 'extra' }, 'extra link a · tags: "b"'],
])('writes a difference as a line', (difference, line) => {
  expect(describeDifference(difference)).toBe(line);
});

it('keeps a line short, and whole characters whole', () => {
  const long = '⛴️🌊'.repeat(200);
  const line = describeDifference({
    ...row,
    where: long,
    path: long,
    left: long,
    right: { long },
    change: 'changed',
  });
  expect(line.length).toBeLessThanOrEqual(200);
  expect(line).not.toMatch(/\p{Cs}/u);
});

it('lets no escape code of the content through', () => {
  const line = describeDifference({
    ...row,
    where: 'a\u001B[2Jb\nc\u202E',
    left: '\u009B1m',
    right: 1,
    change: 'changed',
  });
  expect(line).not.toMatch(/[\p{Cc}\u202E]/u);
});
