import { expect, test } from 'vitest';
import { createSummedLog } from '../../../src/cli/report/summed-log.js';
import { TestClock } from '../../support/test-clock.js';

function setUp() {
  const clock = new TestClock();
  const lines: string[] = [];
  const log = createSummedLog({
    clock,
    atOnce: 3,
    window: 1000,
    sumUp: (count, ms) => lines.push(`${count} more in ${ms} ms`),
  });
  const add = (count: number) => {
    for (let n = 0; n < count; n += 1) log.add(() => lines.push('one'));
  };
  return { clock, lines, log, add };
}

test('the first of a window are told one by one, the others in one line', () => {
  const { clock, lines, add } = setUp();
  add(2991);
  expect(lines).toEqual(['one', 'one', 'one']);
  clock.increment(1000);
  expect(lines.slice(3)).toEqual(['2988 more in 1000 ms']);
  add(1);
  clock.increment(1000);
  expect(lines.slice(4)).toEqual(['one']);
});

test('a log that ends tells what it still owes, and leaves no timer', () => {
  const { clock, lines, log, add } = setUp();
  add(5);
  clock.increment(400);
  log.close();
  expect(lines.at(-1)).toBe('2 more in 400 ms');
  expect(clock.pending).toEqual([]);
});
