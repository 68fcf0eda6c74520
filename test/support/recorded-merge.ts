import { createInspection } from '../../src/inspect/inspection.js';
import { createRecorder } from '../../src/inspect/recorder.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createMemoryFiles } from '../../src/testing/memory-files.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import { contentOf, types } from './merge-model.js';
import { model, row } from './merge-sites.js';

/** A recording of a merge of one document that holds a secret, from memory into memory. */
export async function recordedMerge(secret = 'a secret'): Promise<string> {
  const files = createMemoryFiles();
  await files.makeDirectory('/tmp');
  const path = '/tmp/merge.jsonl';
  const inspection = createInspection({ roles: ['client'] });
  inspection.attach(createRecorder({ path, files }));
  const coming = contentOf(model([[types.tag, 'x', { '/published': row(secret) }]]), 10);
  const merge = createMerge({
    from: createMemoryStore(coming).source(),
    to: createMemoryStore(contentOf(model([]), 1)),
    inspect: inspection.inspect,
  });
  await merge.done;
  await inspection.close();
  return new TextDecoder().decode(await files.read(path));
}
