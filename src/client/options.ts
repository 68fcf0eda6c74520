import type { ActorOptions, AnyActorLogic } from 'xstate';
import { type Clock, realClock } from '../ports/clock.js';
import { type Ids, realIds } from '../ports/ids.js';
import { hasSha256 } from '../ports/sha256.js';
import { checkAdminUrl, transferRoute } from '../protocol/admin-url.js';
import { type ConnectionOptions, checkConnectionOptions } from '../protocol/connection-options.js';
import { TransferError } from '../protocol/errors.js';
import type { Given } from '../protocol/given.js';
import { checkLimits, type Limits } from '../protocol/limits.js';
import type { Diagnostic } from '../protocol/messages.js';
import { checkRetryMessageOptions, type RetryMessageOptions } from '../protocol/retry.js';
import { isTicket } from '../protocol/ticket.js';
import { requireToken } from '../protocol/token-fault.js';
import { browserWebSocketOpener, isBrowser } from '../transport/browser-websocket.js';
import { type HttpProxy, parseProxy, throughWords } from '../transport/proxy/proxy.js';
import { hasTunnels } from '../transport/proxy/tunnel.js';
import type { OpenSocket } from '../transport/socket.js';
import { type WebSocketOptions, webSocketOpener } from '../transport/websocket.js';

/** What a remote end may tell while it works. */
export interface RemoteObserver {
  /** The server reported something, by its kind; nothing is asked of the client. */
  readonly onDiagnostic?: ((diagnostic: Diagnostic) => void) | undefined;
  /** A message is being sent again: `retry` counts from 1. */
  readonly onRetry?: ((request: string, retry: number) => void) | undefined;
}

/** How a server is reached, and how long it is waited for. */
export interface RemoteOptions extends RemoteObserver {
  /** The admin URL of the server, such as `https://example.com/admin`. */
  readonly url: string;
  /** A transfer token. It goes into the Authorization header and nowhere else. A browser cannot send one. */
  readonly token?: string | undefined;
  /**
   * In place of the token, for a page in a browser: what `issueTicket` of a server of Ferry's has made for this direction. It
   * opens one connection, soon after it was issued. A Strapi knows no tickets.
   */
  readonly ticket?: string | undefined;
  /** Whether assets are checked by sha256, where the server can. @defaultValue true; in a browser, which cannot, false */
  readonly checksums?: boolean | undefined;
  /** How long to wait for an answer, and how often to ask again. @defaultValue 30000 ms, 5 retries */
  readonly retryMessageOptions?: Given<RetryMessageOptions> | undefined;
  /** When the connection counts as dead. @defaultValue 10000 ms of silence, 180000 ms while the server is busy */
  readonly connectionOptions?: Given<ConnectionOptions> | undefined;
  /** What is read of the server's messages, at most. @defaultValue see {@link Limits} */
  readonly limits?: Given<Limits> | undefined;
  /**
   * An HTTP proxy to go through, such as `http://user:password@proxy.example.com:3128`: https to it where the address begins
   * so, Basic for the password, CONNECT for http and https alike. No variable of the environment is read. A browser
   * refuses it (INVALID_OPTION): it has a proxy of its own. @defaultValue none: straight to the server
   */
  readonly proxy?: string | undefined;
  /** Opens the socket. @defaultValue a WebSocket that shows the token, or the ticket */
  readonly open?: OpenSocket | undefined;
  /** Time of the charts and their timeouts. @defaultValue the real one */
  readonly clock?: Clock | undefined;
  /** Names of requests and sessions. @defaultValue random */
  readonly ids?: Ids | undefined;
  /** XState's inspection of this end's charts, where they run as a root of their own. */
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'] | undefined;
}

export interface CheckedRemoteOptions {
  readonly url: string;
  readonly checksums: boolean;
  readonly retryMessageOptions: RetryMessageOptions;
  /** The user's own limits count for every request. */
  readonly retryIsGiven: boolean;
  readonly connectionOptions: ConnectionOptions;
  readonly limits: Limits;
  readonly open: OpenSocket;
  /** What messages say of the proxy on the way. */
  readonly throughProxy: string;
  readonly clock: Clock;
  readonly ids: Ids;
}

/**
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN
 */
export function checkRemoteOptions(options: RemoteOptions, scope: 'push' | 'pull'): CheckedRemoteOptions {
  const adminUrl = checkAdminUrl(options.url);
  const url = adminUrl.href;
  if (options.checksums === true && !hasSha256) {
    const reason = 'this runtime has no sha256 that is fed as the bytes come; leave the option out';
    throw new TransferError('INVALID_OPTION', { option: 'checksums', value: 'true', reason });
  }
  const proxy = checkProxy(options.proxy);
  const route = transferRoute(adminUrl, scope);
  const limits = checkLimits(options.limits);
  const maxPayload = limits.frameSize;
  const clock = options.clock ?? realClock;
  return {
    url,
    checksums: options.checksums ?? hasSha256,
    retryMessageOptions: checkRetryMessageOptions(options.retryMessageOptions),
    retryIsGiven: Object.values(options.retryMessageOptions ?? {}).some((value) => value !== undefined),
    connectionOptions: checkConnectionOptions(options.connectionOptions),
    limits,
    open: options.open ?? opener({ ...shownBy(options, url), route, url, scope, maxPayload, proxy, clock }),
    throughProxy: proxy === undefined ? '' : throughWords(proxy.name),
    clock,
    ids: options.ids ?? realIds,
  };
}

const opener = (options: WebSocketOptions): OpenSocket =>
  isBrowser && options.ticket !== undefined
    ? browserWebSocketOpener({ ...options, ticket: options.ticket })
    : webSocketOpener(options);

/** What the server is shown: a ticket or a token. An `open` of the caller's own may show something else. */
function shownBy({ token = '', ticket }: RemoteOptions, url: string): Shown {
  if (ticket !== undefined) {
    const reason = token === '' ? 'it is none; give what issueTicket() has made' : 'a token is given too';
    if (token !== '' || !isTicket(ticket))
      throw new TransferError('INVALID_OPTION', { option: 'ticket', value: 'this', reason });
    return { ticket };
  }
  if (isBrowser) {
    const reason =
      'a browser lets no page set the Authorization header; give a ticket, which issueTicket() of the server makes, or open the socket yourself (open)';
    throw new TransferError('INVALID_OPTION', { option: 'token', value: 'sent from here', reason });
  }
  requireToken(token, 'token', url);
  return { token };
}

type Shown = Pick<WebSocketOptions, 'token' | 'ticket'>;

function checkProxy(address: string | undefined): HttpProxy | undefined {
  if (address === undefined) return undefined;
  if (hasTunnels) return parseProxy(address);
  const reason = 'this runtime chooses its proxies itself; leave the option out';
  throw new TransferError('INVALID_OPTION', { option: 'proxy', value: 'given', reason });
}
