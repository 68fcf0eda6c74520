/**
 * One end of a push, to be killed: `server-child serve <folder>` says its address and its token;
 * `server-child push <url> <token> <label>` says when it begins. Then each says `step` at every step: a server before
 * each operation on its files, a client after each event of its charts.
 */
import { writeSync } from 'node:fs';
import type { FileSystem } from '../../../src/ports/files.js';
import { nodeFiles } from '../../../src/ports/node-files.js';
import { servedFolder } from '../../../src/server/served-folder.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { labelledContent } from '../../support/labelled-content.js';
import { runServer } from '../../support/transfer-servers.js';

/** At once: what waits in this process would not be said by one that is killed. */
const say = (line: string) => writeSync(1, `${line}\n`);

function announcing(files: FileSystem): FileSystem {
  const announced = (work: unknown) =>
    typeof work !== 'function'
      ? work
      : (...given: unknown[]) => {
          say('step');
          return work.apply(files, given);
        };
  return Object.fromEntries(
    Object.entries(files).map(([name, work]) => [name, announced(work)]),
  ) as unknown as FileSystem;
}

const [mode, first = '', token = '', label = ''] = process.argv.slice(2);
if (mode === 'serve') {
  const { admin, token: made } = await runServer(servedFolder({ path: first, files: announcing(nodeFiles) }));
  say(JSON.stringify({ admin, token: made }));
} else {
  const from = createMemoryStore(labelledContent(label)).source();
  say('begun');
  const { done } = createTransfer({
    from,
    to: first,
    toToken: token,
    inspect: ({ type }) => {
      if (type === '@xstate.event') say('step');
    },
  });
  await done;
}
