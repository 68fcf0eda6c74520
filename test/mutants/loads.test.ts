import { expect, test } from 'vitest';

// A mistake that keeps a file from being loaded leaves a file of tests without tests, and Stryker takes that for a success.
test.each([
  ['machines', () => import('../../machines/index.js')],
  ['protocol', () => import('../../src/protocol/index.js')],
])('what is public of %s can be loaded', async (_, load) => {
  expect(Object.keys(await load())).not.toEqual([]);
});
