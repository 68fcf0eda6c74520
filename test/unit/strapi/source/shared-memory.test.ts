import { describe, expect, test } from 'vitest';
import { createSharedMemory } from '../../../../src/strapi/source/shared-memory.js';

describe('memory that pulls share', () => {
  const most = { ofOne: 16, ofAll: 32 };

  test('is given to one up to what one may hold', () => {
    const one = createSharedMemory(most)();
    expect([one.take(10), one.take(6), one.take(1), one.take(0)]).toEqual([true, true, false, true]);
  });

  test('is given to all up to what all may hold', () => {
    const share = createSharedMemory(most);
    expect([share().take(16), share().take(10), share().take(7), share().take(6)]).toEqual([
      true,
      true,
      false,
      true,
    ]);
  });

  test('is free again for others once it is given back, and given back once', () => {
    const share = createSharedMemory(most);
    const [one, other, third] = [share(), share(), share()];
    for (const each of [one, other]) each.take(16);
    one.giveBack();
    one.giveBack();
    expect([third.take(16), one.take(1)]).toEqual([true, false]);
  });

  test('holds by itself 16 Mi characters of one pull, and 32 Mi of all', () => {
    const share = createSharedMemory();
    const half = 2 ** 24;
    expect([share().take(half + 1), share().take(half), share().take(half), share().take(1)]).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });
});
