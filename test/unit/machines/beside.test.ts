import { describe, expect, test } from 'vitest';
import { countBeside, idBeside, placeBeside, uuidBeside, withoutBeside } from '../../../machines/beside.js';

describe('exchanges beside a state', () => {
  test('take the lowest number that is free, and give it back', () => {
    expect(placeBeside([], 'a')).toEqual({ id: 'beside.0', beside: ['a'] });
    expect(placeBeside(['a', 'b'], 'c')).toEqual({ id: 'beside.2', beside: ['a', 'b', 'c'] });
    expect(placeBeside(['a', null, null], 'd')).toEqual({ id: 'beside.1', beside: ['a', 'd', null] });
    expect(placeBeside([null, 'b'], 'e')).toEqual({ id: 'beside.0', beside: ['e', 'b'] });
    expect(withoutBeside(['a', 'b', 'c'], 'b')).toEqual(['a', null, 'c']);
    expect([countBeside([]), countBeside([null, 'b', null])]).toEqual([0, 1]);
  });

  test('leave the list that they were given as it was', () => {
    const before = ['a', null] as const;
    placeBeside(before, 'b');
    withoutBeside(before, 'a');
    expect(before).toEqual(['a', null]);
  });

  test('are found by the id of their actor, and no other actor is', () => {
    expect(uuidBeside(['a', 'b'], idBeside(1))).toBe('b');
    expect(uuidBeside([null, 'b'], idBeside(0))).toBeUndefined();
    expect(uuidBeside(['a'], idBeside(7))).toBeUndefined();
    expect(uuidBeside(['a', 'b'], 'exchange')).toBeUndefined();
    // As long as the prefix, and a number behind it.
    expect(uuidBeside(['a', 'b'], 'others.1')).toBeUndefined();
  });
});
