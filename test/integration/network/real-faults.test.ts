import { describe, expect, test } from 'vitest';
import { runForReal } from '../../faults/real/run-schedule.js';
import { createPreparedFolders } from '../../simulation/folders.js';
import { describeSchedule, schedule } from '../../simulation/schedule.js';

/** The first seed of each kind that takes no long wait. */
const kinds = ['drop', 'duplicate', 'reorder', 'corrupt', 'cut', 'kill'];
const seeds = kinds.map((kind) => {
  let seed = 0;
  while (schedule(seed).fault.kind !== kind) seed += 1;
  return seed;
});
const prepared = createPreparedFolders();

describe('a transfer between two processes over a real socket, with a fault', () => {
  test.each(seeds.map((seed) => ({ seed, words: describeSchedule(schedule(seed)) })))(
    'seed $seed: $words',
    async ({ seed }) => {
      const { violations, hasStruck } = await runForReal(schedule(seed), prepared);
      expect([violations, hasStruck]).toEqual([[], true]);
    },
  );
});
