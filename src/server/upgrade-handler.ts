import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Clock } from '../ports/clock.js';
import { agreedOf } from '../protocol/ticket.js';
import { guardUpgrade, pathOf, type UpgradeVerdict } from '../transport/guarded-upgrade.js';
import type { LookAtCredentials } from './credentials.js';
import { type RefusalCode, type Refused, refusalText } from './refusal.js';
import type { TokenRecord, TokenScope, Tokens } from './tokens.js';

/** The client that was accepted, and the direction that it asked for. */
export interface Accepted {
  readonly direction: TokenScope;
  readonly token: TokenRecord;
}

export interface UpgradeOptions {
  /** Where the routes lie: `<path>/transfer/runner/push` and `…/pull`. @default '/admin' */
  readonly path?: string | undefined;
  /** When false, a client with a valid token is told that there is no such route. @default true */
  readonly enabled?: boolean | undefined;
  readonly tokens: Tokens;
  /** The secret that an upgrade shows. */
  readonly credentials: LookAtCredentials;
  /** Takes the open WebSocket; must attach to it before it returns. */
  readonly accept: (webSocket: WebSocket, request: IncomingMessage, accepted: Accepted) => void;
  /** Bytes of the longest frame that each route reads; a longer one closes the connection with 1009. */
  readonly maxPayload: Readonly<Record<TokenScope, number>>;
  /** The address of the client, for `onRefused`: behind a proxy, by its header. @default the socket's peer */
  readonly addressOf?: ((request: IncomingMessage) => string) | undefined;
  readonly onRefused?: ((refused: Refused) => void) | undefined;
  /** @default the real one */
  readonly clock?: Clock | undefined;
  /** An error that is the server's: tokens that cannot be read, an `accept` that throws. */
  readonly onError?: ((error: unknown) => void) | undefined;
}

export interface UpgradeHandler {
  /** Whether this is an upgrade to one of the two routes. */
  handles(request: IncomingMessage): boolean;
  /** Accepts or refuses such an upgrade. False where it is none: then nothing was done with the socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Refuses all further upgrades. WebSockets that are open stay open. */
  close(): void;
}

type Verdict = { readonly token: TokenRecord } | { readonly code: RefusalCode; readonly expired?: boolean };

/** How many upgrades may wait for the check of their tokens; one more is refused. */
const judgedAtOnce = 100;

const namesWebSocket = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');

/** The two routes of a transfer server, for any server that hands over upgrades. */
export function createUpgradeHandler(options: UpgradeOptions): UpgradeHandler {
  const { path = '/admin', enabled = true, tokens, credentials, accept, onRefused, onError } = options;
  const { addressOf = ({ socket }: IncomingMessage) => socket.remoteAddress ?? '' } = options;
  const base = path.split('/').filter((part) => part !== '');
  const routes = new Map<string, TokenScope>(
    (['push', 'pull'] as const).map((scope) => [
      `/${[...base, 'transfer', 'runner', scope].join('/')}`,
      scope,
    ]),
  );
  const webSocketsOf = (scope: TokenScope) =>
    new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: options.maxPayload[scope],
      perMessageDeflate: false,
      handleProtocols: agreedOf,
    });
  const webSockets = { push: webSocketsOf('push'), pull: webSocketsOf('pull') };
  let isClosed = false;
  let judging = 0;

  const directionOf = (request: IncomingMessage) =>
    namesWebSocket(request) ? routes.get((pathOf(request) ?? '').replace(/\/$/, '')) : undefined;

  /** Checks in Strapi's order: a client without a valid token learns nothing else. */
  async function judge(request: IncomingMessage, direction: TokenScope): Promise<Verdict> {
    if (judging >= judgedAtOnce) return { code: 'TOO_MANY_ATTEMPTS' };
    judging += 1;
    try {
      return await judged(request, direction);
    } finally {
      judging -= 1;
    }
  }

  async function judged(request: IncomingMessage, direction: TokenScope): Promise<Verdict> {
    const shown = credentials(request, direction);
    if ('code' in shown) return shown;
    if (shown.secret === undefined) return { code: 'UNAUTHORIZED' };
    const check = await tokens.check(shown.secret, direction);
    const isThere = enabled && !isClosed;
    if (!check.ok) return check.code === 'NO_TOKEN_SALT' && !isThere ? { code: 'NOT_FOUND' } : check;
    return isThere ? { token: check.record } : { code: 'NOT_FOUND' };
  }

  async function verdictOf(request: IncomingMessage, direction: TokenScope): Promise<UpgradeVerdict> {
    let address = request.socket.remoteAddress ?? '';
    let verdict: Verdict;
    try {
      address = addressOf(request);
      verdict = await judge(request, direction);
    } catch (error) {
      onError?.(error);
      verdict = { code: 'SERVER_FAILED' };
    }
    if ('token' in verdict) {
      const accepted = { direction, token: verdict.token };
      return {
        webSockets: webSockets[direction],
        accept: (webSocket) => accept(webSocket, request, accepted),
      };
    }
    const { code, expired = false } = verdict;
    onRefused?.({ direction, code, address });
    return { refusal: refusalText(code, { expired }) };
  }

  return {
    handles: (request) => directionOf(request) !== undefined,
    handleUpgrade(request, socket, head) {
      const direction = directionOf(request);
      if (direction === undefined) return false;
      guardUpgrade(
        { request, socket, head },
        {
          judge: () => verdictOf(request, direction),
          clock: options.clock,
          onError,
        },
      );
      return true;
    },
    close() {
      isClosed = true;
    },
  };
}
