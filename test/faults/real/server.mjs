// The server of a transfer: the built package in a process of its own. It is told what to serve, says where, and then how
// each session ended, and how long it came to nothing meanwhile; the next message closes it.
import { createServer } from 'node:http';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createMemoryStore } from '../../../dist/index.js';
import {
  attachTransferServer,
  createMemoryTokenStore,
  createTokens,
  servedFolder,
} from '../../../dist/server.js';

// Whoever started this is gone: so is this.
process.once('disconnect', () => process.exit(1));

const { folder, content, options } = await new Promise((resolve) => {
  process.once('message', resolve);
});
const stalls = monitorEventLoopDelay();
stalls.enable();
const tokens = createMemoryTokenStore();
const tokenSalt = 'salt';
const { accessKey } = await createTokens({ store: tokens, salt: tokenSalt }).create({
  scopes: ['push', 'pull'],
});
const http = createServer();
const server = attachTransferServer(http, {
  ...servedFolder({ path: folder }),
  ...(content === null ? {} : { source: () => createMemoryStore(content).source() }),
  ...options,
  tokens,
  tokenSalt,
  onSessionEnd: ({ fate, failure }) => process.send({ fate, failure, stalled: stalls.max / 1e6 }),
  onError: (error) => console.error(error),
});
process.once('message', async () => {
  await server.close();
  http.close();
  // What else is left is what keeps the process alive.
  process.channel.unref();
});
http.listen(0, '127.0.0.1', () => process.send({ port: http.address().port, token: accessKey }));
