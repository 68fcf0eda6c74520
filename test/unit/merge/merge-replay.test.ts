import { expect, test } from 'vitest';
import { createInspection } from '../../../src/inspect/inspection.js';
import { createRecorder } from '../../../src/inspect/recorder.js';
import { replayRecording } from '../../../src/inspect/replay/replay.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createMemoryFiles } from '../../../src/testing/memory-files.js';
import { createMerge } from '../../../src/transfer/merge/create-merge.js';
import { contentOf, types } from '../../support/merge-model.js';
import { model, row } from '../../support/merge-sites.js';

const path = '/tmp/merge.jsonl';

test('a merge is recorded with the transfer that carries it out, and both are replayed the same', async () => {
  const files = createMemoryFiles();
  await files.makeDirectory('/tmp');
  const inspection = createInspection({ roles: ['client'] });
  inspection.attach(createRecorder({ path, files }));
  const merge = createMerge({
    from: createMemoryStore(
      contentOf(model([[types.tag, 'x', { '/published': row('a secret') }]]), 10),
    ).source(),
    to: createMemoryStore(contentOf(model([]), 1)),
    inspect: inspection.inspect,
  });
  await merge.done;
  await inspection.close();
  const text = new TextDecoder().decode(await files.read(path));
  expect(text).not.toContain('a secret');
  const { differences, roots } = await replayRecording({ path, files });
  expect(differences).toEqual([]);
  expect(roots.map(({ path: name, state }) => [name, state])).toEqual([
    ['merge', 'completed'],
    ['merge/move/chart', 'completed'],
  ]);
});
