import { describe, test } from 'vitest';
import { createRemoteDestination, createRemoteSource } from '../../../src/client/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { oneOfEach } from '../../../src/testing/conformance/one-of-each.js';
import { type ClientRun, testClient } from '../../../src/testing/conformance/test-client.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';

/** A whole transfer of ours over the given connection, the other end in memory. */
function move({ direction, open, clock, retryMessageOptions }: ClientRun): Promise<unknown> {
  const remote = { url: 'http://played/admin', token: 'token', open, clock, retryMessageOptions };
  const ends =
    direction === 'push'
      ? { from: createMemoryStore(oneOfEach).source(), to: createRemoteDestination(remote) }
      : { from: createRemoteSource(remote), to: createMemoryStore().destination() };
  return createTransfer({ ...ends, clock }).done;
}

describe('our client keeps to the charts', () => {
  for (const { name, run } of testClient({ run: move }).cases) test(name, run);
});
