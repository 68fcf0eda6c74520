import { describe, expect, test } from 'vitest';
import {
  addExchange,
  concurrentId,
  countExchanges,
  removeExchange,
  uuidOfExchange,
} from '../../../machines/concurrent-exchanges.js';

describe('concurrent exchanges', () => {
  test('take the lowest number that is free, and give it back', () => {
    expect(addExchange([], 'a')).toEqual({ id: 'concurrent.0', concurrent: ['a'] });
    expect(addExchange(['a', 'b'], 'c')).toEqual({ id: 'concurrent.2', concurrent: ['a', 'b', 'c'] });
    expect(addExchange(['a', null, null], 'd')).toEqual({ id: 'concurrent.1', concurrent: ['a', 'd', null] });
    expect(addExchange([null, 'b'], 'e')).toEqual({ id: 'concurrent.0', concurrent: ['e', 'b'] });
    expect(removeExchange(['a', 'b', 'c'], 'b')).toEqual(['a', null, 'c']);
    expect([countExchanges([]), countExchanges([null, 'b', null])]).toEqual([0, 1]);
  });

  test('leave the list that they were given as it was', () => {
    const before = ['a', null] as const;
    addExchange(before, 'b');
    removeExchange(before, 'a');
    expect(before).toEqual(['a', null]);
  });

  test('are found by the id of their actor, and no other actor is', () => {
    expect(uuidOfExchange(['a', 'b'], concurrentId(1))).toBe('b');
    expect(uuidOfExchange([null, 'b'], concurrentId(0))).toBeUndefined();
    expect(uuidOfExchange(['a'], concurrentId(7))).toBeUndefined();
    expect(uuidOfExchange(['a', 'b'], 'exchange')).toBeUndefined();
    // As long as the prefix, and a number behind it.
    expect(uuidOfExchange(['a', 'b'], 'others.1')).toBeUndefined();
  });
});
