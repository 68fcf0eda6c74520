import { expect, test } from 'vitest';
import { createTimeline } from '../../../../src/inspector/page/model/timeline.js';
import { timesOf } from '../../../../src/inspector/page/model/times.js';
import { actor, header, machine, step } from '../../../support/lamp-records.js';

test('the time in a state is the sum of its visits, the longest first; the last one lasts to the end', () => {
  const timeline = createTimeline();
  timeline.open('p1', header());
  const steps = [step(3, 0, 'off', 'xstate.init'), step(4, 10, 'on'), step(5, 30, 'on'), step(6, 110, 'off')];
  timeline.add('p1', [machine, actor(2), ...steps, step(7, 115, 'on'), step(8, 120, 'on', 'ping')]);
  expect(timesOf(timeline.entries)).toEqual([
    { path: 'house/lamp', state: 'on', visits: 2, total: 105, longest: 100, isOpen: true },
    { path: 'house/lamp', state: 'off', visits: 2, total: 15, longest: 10, isOpen: false },
  ]);
});

test('an actor that has ended is in no state any more', () => {
  const timeline = createTimeline();
  timeline.open('p1', header());
  const end = { ...step(4, 10, 'broken'), status: 'done' } as const;
  timeline.add('p1', [
    machine,
    actor(2),
    step(3, 0, 'off', 'xstate.init'),
    end,
    { type: 'end', seq: 5, ms: 99 },
  ]);
  expect(timesOf(timeline.entries)).toEqual([
    { path: 'house/lamp', state: 'off', visits: 1, total: 10, longest: 10, isOpen: false },
  ]);
});
