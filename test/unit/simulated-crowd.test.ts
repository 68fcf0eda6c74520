import { describe, expect, test } from 'vitest';
import { simulateCrowd } from '../simulation/crowd.js';
import { destinationPath } from '../simulation/ends.js';
import { filesThatMoveOneByOne } from '../simulation/slow-files.js';

const seeds = Array.from({ length: 10 }, (_, seed) => seed);

describe('two pushes, a pull and a revocation at one store', { timeout: 60_000 }, () => {
  test('show every reader old or new, never a mix and never nothing', async () => {
    const crowds = [];
    for (const seed of seeds) crowds.push({ seed, ...(await simulateCrowd(seed)) });
    expect(crowds.filter(({ violations }) => violations.length > 0)).toEqual([]);
    // Each version was seen, and writers met or lost their token.
    const seen = crowds.flatMap((crowd) => crowd.seen);
    expect(new Set(seen)).toEqual(new Set(['old', 'first', 'second']));
    const outcomes = crowds.flatMap((crowd) => Object.values(crowd.outcomes));
    expect(outcomes).toEqual(expect.arrayContaining(['completed', 'PEER_ERROR']));
  });

  test('show a reader neither old nor new where a commit moves the files one by one', async () => {
    const found: string[] = [];
    for (const seed of seeds.slice(0, 3)) {
      const crowd = await simulateCrowd(seed, (disk, clock) =>
        filesThatMoveOneByOne(disk, destinationPath, clock),
      );
      found.push(...crowd.violations);
    }
    expect(found).toContainEqual(expect.stringMatching(/^a reader saw neither old nor new/));
  });
});
