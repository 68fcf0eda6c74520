/**
 * One end of a push, to be killed: `server-child serve <folder>` says its address and its token;
 * `server-child push <url> <token> <label>` says when it begins, and when it is done.
 */
import { servedFolder } from '../../src/server/served-folder.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { labelledContent } from '../support/labelled-content.js';
import { runServer } from '../support/transfer-servers.js';

const [mode, first = '', token = '', label = ''] = process.argv.slice(2);
if (mode === 'serve') {
  const { admin, token: made } = await runServer(servedFolder({ path: first }));
  process.stdout.write(`${JSON.stringify({ admin, token: made })}\n`);
} else {
  const from = createMemoryStore(labelledContent(label)).source();
  process.stdout.write('begun\n');
  await createTransfer({ from, to: first, toToken: token }).done;
  process.stdout.write('done\n');
}
