import { transferRoute } from '../protocol/admin-url.js';
import { TransferError, toTransferError } from '../protocol/errors.js';
import type { HttpAnswer } from '../transport/http-answer.js';
import { reasonOf } from '../transport/socket.actor.js';
import { limited } from './limited.js';
import type { Network } from './network.js';
import { type Scope, type SessionOptions, withSession } from './session.js';

/** What the checks know and share. */
export interface Visit extends SessionOptions {
  readonly adminUrl: URL;
  readonly host: string;
  readonly port: number;
  /** What the token is meant for; empty if the caller does not say. */
  readonly wanted: readonly Scope[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly network: Network;
  /** What `session` has learned from the server. */
  metadata?: { readonly version: string | undefined; readonly isFerry: boolean };
  /** The answer to an upgrade without a token, at this or another admin URL. Asked once for each. */
  knock(adminUrl?: URL): Promise<HttpAnswer>;
  /** Why the handshake of a transfer fails; null if the socket opens. Tried once for each scope. */
  handshake(scope: Scope): Promise<TransferError | null>;
}

export function createVisit(given: Omit<Visit, 'url' | 'host' | 'port' | 'knock' | 'handshake'>): Visit {
  const { adminUrl } = given;
  const url = adminUrl.href;
  const knocks = new Map<string, Promise<HttpAnswer>>();
  const handshakes = new Map<Scope, Promise<TransferError | null>>();

  async function knock(at: URL): Promise<HttpAnswer> {
    const route = transferRoute(at, 'pull');
    route.protocol = adminUrl.protocol;
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'c3RyYXBpLWZlcnJ5IGRvYw==',
    };
    return askOf(visit, (signal) => given.network.request(route, headers, signal));
  }

  const visit: Visit = {
    ...given,
    url,
    host: adminUrl.hostname.replace(/^\[|\]$/g, ''),
    port: Number(adminUrl.port) || (adminUrl.protocol === 'https:' ? 443 : 80),
    knock: (at = adminUrl) => once(knocks, at.href, () => knock(at)),
    handshake: (scope) =>
      once(handshakes, scope, () =>
        withSession(visit, scope, async () => null).catch((error: unknown) => toTransferError(error)),
      ),
  };
  return visit;
}

/** The network's answer within the time limit, or the error of a connection that fails. */
export async function askOf<T>(visit: Visit, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const { url, timeLimit: ms } = visit;
  try {
    return await limited(visit, new TransferError('CONNECT_TIMEOUT', { url, ms }), work);
  } catch (error) {
    if (error instanceof TransferError) throw error;
    throw new TransferError('CONNECT_FAILED', { url, reason: reasonOf(error, '') }, error);
  }
}

function once<K, T>(known: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
