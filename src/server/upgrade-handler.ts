import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { Ids } from '../ports/ids.js';
import { agreedOf } from '../protocol/ticket.js';
import { guardUpgrade, pathOf, type UpgradeVerdict } from '../transport/guarded-upgrade.js';
import {
  type Admission,
  type AdmissionHooks,
  type AdmissionVerdict,
  type Admitted,
  admit,
} from './admission.js';
import type { LookAtCredentials } from './credentials.js';
import { type Refused, refusalText } from './refusal.js';
import type { TokenScope } from './tokens.js';

export interface UpgradeOptions extends AdmissionHooks {
  /** Where the routes lie: `<path>/transfer/runner/push` and `…/pull`. @default '/admin' */
  readonly path?: string | undefined;
  /** When false, a client with a valid token is told that there is no such route. @default true */
  readonly enabled?: boolean | undefined;
  /** The secret that an upgrade shows. */
  readonly credentials: LookAtCredentials;
  /** Takes the open WebSocket; must attach to it before it returns. */
  readonly accept: (webSocket: WebSocket, request: IncomingMessage, admitted: Admitted) => void;
  /** Bytes of the longest frame that each route reads; a longer one closes the connection with 1009. */
  readonly maxPayload: Readonly<Record<TokenScope, number>>;
  /** The address of the client: behind a proxy, by its header. */
  readonly addressOf: (request: IncomingMessage) => string;
  readonly onRefused: (refused: Refused) => void;
  /** A client has shown a secret, and waits for its admission. */
  readonly onSecret?: ((request: IncomingMessage) => void) | undefined;
  /** Names sessions. */
  readonly ids: Ids;
}

export interface UpgradeHandler {
  /** Whether this is an upgrade to one of the two routes. */
  handles(request: IncomingMessage): boolean;
  /** Accepts or refuses such an upgrade. False where it is none: then nothing was done with the socket. */
  handleUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): boolean;
  /** Refuses all further upgrades, and those that wait for a hook. WebSockets that are open stay open. */
  close(): void;
}

/** How many clients may be judged at one time; one more is refused. */
const judgedAtOnce = 100;

const namesWebSocket = ({ headers }: IncomingMessage): boolean =>
  (headers.upgrade ?? '').split(',').some((protocol) => protocol.trim().toLowerCase() === 'websocket');

/**
 * Calls back once the client has closed its socket, or ended its side of it: no WebSocket lives on half a connection.
 * Reads nothing: what a client sends early waits for its WebSocket, and so does an end behind it.
 */
function watchForEnd(socket: Socket, onEnd: () => void): () => void {
  const look = () => {
    // Readable without a byte: the end.
    if (socket.readableLength === 0) onEnd();
  };
  socket.once('close', onEnd);
  socket.on('readable', look);
  return () => {
    socket.off('close', onEnd);
    socket.off('readable', look);
  };
}

/** The two routes of a transfer server, for any server that hands over upgrades. */
export function createUpgradeHandler(options: UpgradeOptions): UpgradeHandler {
  const { path = '/admin', enabled = true, credentials, accept, addressOf, onRefused } = options;
  const { ids, clock, onError } = options;
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
  const admissions = new Set<Admission>();

  const directionOf = (request: IncomingMessage) =>
    namesWebSocket(request) ? routes.get((pathOf(request) ?? '').replace(/\/$/, '')) : undefined;

  async function judge(
    request: IncomingMessage,
    direction: TokenScope,
    address: string,
  ): Promise<AdmissionVerdict> {
    if (admissions.size >= judgedAtOnce) return { code: 'TOO_MANY_ATTEMPTS', expired: false };
    const shown = credentials(request, direction);
    if ('code' in shown) return { code: shown.code, expired: false };
    if (shown.secret !== undefined) options.onSecret?.(request);
    const applicant = { request, direction, address, id: ids.uuid(), secret: shown.secret };
    const admission = admit(applicant, enabled && !isClosed, options);
    admissions.add(admission);
    const stopWatching = watchForEnd(request.socket, admission.clientLeft);
    const verdict = await admission.verdict;
    stopWatching();
    admissions.delete(admission);
    return verdict;
  }

  async function verdictOf(request: IncomingMessage, direction: TokenScope): Promise<UpgradeVerdict> {
    const address = addressOf(request);
    const verdict = await judge(request, direction, address);
    // The client has left: nothing of this reaches it.
    if (verdict === null) return { refusal: '' };
    if ('stores' in verdict) {
      return {
        webSockets: webSockets[direction],
        accept(webSocket) {
          if (isClosed) webSocket.close(1001, 'SERVER_STOPPED');
          else accept(webSocket, request, verdict);
        },
      };
    }
    const { code, expired } = verdict;
    onRefused({ direction, code, address });
    return { refusal: refusalText(code, { expired }) };
  }

  return {
    handles: (request) => directionOf(request) !== undefined,
    handleUpgrade(request, socket, head) {
      const direction = directionOf(request);
      if (direction === undefined) return false;
      guardUpgrade({ request, socket, head }, { judge: () => verdictOf(request, direction), clock, onError });
      return true;
    },
    close() {
      isClosed = true;
      for (const admission of [...admissions]) admission.close();
    },
  };
}
