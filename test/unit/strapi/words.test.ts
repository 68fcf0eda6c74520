import { describe, expect, test } from 'vitest';
import { lengthWords, movedWords, outcomeOf } from '../../../src/strapi/admin/words.js';
import type { TransferRow } from '../../../src/strapi/plugin/history.js';

const running: TransferRow = {
  ...{ id: 'id', direction: 'push', token: 'nightly', address: '10.0.0.9', startedAt: 1000 },
  moved: { entities: { items: 4026, bytes: 0 }, assets: { items: 20, bytes: 70_778_880 } },
  ended: null,
};
const ended = { ms: 1340, outcome: 'completed', failure: null, stoppedBy: null } as const;

test('what was moved, by stage; a dash where nothing was', () => {
  expect(movedWords(running)).toBe('4,026 entities, 20 assets (67.5 MiB)');
  expect(movedWords({ ...running, moved: {} })).toBe('–');
});

test('how long it takes, by the server’s clock, and how long it took', () => {
  expect(lengthWords(running, 66_000)).toBe('1 min 5 s');
  expect(lengthWords(running, 0)).toBe('0 s');
  expect(lengthWords({ ...running, ended }, 66_000)).toBe('1.3 s');
});

describe('the outcome', () => {
  test.each([
    [null, 'Running', 'primary'],
    [ended, 'Completed', 'success'],
    [{ ...ended, outcome: 'unchanged' }, 'Nothing changed', 'neutral'],
    [{ ...ended, outcome: 'brokenOff' }, 'Left by its client', 'neutral'],
    [{ ...ended, outcome: 'failed', failure: 'CONNECTION_LOST' }, 'Failed: CONNECTION_LOST', 'danger'],
    [{ ...ended, outcome: 'failed', failure: 'ABORTED', stoppedBy: 'Ada' }, 'Stopped by Ada', 'neutral'],
  ] as const)('%j: %s', (end, words, colour) => {
    expect(outcomeOf({ ...running, ended: end })).toEqual({ words, colour });
  });
});
