import { expect, test } from 'vitest';
import { newHash } from '../../../../src/strapi/destination/new-hash.js';

const random = (...texts: readonly string[]) => {
  const rest = [...texts];
  return () => rest.shift() ?? 'x';
};

test.each([
  ['a hash of Strapi’s', 'dawn_0123456789', 'dawn_0123456789_abcdefghijklmnopqrst'],
  ['its format', 'thumbnail_dawn_0123456789', 'thumbnail_dawn_0123456789_abcdefghijklmnopqrst'],
  ['a hash without an end', 'dawn', 'dawn_abcdefghijklmnopqrst'],
  ['one that a push gave', 'dawn_0123456789_01234567890123456789', 'dawn_0123456789_abcdefghijklmnopqrst'],
  ['an end that is shorter', 'dawn_0123456789012345678', 'dawn_0123456789012345678_abcdefghijklmnopqrst'],
  ['one as long as the column', 'd'.repeat(255), `${'d'.repeat(179)}_abcdefghijklmnopqrst`],
  ['one of long characters', '😀'.repeat(60), `${'😀'.repeat(44)}_abcdefghijklmnopqrst`],
])('gives an end of its own to %s', (_, hash, renamed) => {
  expect(newHash(hash, random('aBc-d', '_efghij', 'klmnopqrstuvw'))).toBe(renamed);
});
