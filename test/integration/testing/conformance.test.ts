import { afterAll, beforeAll, describe, test } from 'vitest';
import { WebSocket } from 'ws';
import { createRemoteDestination, createRemoteSource } from '../../../src/client/index.js';
import { createMemoryStore } from '../../../src/stores/memory.js';
import { oneOfEach } from '../../../src/testing/conformance/one-of-each.js';
import type { ClientRunByUrl } from '../../../src/testing/conformance/scene-on-loopback.js';
import { testClientByUrl } from '../../../src/testing/conformance/test-client.js';
import { testServer } from '../../../src/testing/conformance/test-server.js';
import { createTransfer } from '../../../src/transfer/create-transfer.js';
import { smallContent } from '../../support/small-content.js';
import { type RunningServer, runServer } from '../../support/transfer-servers.js';

describe('our whole server, routes and tokens included, over real sockets', () => {
  let server: RunningServer;
  beforeAll(async () => {
    server = await runServer({
      source: () => createMemoryStore(smallContent).source(),
      destination: () => createMemoryStore(smallContent).destination(),
    });
  });
  afterAll(() => server.close());

  const { cases } = testServer({
    connect: ({ direction }) =>
      new WebSocket(`${server.runner}${direction}`, { headers: { Authorization: `Bearer ${server.token}` } }),
    // In memory all four stages are played.
    steps: ['links'],
  });

  for (const { name, run } of cases) test(name, run);
});

describe.concurrent('our client, which is given a URL', () => {
  const move = ({ direction, url, retryMessageOptions }: ClientRunByUrl): Promise<unknown> => {
    const remote = { url, token: 'token', retryMessageOptions };
    const ends =
      direction === 'push'
        ? { from: createMemoryStore(oneOfEach).source(), to: createRemoteDestination(remote) }
        : { from: createRemoteSource(remote), to: createMemoryStore().destination() };
    return createTransfer(ends).done;
  };

  const { cases } = testClientByUrl({
    run: move,
    // In memory all are played.
    requests: (direction) => (direction === 'push' ? ['init', 'links.stream'] : ['assets.start']),
    retryMessageOptions: { retryMessageMaxRetries: 1 },
  });

  for (const { name, run } of cases) test(name, run);
});
