import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { WebSocket, WebSocketServer } from 'ws';
import { type Clock, realClock } from '../ports/clock.js';
import { beginInTime } from './early-answer.js';

/** An upgrade as Node's `upgrade` event hands it over. */
export interface AskedUpgrade {
  readonly request: IncomingMessage;
  readonly socket: Duplex;
  readonly head: Buffer;
}

/** What becomes of an upgrade. */
export type UpgradeVerdict =
  /** The whole HTTP answer that the peer gets before its connection ends. */
  | { readonly refusal: string }
  /** `accept` must attach to the WebSocket before it returns. */
  | { readonly webSockets: WebSocketServer; readonly accept: (webSocket: WebSocket) => void };

export interface GuardedUpgradeOptions {
  /** Decides. Where it throws or rejects, the connection is cut. */
  readonly judge: (request: IncomingMessage) => UpgradeVerdict | Promise<UpgradeVerdict>;
  /** A `judge` or an `accept` has failed. @defaultValue the error is dropped */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** @defaultValue the real one */
  readonly clock?: Clock | undefined;
}

/** A peer that does not take its refusal is cut. Milliseconds. */
const refusalTimeout = 2000;

const ignoreError = () => {};

/** The answer of a server that says no more than the status. */
export const plainRefusal = (status: string) =>
  `HTTP/1.1 ${status}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`;

/**
 * The path of a request, without its query; null where the target is none that a server has a route for: `*`, an
 * absolute URL, or one that begins with two slashes and would name a host. `new URL` throws on some of these.
 */
export function pathOf({ url = '' }: IncomingMessage): string | null {
  return /^\/(?!\/)/.test(url) ? url.replace(/[?#].*$/s, '') : null;
}

/**
 * Accepts or refuses an upgrade. Nothing that the peer does at any time ends the process: Node has taken its own error
 * listener off the socket, and an error thrown by an `upgrade` listener is uncaught.
 */
export function guardUpgrade(
  asked: AskedUpgrade,
  { judge, onError, clock = realClock }: GuardedUpgradeOptions,
): void {
  const { request, socket, head } = asked;
  socket.on('error', ignoreError);
  const report = (error: unknown) => {
    try {
      onError?.(error);
    } catch {
      // An `onError` that throws must not end the process.
    }
  };

  function accept({ webSockets, accept: attach }: Extract<UpgradeVerdict, { accept: unknown }>): void {
    webSockets.handleUpgrade(request, socket, head, (webSocket) => {
      socket.off('error', ignoreError);
      // Every error is followed by `close`, which says enough; one without a listener would end the process.
      webSocket.on('error', ignoreError);
      try {
        attach(webSocket);
      } catch (error) {
        webSocket.terminate();
        report(error);
      }
    });
  }

  async function decide(): Promise<void> {
    const known = beginInTime(socket, clock);
    const verdict = await Promise.resolve(judge(request)).finally(known);
    if ('refusal' in verdict) refuse(socket, verdict.refusal, clock);
    else accept(verdict);
  }
  decide().catch((error) => {
    socket.destroy();
    report(error);
  });
}

function refuse(socket: Duplex, refusal: string, clock: Clock): void {
  // Without a word where the peer has left: it would not read one.
  if (socket.destroyed || !socket.writable || refusal === '') {
    socket.destroy();
    return;
  }
  const cut = () => socket.destroy();
  const timer = clock.setTimeout(cut, refusalTimeout);
  socket.once('close', () => clock.clearTimeout(timer));
  // An HTTP server's sockets stay half open: one that the peer never closes would stay for ever.
  socket.once('finish', cut);
  socket.end(refusal);
}
