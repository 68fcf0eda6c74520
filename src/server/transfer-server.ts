import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket } from 'ws';
import type { ActorOptions, AnyActorLogic } from 'xstate';
import type { Fate } from '../../machines/lifecycle.machine.js';
import type { SessionLimits } from '../../machines/session.machine.js';
import { type Clock, realClock } from '../ports/clock.js';
import { type Ids, realIds } from '../ports/ids.js';
import {
  type ConnectionOptions,
  checkConnectionOptions,
  defaultConnectionOptions,
} from '../protocol/connection-options.js';
import { type ErrorCode, TransferError } from '../protocol/errors.js';
import { type Given, withDefaults } from '../protocol/given.js';
import { defaultLimits } from '../protocol/limits.js';
import { checkDelay, checkRetryMessageOptions, type RetryMessageOptions } from '../protocol/retry.js';
import { withSignsOfLife, withTextInBytes } from '../transport/websocket.js';
import type { Admitted } from './admission.js';
import { attachUpgrade } from './attach.js';
import { type Authenticate, createRecheck, tokenAuthentication, unfit } from './authentication.js';
import { createAddressOf, type TrustedProxies } from './client-address.js';
import { type CredentialsOptions, createCredentials } from './credentials.js';
import { guarded, guardedInspect } from './guarded.js';
import type { PushLimits } from './push-receiver.js';
import type { Refused } from './refusal.js';
import type { MovedByStep } from './request-handler.js';
import { isServedStores, type ServedStores } from './served-stores.js';
import { createSession, type Exceeded, type MessageLimits, type Session } from './session.js';
import type { Asker, SessionInfo } from './session-info.js';
import { createTickets, type NewTicket } from './tickets.js';
import { limitTokenlessConnections } from './tokenless-connections.js';
import type { TokenSalt, TokenStore } from './tokens.js';

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
  /** How long `authenticate`, its `recheck` and `stores` may take, each of them. Milliseconds. */
  readonly hookTimeout: number;
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
  hookTimeout: 10_000,
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
  const checked: ServerLimits = withDefaults(defaultServerLimits, limits);
  for (const [option, value] of Object.entries(checked)) {
    if (option.endsWith('Timeout')) checkDelay(option, value);
    else if (!Number.isSafeInteger(value) || value < 0)
      throw new TransferError('INVALID_OPTION', { option, value, reason: 'it must be a whole number' });
  }
  return checked;
}

const excluding = (option: string, other: string) =>
  new TransferError('INVALID_OPTION', {
    option,
    value: 'given',
    reason: `${other} is given too; leave one out`,
  });

function authenticationOf({ tokens, tokenSalt, authenticate }: TransferServerAccess): Authenticate {
  if (authenticate !== undefined) {
    if (tokens !== undefined) throw excluding('authenticate', 'tokens');
    return authenticate;
  }
  if (tokens !== undefined) return tokenAuthentication({ store: tokens, salt: tokenSalt });
  const reason = 'nothing says who is let in; give tokens with tokenSalt, or authenticate';
  throw new TransferError('INVALID_OPTION', { option: 'tokens', value: 'left out', reason });
}

function choiceOf({
  stores,
  source,
  destination,
}: TransferServerOptions): (asker: Asker, signal: AbortSignal) => Promise<ServedStores> {
  const isGiven = source !== undefined || destination !== undefined;
  if (stores === undefined) return async () => ({ source, destination });
  if (isGiven) throw excluding('stores', 'source or destination');
  return async (asker, signal) => {
    const chosen: unknown = await stores(asker, signal);
    if (isServedStores(chosen)) {
      const { source, destination } = chosen;
      // They may be methods of an instance.
      return { source: source?.bind(chosen), destination: destination?.bind(chosen) };
    }
    throw unfit('stores', '{source, destination}, each a function or left out');
  };
}

/** One session's end, for a log. */
export interface SessionSummary extends SessionInfo {
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

/** Who is let in: the holders of tokens, or the clients that a function of yours knows. */
export interface TransferServerAccess {
  /** Where the tokens are kept. */
  readonly tokens?: TokenStore | undefined;
  /** The salt that tokens are hashed with; without one every upgrade is refused with 501. */
  readonly tokenSalt?: TokenSalt | undefined;
  /** In the place of `tokens`: decides who a client is. {@link tokenAuthentication} does it by tokens. */
  readonly authenticate?: Authenticate | undefined;
}

/** What is served, to whom, and within which limits. */
export interface TransferServerOptions
  extends ServedStores,
    TransferServerAccess,
    TrustedProxies,
    CredentialsOptions {
  /** Where the routes lie: `<path>/transfer/runner/push` and `…/pull`. @defaultValue '/admin' */
  readonly path?: string | undefined;
  /**
   * In the place of `source` and `destination`: chooses what a session works on, once its client is let in. What it
   * throws, or an answer that takes longer than `limits.hookTimeout`, refuses the client with 500 and goes to `onError`.
   *
   * @param asker - who asks, for what
   * @param signal - aborts when the client leaves, the time is over, or the server is closed
   */
  readonly stores?: ((asker: Asker, signal: AbortSignal) => ServedStores | Promise<ServedStores>) | undefined;
  /**
   * The HTTP server serves nothing else: its connections that have shown no token are limited (`limits.tokenlessConnections`,
   * `limits.tokenTimeout`). Leave it where others answer on that server, and set its own limits there
   * (`headersTimeout`, `maxConnections`). @defaultValue false
   */
  readonly exclusive?: boolean | undefined;
  /** When false, every valid token is told 404. @defaultValue true */
  readonly enabled?: boolean | undefined;
  /** Milliseconds in which a ticket must be used. @defaultValue 30000 */
  readonly ticketLifetime?: number | undefined;
  /** @defaultValue {@link defaultServerLimits} */
  readonly limits?: Given<ServerLimits> | undefined;
  /** When a connection counts as dead. @defaultValue 60000 ms of silence */
  readonly connectionOptions?: Given<ConnectionOptions> | undefined;
  /**
   * When a batch that is not confirmed is sent again, to Ferry's own clients. @defaultValue 30000 ms, 5 retries
   */
  readonly retryMessageOptions?: Given<RetryMessageOptions> | undefined;
  /** A session has started: its client was let in. What this, `onSessionEnd` or `onRefused` throws goes to `onError`. */
  readonly onSessionStart?: ((session: Session) => void) | undefined;
  /** A session is over. */
  readonly onSessionEnd?: ((summary: SessionSummary) => void) | undefined;
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
  /** The sessions that are open now, the oldest first. */
  readonly sessions: ReadonlySet<Session>;
  /**
   * A ticket for a page, which can set no Authorization header: the page shows it in place of `token`, for one connection,
   * within `ticketLifetime`. Issue it to a user whom a route of yours has let in, and leave it out of logs.
   * @throws TransferError INVALID_OPTION where the server was given no `origins`
   */
  issueTicket(about: NewTicket): string;
  /** For frameworks that hand over upgrades themselves. False where the request is not for this server. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Takes no more, closes the open sessions, and resolves when they are closed. */
  close(): Promise<void>;
}

/**
 * Mounts the receiving end on a Node HTTP or HTTPS server. Other upgrade listeners, and upgrades that are not for it,
 * are left alone. Without other listeners such upgrades go to the request handler, as Node does by itself.
 * @throws TransferError INVALID_OPTION where a timer cannot hold a value, nothing says who is let in, a trusted proxy is
 * no address, or two options exclude each other
 */
export function attachTransferServer(server: Server, options: TransferServerOptions): TransferServer {
  const { clock = realClock, ids = realIds, path = '/admin', enabled = true } = options;
  const limits = checkServerLimits(options.limits);
  const connectionOptions = checkConnectionOptions(options.connectionOptions, {
    ...defaultConnectionOptions,
    heartbeatTimeout: 60_000,
  });
  const retryMessageOptions = checkRetryMessageOptions(options.retryMessageOptions);
  const authenticate = authenticationOf(options);
  const chooseStores = choiceOf(options);
  const addressOf = createAddressOf(options);
  const sessions = new Set<Session>();
  const onError = guarded(options.onError, () => {});
  const onSessionStart = guarded(options.onSessionStart, onError);
  const onSessionEnd = guarded(options.onSessionEnd, onError);
  const lifetime = checkDelay('ticketLifetime', options.ticketLifetime ?? 30_000);
  const tickets = createTickets({ clock, lifetime });
  const credentials = createCredentials(options, tickets, onError);
  const inspect = options.inspect === undefined ? undefined : guardedInspect(options.inspect, onError);

  const { tokenlessConnections: limit, tokenTimeout: patience } = limits;
  const tokenlessConnections =
    options.exclusive === true ? limitTokenlessConnections(server, { limit, patience, clock }) : null;

  function accept(
    webSocket: WebSocket,
    request: IncomingMessage,
    { asker, identity, stores }: Admitted,
  ): void {
    if (sessions.size >= limits.sessions) {
      webSocket.on('error', () => {});
      webSocket.close(1013, 'too many sessions');
      return;
    }
    const began = clock.now();
    const info: SessionInfo = { ...asker, startedAt: Date.now() };
    const over = new AbortController();
    const running = createSession({
      direction: asker.direction,
      socket: withTextInBytes(webSocket, withSignsOfLife(webSocket, request.socket)),
      stores,
      authorize: createRecheck(identity, { clock, timeLimit: limits.hookTimeout, signal: over.signal }),
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
    const session: Session = { ...info, ...running };
    sessions.add(session);
    running.closed.then((failure) => {
      over.abort();
      sessions.delete(session);
      onSessionEnd({
        ...info,
        ms: clock.now() - began,
        counts: running.counts(),
        fate: running.fate(),
        // An error that was answered says more than that the client left after it.
        failure: running.fate() === 'completed' ? failure : (running.firstError() ?? failure),
        exceeded: running.exceeded(),
      });
    });
    onSessionStart(session);
  }

  const upgrades = attachUpgrade(server, {
    path,
    enabled,
    authenticate,
    chooseStores,
    hookTimeout: limits.hookTimeout,
    addressOf,
    credentials,
    onSecret: ({ socket }) => tokenlessConnections?.accept(socket),
    accept,
    clock,
    ids,
    maxPayload: { push: limits.frameSize, pull: limits.requestSize },
    onRefused: guarded(options.onRefused, onError),
    onError,
  });

  return {
    sessions,
    issueTicket(about) {
      if (options.origins !== undefined) return tickets.issue(about);
      const reason = 'no page can show a ticket; name the origins of the pages that may';
      throw new TransferError('INVALID_OPTION', { option: 'origins', value: 'left out', reason });
    },
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
