import { expect, test } from 'vitest';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { recordedMerge } from '../../support/recorded-merge.js';

test('a merge is recorded with the transfer that carries it out, and both are replayed the same', async () => {
  const text = await recordedMerge('the words of a row');
  expect(text).not.toContain('the words of a row');
  const files = {
    async *stream() {
      yield Buffer.from(text);
    },
  };
  const { differences, roots } = await replayRecording({ path: 'merge.jsonl', files });
  expect(differences).toEqual([]);
  expect(roots.map(({ path, state }) => [path, state])).toEqual([
    ['merge', 'completed'],
    ['merge/move/chart', 'completed'],
  ]);
});
