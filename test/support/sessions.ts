import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { WebSocketServer } from 'ws';
import { realClock } from '../../src/ports/clock.js';
import { realIds } from '../../src/ports/ids.js';
import { checkConnectionOptions } from '../../src/protocol/connection-options.js';
import { checkRetryMessageOptions } from '../../src/protocol/retry.js';
import { createSession, type RunningSession, type SessionOptions } from '../../src/server/session.js';
import { checkServerLimits } from '../../src/server/transfer-server.js';
import { withSignsOfLife } from '../../src/transport/websocket.js';

/** What a session is given, anew for each connection; the rest is as a server has it. */
export type SessionSetting = {
  [K in 'stores' | 'authorize' | 'clock' | 'lifecycle' | 'inspect']?: SessionOptions[K];
} & {
  readonly limits?: Parameters<typeof checkServerLimits>[0];
  readonly connectionOptions?: Parameters<typeof checkConnectionOptions>[0];
  readonly retryMessageOptions?: Parameters<typeof checkRetryMessageOptions>[0];
};

export interface Sessions {
  /** `ws://…/`; `push` or `pull` is appended. */
  readonly url: string;
  /** In the order of their connections. */
  readonly opened: readonly RunningSession[];
  /** Bytes that wait in this process for a client that does not read. */
  buffered(): number;
  close(): Promise<void>;
}

/** Sessions on real sockets, without tokens or routes. `setting` is asked at each connection. */
export async function serveSessions(setting: () => SessionSetting): Promise<Sessions> {
  const http = createServer();
  const webSockets = new WebSocketServer({ server: http });
  const opened: RunningSession[] = [];
  webSockets.on('connection', (socket, request) => {
    socket.on('error', () => {});
    const { limits, connectionOptions, retryMessageOptions, ...given } = setting();
    opened.push(
      createSession({
        direction: request.url?.endsWith('push') ? 'push' : 'pull',
        socket: withSignsOfLife(socket, request.socket),
        stores: {},
        authorize: async () => null,
        connectionOptions: checkConnectionOptions(connectionOptions),
        retryMessageOptions: checkRetryMessageOptions(retryMessageOptions),
        limits: checkServerLimits(limits),
        clock: realClock,
        ids: realIds,
        now: () => Date.now(),
        ...given,
      }),
    );
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  return {
    url: `ws://127.0.0.1:${(http.address() as AddressInfo).port}/`,
    opened,
    buffered: () => [...webSockets.clients].reduce((sum, { bufferedAmount }) => sum + bufferedAmount, 0),
    async close() {
      for (const session of opened) session.close();
      for (const client of webSockets.clients) client.terminate();
      await Promise.all(opened.map(({ closed }) => closed));
      await new Promise((resolve) => http.close(resolve));
    },
  };
}
