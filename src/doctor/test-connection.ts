import { whileLetIn } from '../client/entry.js';
import { checkRemoteOptions } from '../client/options.js';
import type { Remote } from '../client/remote.js';
import { createRequests, type Requests } from '../client/requests.js';
import { realIds } from '../ports/ids.js';
import { encodeRequest } from '../protocol/codec.js';
import type { InitParams } from '../protocol/messages.js';
import type { TimeLimited } from '../transport/limited.js';
import type { OpenSocket } from '../transport/socket.js';

export type Scope = InitParams['transfer'];

export interface TestConnectionOptions extends TimeLimited {
  readonly url: string;
  readonly token: string | null;
  readonly proxy?: string | undefined;
  /** Opens the socket of a transfer. @defaultValue as a transfer does */
  readonly open?: ((scope: Scope) => OpenSocket) | undefined;
}

export interface TestConnection {
  readonly requests: Requests;
  /** The command `status`: it changes nothing, and a server answers it in any state. */
  status(): Promise<unknown>;
}

/** Runs the charts of a transfer. @throws TransferError of the refused upgrade, the connection, or an answer */
export async function withConnection<T>(
  options: TestConnectionOptions,
  scope: Scope,
  work: (connection: TestConnection) => Promise<T>,
): Promise<T> {
  const { url, token, proxy, clock, open, timeLimit, signal } = options;
  signal.throwIfAborted();
  const checked = checkRemoteOptions(
    {
      url,
      token: token ?? '',
      proxy,
      clock,
      connectionOptions: { connectTimeout: timeLimit, heartbeatTimeout: timeLimit },
      retryMessageOptions: { retryMessageTimeout: timeLimit, retryMessageMaxRetries: 0 },
      open: open?.(scope),
    },
    scope,
  );
  return whileLetIn(checked, scope, signal, (remote) =>
    work({ requests: createRequests(remote, realIds), status: () => askStatus(remote) }),
  );
}

function askStatus(remote: Remote): Promise<unknown> {
  const uuid = realIds.uuid();
  const frame = encodeRequest({ type: 'command', command: 'status', uuid });
  return remote.request({ event: { type: 'request.status', uuid }, kind: 'status', frame });
}
