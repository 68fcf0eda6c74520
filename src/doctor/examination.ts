import { transferRoute } from '../protocol/admin-url.js';
import { TransferError, toTransferError } from '../protocol/errors.js';
import type { HttpAnswer } from '../transport/http-answer.js';
import { limited } from '../transport/limited.js';
import { throughWords } from '../transport/proxy/proxy.js';
import type { ProxyVariable } from '../transport/proxy/proxy-variable.js';
import { reasonOf } from '../transport/socket.actor.js';
import type { Network } from './network.js';
import { type Scope, type TestConnectionOptions, withConnection } from './test-connection.js';

export interface Examination extends TestConnectionOptions {
  readonly adminUrl: URL;
  readonly host: string;
  readonly port: number;
  /** What the token is meant for; empty if the caller does not say. */
  readonly wanted: readonly Scope[];
  readonly proxyVariable: ProxyVariable | null;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  readonly network: Network;
  metadata?: { readonly version: string | undefined; readonly isFerry: boolean };
  /** The answer to an upgrade without a token, at this or another admin URL. Asked once for each. */
  requestUpgrade(adminUrl?: URL): Promise<HttpAnswer>;
  /** Why the handshake of a transfer fails; null if the socket opens. Tried once for each scope. */
  handshake(scope: Scope): Promise<TransferError | null>;
}

export function createExamination(
  given: Omit<Examination, 'url' | 'host' | 'port' | 'requestUpgrade' | 'handshake'>,
): Examination {
  const { adminUrl } = given;
  const url = adminUrl.href;
  const upgradeAnswers = new Map<string, Promise<HttpAnswer>>();
  const handshakes = new Map<Scope, Promise<TransferError | null>>();

  async function requestUpgrade(at: URL): Promise<HttpAnswer> {
    const route = transferRoute(at, 'pull');
    route.protocol = adminUrl.protocol;
    const headers = {
      Connection: 'Upgrade',
      Upgrade: 'websocket',
      'Sec-WebSocket-Version': '13',
      'Sec-WebSocket-Key': 'c3RyYXBpLWZlcnJ5IGRvYw==',
    };
    return askOf(examination, (signal) => given.network.request(route, headers, signal));
  }

  const examination: Examination = {
    ...given,
    url,
    host: adminUrl.hostname.replace(/^\[|\]$/g, ''),
    port: Number(adminUrl.port) || (adminUrl.protocol === 'https:' ? 443 : 80),
    requestUpgrade: (at = adminUrl) => once(upgradeAnswers, at.href, () => requestUpgrade(at)),
    handshake: (scope) =>
      once(handshakes, scope, () =>
        withConnection(examination, scope, async () => null).catch((error: unknown) =>
          toTransferError(error),
        ),
      ),
  };
  return examination;
}

export async function askOf<T>(
  examination: Examination,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const { url, timeLimit: ms, proxyVariable } = examination;
  const proxy = proxyVariable === null ? '' : throughWords(proxyVariable.proxy);
  try {
    return await limited(examination, new TransferError('CONNECT_TIMEOUT', { url, ms, proxy }), work);
  } catch (error) {
    if (error instanceof TransferError) throw error;
    throw new TransferError('CONNECT_FAILED', { url, reason: reasonOf(error, ''), proxy }, error);
  }
}

function once<K, T>(known: Map<K, Promise<T>>, key: K, make: () => Promise<T>): Promise<T> {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made = make();
  known.set(key, made);
  return made;
}
