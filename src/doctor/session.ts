import { checkRemoteOptions } from '../client/options.js';
import { createPeer, type Peer } from '../client/peer.js';
import { createRequests, type Requests } from '../client/requests.js';
import { realIds } from '../ports/ids.js';
import { encodeRequest } from '../protocol/codec.js';
import { toTransferError } from '../protocol/errors.js';
import type { InitParams } from '../protocol/messages.js';
import type { OpenSocket } from '../transport/socket.js';
import type { Limits } from './limited.js';

/** What a token may be for. */
export type Scope = InitParams['transfer'];

export interface SessionOptions extends Limits {
  /** The admin URL of the server. */
  readonly url: string;
  readonly token: string | null;
  /** Opens the socket of a transfer. @defaultValue as a transfer does */
  readonly open?: (scope: Scope) => OpenSocket;
}

/** An open connection to the server, as a transfer has one. */
export interface Session {
  readonly requests: Requests;
  /** The command `status`: it changes nothing, and a server answers it in any state. */
  status(): Promise<unknown>;
}

/**
 * Opens a connection as a transfer does, through the same charts, calls back with it and closes it.
 * @throws TransferError of the refused upgrade, the connection, or an answer
 */
export async function withSession<T>(
  options: SessionOptions,
  scope: Scope,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { url, token, clock, open, timeLimit, signal } = options;
  signal.throwIfAborted();
  const checked = checkRemoteOptions(
    {
      url,
      token: token ?? '',
      clock,
      linkOptions: { connectTimeout: timeLimit, heartbeatTimeout: timeLimit },
      retryMessageOptions: { retryMessageTimeout: timeLimit, retryMessageMaxRetries: 0 },
      ...(open === undefined ? {} : { open: open(scope) }),
    },
    scope,
  );
  const peer = createPeer({
    ...checked,
    direction: scope,
    lanes: 1,
    onDiagnostic: () => {},
    onRetry: () => {},
    // No stage is ever started.
    onBatch: async () => {},
  });
  const onAbort = () => peer.abort(toTransferError(signal.reason));
  signal.addEventListener('abort', onAbort);
  try {
    await peer.open();
    return await work({ requests: createRequests(peer, realIds), status: () => askStatus(peer) });
  } finally {
    signal.removeEventListener('abort', onAbort);
    await peer.leave();
  }
}

function askStatus(peer: Peer): Promise<unknown> {
  const uuid = realIds.uuid();
  const frame = encodeRequest({ type: 'command', command: 'status', uuid });
  return peer.request({ event: { type: 'request.status', uuid }, kind: 'status', frame });
}
