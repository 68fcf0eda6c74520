import type { Inspection } from '../../src/inspect/inspection.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { smallContent } from './small-content.js';
import { runServer } from './transfer-servers.js';

/** Moves a little content over a real socket, to a server of ours, both ends of it inspected. */
export async function moveInspected(
  { inspect }: Pick<Inspection, 'inspect'>,
  direction: 'push' | 'pull' = 'push',
  content: MemoryContent = smallContent,
): Promise<void> {
  const served = createMemoryStore(direction === 'pull' ? content : {});
  const server = await runServer({ source: served.source, destination: served.destination, inspect });
  const ends =
    direction === 'push'
      ? { from: createMemoryStore(content).source(), to: server.admin, toToken: server.token }
      : { from: server.admin, fromToken: server.token, to: createMemoryStore().destination() };
  await createTransfer({ ...ends, inspect }).done;
  await server.close();
}
