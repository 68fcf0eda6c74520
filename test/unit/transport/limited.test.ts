import { getEventListeners } from 'node:events';
import { expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import { limited } from '../../../src/transport/limited.js';
import { TestClock } from '../../support/test-clock.js';

const late = new TransferError('HOOK_TIMED_OUT', { hook: 'recheck', ms: 1000 });

const setUp = () => {
  const clock = new TestClock();
  const outer = new AbortController();
  return { clock, outer, limits: { clock, timeLimit: 1000, signal: outer.signal } };
};

/** Work that ends only when it is told to. */
const hanging = (signal: AbortSignal) =>
  new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason));
  });

test('work in time leaves no timer, and nothing at a signal that lives on', async () => {
  const { clock, outer, limits } = setUp();
  for (let call = 0; call < 3; call += 1) expect(await limited(limits, late, async () => call)).toBe(call);
  expect([clock.pending, getEventListeners(outer.signal, 'abort')]).toEqual([[], []]);
});

test('work that takes too long is told to end, and is late', async () => {
  const { clock, limits } = setUp();
  const work = limited(limits, late, hanging);
  const outcome = expect(work).rejects.toBe(late);
  await clock.pass(1000, 1000);
  await outcome;
});

test('an abort from outside ends it with its reason', async () => {
  const { outer, limits, clock } = setUp();
  const outcome = expect(limited(limits, late, hanging)).rejects.toThrow('left');
  outer.abort(new Error('left'));
  await outcome;
  expect(clock.pending).toEqual([]);
});
