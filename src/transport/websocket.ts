import type { IncomingMessage } from 'node:http';
import WebSocket from 'isomorphic-ws';
import type { ConnectionEnd } from '../../machines/connection.machine.js';
import type { OpenSocket, SocketLike } from './socket.js';
import { tlsFault } from './tls-fault.js';

/** What a refused upgrade says, by the status of its answer. */
export function refusalOfStatus(
  status: number,
  where: { readonly url: string; readonly scope: string; readonly location?: string },
): ConnectionEnd {
  const details = { status, ...where };
  if (status === 401) return { code: 'UNAUTHORIZED', details };
  if (status === 403) return { code: 'FORBIDDEN', details };
  if (status === 404) return { code: 'NOT_FOUND', details };
  if (status === 501) return { code: 'NO_TOKEN_SALT', details };
  if (status === 500) return { code: 'SERVER_FAILED', details };
  if (status >= 300 && status < 400) return { code: 'REDIRECTED', details };
  // What proxies answer: 502–504 where they could not reach the server, else where they ate the Upgrade header.
  if (status === 502 || status === 503 || status === 504) return { code: 'GATEWAY_ERROR', details };
  if (status === 200 || status === 400 || status === 426) return { code: 'UPGRADE_NOT_FORWARDED', details };
  return { code: 'UPGRADE_REFUSED', details };
}

export interface WebSocketOptions {
  readonly route: URL;
  readonly token: string;
  /** The admin URL and the token's permission, for messages. */
  readonly url: string;
  readonly scope: 'push' | 'pull';
  /** Bytes of the longest frame that is read; a longer one closes the connection with 1009. */
  readonly maxPayload: number;
}

/** Opens a WebSocket with the token in the Authorization header. */
export function webSocketOpener({ route, token, url, scope, maxPayload }: WebSocketOptions): OpenSocket {
  return (refused) => {
    const socket = new WebSocket(route.href, {
      headers: { Authorization: `Bearer ${token}` },
      maxPayload,
      // Bodies are base64 or short: deflating them costs more than it saves, and Strapi does not offer it.
      perMessageDeflate: false,
      skipUTF8Validation: false,
    });
    socket.on('unexpected-response', (_request, response: IncomingMessage) => {
      const { location } = response.headers;
      const where = { url, scope, ...(location === undefined ? {} : { location }) };
      refused(refusalOfStatus(response.statusCode ?? 0, where));
      // With a listener of ours, ending the handshake is ours too: terminate() reports error, then close.
      response.resume();
      socket.terminate();
    });
    socket.on('error', (error) => {
      const fault = tlsFault(error, route.hostname);
      if (fault !== null) refused({ code: 'TLS_FAILED', details: { url, ...fault } });
    });
    return withTextInBytes(socket, withSignsOfLife(socket));
  };
}

/** Any byte counts as life: a pong may stand behind a frame that takes long to arrive. */
export function withSignsOfLife(
  socket: WebSocket,
  accepted: IncomingMessage['socket'] | null = null,
): SocketLike {
  let raw = accepted;
  socket.on('upgrade', (response) => {
    raw = response.socket;
  });
  let roundTrips = 0;
  return Object.assign(socket, {
    sendText: (text: Uint8Array, done?: (error?: Error) => void) =>
      socket.send(text, { binary: false }, done),
    roundTrip() {
      const name = `round trip ${++roundTrips}`;
      return new Promise<void>((resolve) => {
        const onPong = (data: Buffer) => {
          if (String(data) !== name) return;
          socket.off('pong', onPong);
          resolve();
        };
        socket.on('pong', onPong);
        if (socket.readyState === socket.OPEN) socket.ping(name);
      });
    },
    gauge(most: () => number, over: () => void) {
      let since = 0;
      let isWhole = false;
      socket.on('message', () => {
        isWhole = true;
      });
      // The socket's own listener stands before this one, and has told of the messages that these bytes end.
      raw?.on('data', ({ length }: Buffer) => {
        since = isWhole ? 0 : since + length;
        isWhole = false;
        if (since <= most()) return;
        socket.pause();
        over();
      });
    },
    watch(onByte: () => void) {
      const connection = raw;
      socket.on('pong', onByte);
      connection?.on('data', onByte);
      return () => {
        socket.off('pong', onByte);
        connection?.off('data', onByte);
      };
    },
  });
}

/** Text stays in bytes, as it comes and goes: for a `message` listener `ws` would make a string of every message. */
export function withTextInBytes(socket: WebSocket, { watch, gauge, roundTrip }: SocketLike): SocketLike {
  const messages = new Map<unknown, (data: unknown) => void>();
  return {
    get readyState() {
      return socket.readyState;
    },
    send: (text, done) => socket.send(text, done),
    sendText: (text, done) => socket.send(text, { binary: false }, done),
    close: (code, reason) => socket.close(code, reason),
    ping: () => socket.ping(),
    terminate: () => socket.terminate(),
    ...(watch === undefined ? {} : { watch }),
    ...(gauge === undefined ? {} : { gauge }),
    ...(roundTrip === undefined ? {} : { roundTrip }),
    addEventListener(type: string, listener: never) {
      if (type !== 'message') return socket.addEventListener(type as 'close', listener);
      const onMessage = (data: unknown) => (listener as (event: { data: unknown }) => void)({ data });
      messages.set(listener, onMessage);
      socket.on('message', onMessage);
      return undefined;
    },
    removeEventListener(type: string, listener: never) {
      if (type !== 'message') return socket.removeEventListener(type as 'close', listener);
      const onMessage = messages.get(listener);
      if (onMessage !== undefined) socket.off('message', onMessage);
      messages.delete(listener);
      return undefined;
    },
  };
}
