import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createMemoryTokenStore, createTokens, type Tokens } from '../../src/server/tokens.js';
import {
  attachTransferServer,
  type SessionSummary,
  type TransferServer,
  type TransferServerOptions,
} from '../../src/server/transfer-server.js';

export interface RunningServer {
  readonly server: TransferServer;
  /** For raw clients: `push` or `pull` is appended. */
  readonly runner: string;
  /** For our own clients. */
  readonly admin: string;
  /** May push and pull. */
  readonly token: string;
  readonly tokens: Tokens;
  /** Of the sessions that are over. */
  readonly summaries: readonly SessionSummary[];
  /** Resolves with the summary of the session that ends next, or with one that nobody has seen yet. */
  ended(): Promise<SessionSummary>;
  close(): Promise<void>;
}

/** A whole server on a real port, with a token. */
export async function runServer(options: Partial<TransferServerOptions> = {}): Promise<RunningServer> {
  const store = createMemoryTokenStore();
  const tokens = createTokens({ store, salt: 'salt' });
  const { accessKey } = await tokens.create({ name: 'both', scopes: ['push', 'pull'] });
  const http = createServer((_, response) => response.writeHead(404).end());
  const summaries: SessionSummary[] = [];
  let told = 0;
  let wake = () => {};
  const server = attachTransferServer(http, {
    tokens: store,
    tokenSalt: 'salt',
    onSessionEnd(summary) {
      summaries.push(summary);
      wake();
    },
    ...options,
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const origin = `127.0.0.1:${(http.address() as AddressInfo).port}/admin`;
  return {
    server,
    runner: `ws://${origin}/transfer/runner/`,
    admin: `http://${origin}`,
    token: accessKey,
    tokens,
    summaries,
    async ended() {
      while (summaries.length <= told) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      told += 1;
      return summaries[told - 1] as SessionSummary;
    },
    async close() {
      await server.close();
      http.closeAllConnections();
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
