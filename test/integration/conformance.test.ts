import { afterAll, beforeAll, test } from 'vitest';
import { WebSocket } from 'ws';
import { createMemoryStore } from '../../src/stores/memory.js';
import { testServer } from '../../src/testing/conformance/test-server.js';
import { type RunningServer, runServer } from '../support/transfer-servers.js';
import { smallContent } from '../unit/transfer/small-content.js';

/** Our whole server, routes and tokens included, over real sockets. In memory all four stages are played. */
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
  steps: ['links'],
});

for (const { name, run } of cases) test(name, run);
