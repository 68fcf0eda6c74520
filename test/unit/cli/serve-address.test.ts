import { expect, it } from 'vitest';
import { readAddress } from '../../../src/cli/commands/serve.command.js';

it.each([
  [undefined, '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['0.0.0.0', '0.0.0.0'],
  ['localhost', 'localhost'],
  ['::1', '::1'],
  ['[::1]', '::1'],
  ['[::]', '::'],
  ['[::ffff:127.0.0.1]', '::ffff:127.0.0.1'],
])('--host %s is the address %s', (given, address) => {
  expect(readAddress(given)).toBe(address);
});
