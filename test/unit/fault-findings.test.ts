import { expect, test } from 'vitest';
import { noFindings, progress } from '../faults/findings.js';

test('a run says every 500 schedules how far it is, what it found and how fast it goes', () => {
  const at = (schedules: number) => ({
    ...noFindings,
    schedules,
    violated: [{ seed: 7, violations: ['completed, and the folder is neither'] }],
  });
  expect(progress(at(499), 480, 60)).toBeNull();
  expect(progress(at(510), 490, 60)).toBe('510 done, violations: 1, 8.5 a second');
  expect(progress(at(530), 510, 60)).toBeNull();
});
