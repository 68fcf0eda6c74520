import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ActorOptions, AnyActorLogic } from 'xstate';
import type { Fate } from '../../machines/lifecycle.machine.js';
import type { SessionLimits } from '../../machines/session.machine.js';
import { type Clock, realClock } from '../ports/clock.js';
import { type Ids, realIds } from '../ports/ids.js';
import { type ConnectionOptions, checkConnectionOptions } from '../protocol/connection-options.js';
import { type ErrorCode, TransferError } from '../protocol/errors.js';
import type { Given } from '../protocol/given.js';
import { defaultLimits } from '../protocol/limits.js';
import { checkDelay, checkRetryMessageOptions, type RetryMessageOptions } from '../protocol/retry.js';
import { withSignsOfLife, withTextInBytes } from '../transport/websocket.js';
import { attachUpgrade } from './attach.js';
import { guarded, guardedInspect } from './guarded.js';
import type { PushLimits } from './push-receiver.js';
import type { Refused } from './refusal.js';
import type { MovedByStep } from './request-handler.js';
import type { ServedStores } from './served-stores.js';
import { createSession, type Exceeded, type MessageLimits, type Session } from './session.js';
import { limitTokenlessConnections } from './tokenless-connections.js';
import { createTokens, type TokenSalt, type TokenScope, type TokenStore } from './tokens.js';
import type { Accepted } from './upgrade-handler.js';

/** What one server takes. Each has a default and a documented close code. */
export interface ServerLimits extends SessionLimits, PushLimits, MessageLimits {
  /** Sessions at once; one more is closed with 1013. */
  readonly sessions: number;
  /** Bytes of one message of a push that was begun; a longer one closes the connection with 1009. */
  readonly frameSize: number;
  /** Connections at once that have shown no token; for one more the first of them is cut. With `exclusive` only. */
  readonly tokenlessConnections: number;
  /** From a connection to its token. Milliseconds. With `exclusive` only. */
  readonly tokenTimeout: number;
}

/** What counts where nothing else is said; docs/server.md lists what comes of each. */
export const defaultServerLimits: ServerLimits = {
  sessions: 64,
  frameSize: defaultLimits.frameSize,
  requestSize: 64 * 1024,
  values: defaultLimits.values,
  depth: defaultLimits.depth,
  tokenlessConnections: 64,
  tokenTimeout: 10_000,
  // Twice as long as a client waits before it sends its `init` again.
  initTimeout: 60_000,
  idleTimeout: 300_000,
  queue: 64,
  queueBytes: 64 * 1024 * 1024,
  batchItems: 20_000,
  assetSize: 16 * 1024 ** 3,
};

/**
 * The given limits over the defaults.
 * @throws TransferError INVALID_OPTION where a timer cannot hold a value, or a count is no whole number
 */
export function checkServerLimits(limits: Given<ServerLimits> = {}): ServerLimits {
  const given = Object.entries(limits).filter(([, value]) => value !== undefined);
  const checked: ServerLimits = { ...defaultServerLimits, ...Object.fromEntries(given) };
  for (const [option, value] of Object.entries(checked)) {
    if (option.endsWith('Timeout')) checkDelay(option, value);
    else if (!Number.isSafeInteger(value) || value < 0)
      throw new TransferError('INVALID_OPTION', { option, value, reason: 'it must be a whole number' });
  }
  return checked;
}

/** One session's end, for a log. */
export interface SessionSummary {
  readonly direction: TokenScope;
  /** Of the token. Never the token itself. */
  readonly tokenName: string;
  /** The socket's peer: behind a proxy, the proxy. */
  readonly address: string;
  /** Milliseconds that the session took. */
  readonly ms: number;
  readonly counts: Readonly<MovedByStep>;
  /**
   * How far its transfer came: a push is completed when it was committed, a pull when every stage that its client asked
   * for has ended, and the client closed it then.
   */
  readonly fate: Fate;
  /** Why the transfer did not complete, or why the connection ended; null where all went well. */
  readonly failure: ErrorCode | null;
  /** The limit that a message of the client was over; null where none was. */
  readonly exceeded: Exceeded | null;
}

/** What is served, to whom, and within which limits. */
export interface TransferServerOptions extends ServedStores {
  /** Where the routes lie: `<path>/transfer/runner/push` and `…/pull`. @defaultValue '/admin' */
  readonly path?: string | undefined;
  /** Where the tokens are kept. */
  readonly tokens: TokenStore;
  /** The salt that tokens are hashed with; without one every upgrade is refused with 501. */
  readonly tokenSalt: TokenSalt;
  /**
   * The HTTP server serves nothing else: its connections that have shown no token are limited (`limits.tokenlessConnections`,
   * `limits.tokenTimeout`). Leave it where others answer on that server, and set its own limits there
   * (`headersTimeout`, `maxConnections`). @defaultValue false
   */
  readonly exclusive?: boolean | undefined;
  /** When false, every valid token is told 404. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** @defaultValue {@link defaultServerLimits} */
  readonly limits?: Given<ServerLimits> | undefined;
  /** When a connection counts as dead. @defaultValue 60000 ms of silence */
  readonly connectionOptions?: Given<ConnectionOptions> | undefined;
  /**
   * When a batch that is not confirmed is sent again, to Ferry's own clients. @defaultValue 30000 ms, 5 retries
   */
  readonly retryMessageOptions?: Given<RetryMessageOptions> | undefined;
  /** A session is over. What this or `onRefused` throws goes to `onError`. */
  readonly onSession?: ((summary: SessionSummary) => void) | undefined;
  /** An upgrade was refused. */
  readonly onRefused?: ((refused: Refused) => void) | undefined;
  /**
   * A fault of the server's own: its tokens could not be read, a store failed. The client is told no reason; here it is,
   * a {@link TransferError} with what was thrown as its cause where it came from a store. What this throws is dropped.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Time of the charts and their timeouts. @defaultValue the real one */
  readonly clock?: Clock | undefined;
  /** Names of sessions and transfers. @defaultValue random */
  readonly ids?: Ids | undefined;
  /** XState's inspection of every session's charts. */
  readonly inspect?: ActorOptions<AnyActorLogic>['inspect'] | undefined;
}

/** A server that is mounted. */
export interface TransferServer {
  /** The sessions that are open. */
  readonly sessions: ReadonlySet<Session>;
  /** For frameworks that hand over upgrades themselves. False where the request is not for this server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Takes no more, closes the open sessions, and resolves when they are closed. */
  close(): Promise<void>;
}

/**
 * Mounts the receiving end on a Node HTTP or HTTPS server. Other upgrade listeners, and upgrades that are not for it,
 * are left alone. Without other listeners such upgrades go to the request handler, as Node does by itself.
 * @throws TransferError INVALID_OPTION where a timer cannot hold a value
 */
export function attachTransferServer(server: Server, options: TransferServerOptions): TransferServer {
  const { clock = realClock, ids = realIds, path = '/admin', enabled = true } = options;
  const limits = checkServerLimits(options.limits);
  const connectionOptions = checkConnectionOptions({
    heartbeatTimeout: 60_000,
    ...options.connectionOptions,
  });
  const retryMessageOptions = checkRetryMessageOptions(options.retryMessageOptions);
  const tokens = createTokens({ store: options.tokens, salt: options.tokenSalt });
  const sessions = new Set<Session>();
  const onError = guarded(options.onError, () => {});
  const onSession = guarded(options.onSession, onError);
  const inspect = options.inspect === undefined ? undefined : guardedInspect(options.inspect, onError);

  const { tokenlessConnections: limit, tokenTimeout: patience } = limits;
  const tokenlessConnections =
    options.exclusive === true ? limitTokenlessConnections(server, { limit, patience, clock }) : null;

  function accept(webSocket: WebSocket, request: IncomingMessage, { direction, token }: Accepted): void {
    tokenlessConnections?.accept(request.socket);
    if (sessions.size >= limits.sessions) {
      webSocket.on('error', () => {});
      webSocket.close(1013, 'too many sessions');
      return;
    }
    const began = clock.now();
    // Read it now: a closed socket has no address.
    const address = request.socket.remoteAddress ?? '';
    const session = createSession({
      direction,
      socket: withTextInBytes(webSocket, withSignsOfLife(webSocket, request.socket)),
      stores: options,
      authorize: async () => {
        const check = await tokens.recheck(token, direction);
        return check.ok ? null : check.code;
      },
      connectionOptions,
      retryMessageOptions,
      limits,
      clock,
      ids,
      now: () => Date.now(),
      sessions: () => sessions.size,
      onFault: onError,
      ...(inspect === undefined ? {} : { inspect }),
    });
    sessions.add(session);
    session.closed.then((failure) => {
      sessions.delete(session);
      const ms = clock.now() - began;
      onSession({
        direction,
        tokenName: token.name,
        address,
        ms,
        counts: session.counts(),
        fate: session.fate(),
        // An error that was answered says more than that the client left after it.
        failure: session.fate() === 'completed' ? failure : (session.firstError() ?? failure),
        exceeded: session.exceeded(),
      });
    });
  }

  const upgrades = attachUpgrade(server, {
    path,
    enabled,
    tokens,
    accept,
    clock,
    maxPayload: { push: limits.frameSize, pull: limits.requestSize },
    onRefused: guarded(options.onRefused, onError),
    onError,
  });

  return {
    sessions,
    handleUpgrade: (request, socket, head) => upgrades.handleUpgrade(request, socket, head),
    async close() {
      upgrades.close();
      tokenlessConnections?.close();
      const open = [...sessions];
      for (const session of open) session.close();
      await Promise.all(open.map(({ closed }) => closed));
    },
  };
}
