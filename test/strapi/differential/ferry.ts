import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryTokenStore, createTokens } from '../../../src/server/tokens.js';
import { attachTransferServer } from '../../../src/server/transfer-server.js';
import { createMemoryStore, type MemoryContent } from '../../../src/stores/memory.js';
import type { Peer } from './play.js';

/** Something of everything, so that a pull has batches. */
const content: MemoryContent = {
  metadata: { createdAt: '2026-01-02T03:04:05.678Z', strapi: { version: '5.54.0' } },
  schemas: { 'api::author.author': { uid: 'api::author.author', attributes: { name: { type: 'string' } } } },
  entities: [{ type: 'api::author.author', id: 1, data: { name: 'Ada' } }],
  links: [],
  configuration: [{ type: 'core-store', value: { key: 'a', value: '1' } }],
  assets: [],
};

/** Our server over a store in memory, a new one for each session: none waits for another. */
export async function startFerry(): Promise<Peer & { stop(): Promise<void> }> {
  const http = createServer((_, response) => {
    response.statusCode = 404;
    response.end();
  });
  const [store, tokenSalt] = [createMemoryTokenStore(), 'salt'];
  const tokens = createTokens({ store, salt: tokenSalt });
  const { accessKey } = await tokens.create({ scopes: ['push', 'pull'] });
  const server = attachTransferServer(http, {
    source: () => createMemoryStore(content).source(),
    destination: () => createMemoryStore(content).destination(),
    tokens: store,
    tokenSalt,
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const { port } = http.address() as AddressInfo;
  return {
    name: 'ours',
    adminUrl: `http://127.0.0.1:${port}/admin`,
    token: accessKey,
    async stop() {
      await server.close();
      http.close();
      http.closeAllConnections();
    },
  };
}
