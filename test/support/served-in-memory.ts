import { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import type { Direction } from '../../machines/refusals.js';
import { realClock } from '../../src/ports/clock.js';
import { realIds } from '../../src/ports/ids.js';
import { checkConnectionOptions } from '../../src/protocol/connection-options.js';
import { checkRetryMessageOptions } from '../../src/protocol/retry.js';
import { createSession } from '../../src/server/session.js';
import { checkServerLimits } from '../../src/server/transfer-server.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { SocketLike } from '../../src/transport/socket.js';
import { createSocketPair } from './socket-pair.js';

/** One session of our server over a store in memory, without a network; the client's end of its connection. */
export function openSession(
  direction: Direction,
  content: MemoryContent,
  lifecycle: typeof lifecycleMachine = lifecycleMachine,
): SocketLike {
  const [client, socket] = createSocketPair();
  const store = createMemoryStore(content);
  createSession({
    direction,
    socket,
    stores: { source: () => store.source(), destination: () => store.destination() },
    authorize: async () => null,
    connectionOptions: checkConnectionOptions(),
    retryMessageOptions: checkRetryMessageOptions(),
    limits: checkServerLimits({}),
    clock: realClock,
    ids: realIds,
    now: () => Date.now(),
    lifecycle,
  });
  return client;
}
