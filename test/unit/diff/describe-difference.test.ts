import { expect, it } from 'vitest';
import { type ContentDifference, describeDifference } from '../../../src/diff/content-difference.js';

const row = { kind: 'entity', where: 'api::tag.tag, sea' } as const;

it.each<[ContentDifference, string]>([
  [{ ...row, change: 'missing' }, 'only in left: entity api::tag.tag, sea'],
  [
    { ...row, path: 'name', left: 'sea', right: null, change: 'changed' },
    'changed entity api::tag.tag, sea · name: left "sea" → right null',
  ],
  [
    { kind: 'link', where: 'a', path: 'tags', right: 'b', change: 'extra' },
    'only in right: link a · tags: "b"',
  ],
  [
    { ...row, title: 'The sea\u001B[2J', change: 'extra' },
    'only in right: entity api::tag.tag, sea "The sea\\u{1b}[2J"',
  ],
  [{ ...row, title: 'The sea', change: 'changed' }, 'changed entity api::tag.tag, sea "The sea"'],
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

it('calls the sides by their names, a long one shortened', () => {
  const names = { left: './monday', right: `https://${'very.'.repeat(40)}long.example/admin` };
  expect(describeDifference({ ...row, change: 'missing' }, names)).toBe(
    'only in ./monday: entity api::tag.tag, sea',
  );
  const line = describeDifference({ ...row, change: 'extra' }, names);
  expect(line).toMatch(/^only in https:\/\/very.+…\S+ample\/admin: entity api::tag\.tag, sea$/);
});

const long = 'the same sentence, '.repeat(20);
const alike: readonly (readonly [what: string, left: unknown, right: unknown])[] = [
  ['in the middle of long texts', `${long}one${long}`, `${long}two${long}`],
  ['at the end of long texts', `${long}one`, `${long}two`],
  ['by the last character', `${long}.`, long],
  ['at the beginning', `one${long}`, `two${long}`],
  ['in the first character of a pair', `${long}🌊`, `${long}⛴`],
  ['deep in an object', { text: { [long]: 1 } }, [long]],
  ['by its type', 1, '1'],
  ['null and its name', null, 'null'],
  ['composed otherwise', 'caf\u00e9', 'cafe\u0301'],
  ['composed otherwise, far behind', `${long}caf\u00e9`, `${long}cafe\u0301`],
  ['by a space that does not break', 'a b', 'a\u00a0b'],
  ['by what has no width', 'ab', 'a\u200bb'],
  ['by a soft hyphen', 'ab', 'a\u00adb'],
  ['by a byte order mark', 'a', '\ufeffa'],
  ['by a direction', 'ab', 'a\u200eb'],
  ['by one control character or another', 'a\u0081b', 'a\u0082b'],
  ['by an alphabet', 'paypal', 'p\u0430ypal'],
  ['by a letter of full width', 'a', '\uff41'],
  ['by a space at the end', 'a', 'a '],
];

it.each(alike)('shows how two values differ %s', (_, left, right) => {
  const line = describeDifference({ ...row, left, right, change: 'changed' });
  const [one = '', other = ''] = line.slice(line.indexOf(': ') + 2).split(' → ');
  const seen = (text: string) => text.normalize('NFKC').replace(/\p{Default_Ignorable_Code_Point}/gu, '');
  expect(seen(one)).not.toBe(seen(other));
  expect(line).not.toMatch(/[\p{Cs}\p{Cc}\p{Bidi_Control}\u0430]/u);
  expect(line.length).toBeLessThanOrEqual(200);
});

it('leaves letters as they are where they do not look alike', () => {
  for (const [left, right] of [['sea', 'Größe 海'] as const, ['port of sea', 'море и порт'] as const]) {
    const line = describeDifference({ ...row, left, right, change: 'changed' });
    expect(line).toContain(`left "${left}" → right "${right}"`);
  }
});
