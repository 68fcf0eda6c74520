import { describe, expect, test } from 'vitest';
import { newHashes } from '../../../../src/strapi/destination/new-hashes.js';

const random = (...texts: readonly string[]) => {
  const rest = [...texts];
  return () => rest.shift() ?? 'x';
};

describe('a file whose key is taken', () => {
  test.each([
    ['a hash of Strapi’s', 'dawn_0123456789', 'dawn_0123456789', 'dawn_abcdefghij'],
    ['its format', 'dawn_0123456789', 'thumbnail_dawn_0123456789', 'thumbnail_dawn_abcdefghij'],
    ['a format that is named otherwise', 'dawn_0123456789', 'square', 'square_abcdefghij'],
    ['the same, pushed before', 'dawn_0123456789', 'square_0123456789', 'square_abcdefghij'],
    [
      'a format with an end of its own',
      'dawn_0123456789',
      'square_9876543210',
      'square_9876543210_abcdefghij',
    ],
    ['a hash of another kind', 'dawn', 'dawn', 'dawn_abcdefghij'],
    ['a hash with an end that is shorter', 'dawn_012345678', 'dawn_012345678', 'dawn_012345678_abcdefghij'],
  ])('gets another end: %s', (_, mainHash, hash, renamed) => {
    const hashOf = newHashes(new Set([mainHash]), random('aBc-d', '_efghijkl'));
    expect(hashOf(mainHash, hash)).toBe(renamed);
  });

  test('gets no longer however often it is pushed', () => {
    let hash = 'dawn';
    for (let time = 0; time < 3; time += 1)
      hash = newHashes(new Set([hash]), () => `time${time}`)(hash, hash);
    expect(hash).toBe('dawn_time2time2');
  });

  test('gets an end of its own', () => {
    const taken = ['a_0123456789', 'a_9876543210'];
    const hashOf = newHashes(new Set(taken), random('aaaaaaaaaa', 'bbbbbbbbbb'));
    expect(taken.map((hash) => hashOf(hash, hash))).toEqual(['a_aaaaaaaaaa', 'a_bbbbbbbbbb']);
  });
});

test('a file whose key is free keeps its hash, and its formats theirs', () => {
  const hashOf = newHashes(new Set(['other']), random());
  expect(hashOf('dawn', 'dawn')).toBe('dawn');
  expect(hashOf('dawn', 'thumbnail_dawn')).toBe('thumbnail_dawn');
});
