import type { IncomingMessage } from 'node:http';
import WebSocket from 'isomorphic-ws';
import type { ConnectionEnd } from '../../machines/connection.machine.js';
import { type Clock, realClock } from '../ports/clock.js';
import { TransferError } from '../protocol/errors.js';
import { ticketProtocols } from '../protocol/ticket.js';
import { readAnswer } from './http-answer.js';
import type { HttpProxy } from './proxy/proxy.js';
import { connectingThrough } from './proxy/tunnel.js';
import type { OpenSocket, SocketLike } from './socket.js';
import { type TlsFault, tlsFault, tlsOnly } from './tls-fault.js';
import { closingOnceKnown, speaksTls } from './tls-probe.js';
import { meaningOfAnswer } from './upgrade-answer.js';

/** How long to wait for the beginning of the answer to a refused upgrade. Milliseconds. */
const answerTimeout = 2000;

export interface WebSocketOptions {
  readonly route: URL;
  /** Goes into the Authorization header. */
  readonly token?: string | undefined;
  /** Is shown in its place. */
  readonly ticket?: string | undefined;
  /** The admin URL and the token's permission, for messages. */
  readonly url: string;
  readonly scope: 'push' | 'pull';
  /** Bytes of the longest frame that is read; a longer one closes the connection with 1009. */
  readonly maxPayload: number;
  /** @default none: straight to the server */
  readonly proxy?: HttpProxy | undefined;
  /** @default the real one */
  readonly clock?: Clock | undefined;
}

/** Opens a WebSocket that shows the token in the Authorization header, or the ticket in the subprotocols. */
export function webSocketOpener(options: WebSocketOptions): OpenSocket {
  const { route, token, ticket, url, scope, maxPayload, proxy, clock = realClock } = options;
  const way = (isSecure: boolean, signal: AbortSignal): WebSocket.ClientOptions => {
    if (proxy === undefined) return {};
    // The types of `ws` know net.connect alone; it hands this to node:http, which takes a callback too.
    const through = connectingThrough(proxy, url, isSecure, signal) as unknown;
    return { createConnection: through as NonNullable<WebSocket.ClientOptions['createConnection']> };
  };
  return (refused) => {
    const handshake = new AbortController();
    const socket = new WebSocket(route.href, ticket === undefined ? [] : ticketProtocols(ticket), {
      ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
      maxPayload,
      // Bodies are base64 or short: deflating them costs more than it saves, and Strapi does not offer it.
      perMessageDeflate: false,
      skipUTF8Validation: false,
      ...way(route.protocol === 'wss:', handshake.signal),
    });
    // A tunnel that is still being opened ends with the WebSocket that it is for.
    socket.once('close', () => handshake.abort());
    socket.on('unexpected-response', async (_request, response: IncomingMessage) => {
      const timer = clock.setTimeout(() => response.destroy(), answerTimeout);
      refused(meaningOfAnswer(await readAnswer(response), { url, scope }));
      clock.clearTimeout(timer);
      // `ws` leaves it to this listener to end the handshake: terminate() reports error, then close.
      socket.terminate();
    });
    let isOpen = false;
    let last: Buffer | null = null;
    socket.on('upgrade', ({ socket: connection }: IncomingMessage) => {
      isOpen = true;
      // Listen once `ws` does: what came in one piece with the server's answer goes to those who listen then.
      socket.once('open', () => {
        connection.on('data', (bytes: Buffer) => {
          last = bytes;
        });
      });
    });
    let probing: Promise<void> | null = null;
    socket.on('error', (error: NodeJS.ErrnoException) => {
      if (isOpen) {
        if (isRequestTimeout(last)) refused({ code: 'CUT_BY_ANOTHER', details: { url, status: 408 } });
        return;
      }
      if (error instanceof TransferError) return refused(endOf(error));
      const failed = (fault: TlsFault) => refused({ code: 'TLS_FAILED', details: { url, ...fault } });
      const fault = tlsFault(error, route.hostname);
      if (fault !== null) failed(fault);
      else if (route.protocol === 'ws:' && error.code === 'ECONNRESET') {
        probing = speaksTls(route, (signal) => way(true, signal), clock).then((does) =>
          does ? failed(tlsOnly) : undefined,
        );
      }
    });
    return closingOnceKnown(withTextInBytes(socket, withSignsOfLife(socket)), () => probing);
  };
}

/** The fault of a proxy, as the charts take it. */
const endOf = ({ code, details }: TransferError): ConnectionEnd => {
  const isPlain = (value: unknown): value is string | number => /^(string|number)$/.test(typeof value);
  const plain = Object.entries(details).flatMap(([name, value]) => (isPlain(value) ? [[name, value]] : []));
  return { code, details: Object.fromEntries(plain) };
};

/** Whether this is the answer that a Node server writes into a WebSocket that it takes for an unfinished request. */
const isRequestTimeout = (bytes: Buffer | null) =>
  bytes?.subarray(-200).includes('HTTP/1.1 408 Request Timeout\r\n') === true;

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
