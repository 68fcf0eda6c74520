import { describe, expect, test } from 'vitest';
import { checkDelay, checkRetryMessageOptions } from '../../../src/protocol/retry.js';

describe('a duration', () => {
  test.each([0, 0.5, 30_000, 2 ** 31 - 1])('of %d ms can be waited for', (value) => {
    expect(checkDelay('busyTimeout', value)).toBe(value);
  });

  test.each([-1, 2 ** 31, Number.NaN, Number.POSITIVE_INFINITY, '5' as unknown as number])(
    'of %s ms cannot: a timer would fire at once, or never',
    (value) => {
      expect(() => checkDelay('busyTimeout', value)).toThrow(
        `Option busyTimeout cannot be ${value}: it must be a number of milliseconds from 0 to 2147483647.`,
      );
    },
  );
});

describe('how long and how often a message is asked again', () => {
  const strapis = { retryMessageTimeout: 30_000, retryMessageMaxRetries: 5 };

  test('is as long and as often as Strapi’s client does it, where nothing is said', () => {
    expect(checkRetryMessageOptions()).toEqual(strapis);
    expect(checkRetryMessageOptions({})).toEqual(strapis);
  });

  test('is what is said', () => {
    expect(checkRetryMessageOptions({ retryMessageTimeout: 7 })).toEqual({
      ...strapis,
      retryMessageTimeout: 7,
    });
    expect(checkRetryMessageOptions({ retryMessageMaxRetries: 0 })).toEqual({
      ...strapis,
      retryMessageMaxRetries: 0,
    });
  });

  test.each([-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY])(
    'cannot be %s times',
    (retryMessageMaxRetries) => {
      expect(() => checkRetryMessageOptions({ retryMessageMaxRetries })).toThrow(
        `Option retryMessageMaxRetries cannot be ${retryMessageMaxRetries}: it must be a whole number, 0 or more.`,
      );
    },
  );

  test('cannot be a time that no timer holds', () => {
    expect(() => checkRetryMessageOptions({ retryMessageTimeout: -1 })).toThrow(
      expect.objectContaining({
        code: 'INVALID_OPTION',
        details: expect.objectContaining({ option: 'retryMessageTimeout' }),
      }),
    );
  });
});
