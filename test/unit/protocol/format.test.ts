import { expect, it } from 'vitest';
import {
  formatBytes,
  formatCount,
  formatDuration,
  formatWholeSeconds,
} from '../../../src/protocol/format.js';

it.each([
  [0, '0 B'],
  [1023, '1023 B'],
  [0.4, '0 B'],
  [1024, '1.0 KiB'],
  [70_746_754, '67.5 MiB'],
  [3 * 1024 ** 4, '3.0 TiB'],
])('writes %d bytes as %s', (bytes, text) => expect(formatBytes(bytes)).toBe(text));

it.each([
  [900, '0.9 s'],
  [59_900, '59.9 s'],
  [59_960, '1 min 0 s'],
  [125_000, '2 min 5 s'],
  [119_700, '2 min 0 s'],
  [11_520_000, '3 h 12 min'],
])('writes %i ms as %s', (ms, text) => expect(formatDuration(ms)).toBe(text));

it('writes the time that passes while one looks without tenths', () => {
  expect(formatWholeSeconds(12_345)).toBe('12 s');
  expect(formatWholeSeconds(61_000)).toBe('1 min 1 s');
});

it.each([
  [7, '7'],
  [999, '999'],
  [1000, '1,000'],
  [1_234_567.8, '1,234,568'],
])('writes the count %d as %s', (count, text) => expect(formatCount(count)).toBe(text));
