import { expect, test } from 'vitest';
import { tokenFault } from '../../../src/doctor/token-fault.js';

test.each([
  ['abc\n', 'white space'],
  ['Bearer abc', 'begins with "Bearer"'],
  ['ab cd', 'white space in it'],
  ['"abc"', 'quotation marks'],
  ['abç', 'characters in it'],
])('%j cannot be a token, and it is not told', (token, reason) => {
  expect(tokenFault(token)).toContain(reason);
  expect(tokenFault(token)).not.toContain('abc');
});

test('what Strapi and ferry make may be one', () => {
  expect(tokenFault('0123456789abcdef'.repeat(16))).toBeNull();
});
