import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { replayRecording } from '../../src/inspect/replay/replay.js';
import { recordScene, scenes } from '../support/recorded-transfers.js';

const fixtures = fileURLToPath(new URL('../fixtures/inspections/', import.meta.url));

/** `npm run inspections` writes what is recorded here to the fixtures. */
test.each(Object.keys(scenes))(
  'a %s that was recorded over a real socket is replayed the same',
  async (name) => {
    const text = await recordScene(name);
    if (process.env['FERRY_RECORD'] === '1') writeFileSync(`${fixtures}${name}.jsonl`, text);
    const files = {
      async *stream() {
        yield Buffer.from(text);
      },
    };
    const { differences, roots } = await replayRecording({ path: `${name}.jsonl`, files });
    expect(differences).toEqual([]);
    expect(roots.map(({ path }) => path)).toEqual(['transfer', 'session']);
  },
);
