import WebSocket from 'isomorphic-ws';
import { type Clock, realClock } from '../ports/clock.js';
import type { SocketLike } from './socket.js';

/** Milliseconds that a port has to show that it speaks TLS. */
const probeTimeout = 2000;

/**
 * Whether a port that hangs up on plain HTTP speaks TLS. It is sent no token, and any certificate will do.
 * @param way How it is reached, until the signal: options of the WebSocket.
 */
export function speaksTls(
  route: URL,
  way: (signal: AbortSignal) => WebSocket.ClientOptions,
  clock: Clock = realClock,
): Promise<boolean> {
  const secure = new URL(route);
  secure.protocol = 'wss:';
  // URL drops the port that its scheme has by itself.
  secure.port = route.port || '80';
  const stop = new AbortController();
  return new Promise((resolve) => {
    const socket = new WebSocket(secure.href, { ...way(stop.signal), rejectUnauthorized: false });
    const end = (does: boolean) => {
      clock.clearTimeout(timer);
      stop.abort();
      resolve(does);
      socket.terminate();
    };
    const timer = clock.setTimeout(() => end(false), probeTimeout);
    socket.on('error', () => end(false));
    socket.on('upgrade', () => end(true));
    socket.on('unexpected-response', () => end(true));
  });
}

type Closed = (event: { code: number; reason: string }) => void;

/** The same socket, whose `close` event waits until `findingOut`, if there is one, has found the reason. */
export function closingOnceKnown(socket: SocketLike, findingOut: () => Promise<void> | null): SocketLike {
  const heard = new Map<Closed, Closed>();
  const held: Pick<SocketLike, 'addEventListener' | 'removeEventListener'> = {
    addEventListener(type: string, listener: never) {
      if (type !== 'close') return socket.addEventListener(type as 'open', listener);
      const onClose: Closed = async (event) => {
        const known = findingOut();
        if (known !== null) await known;
        if (heard.has(listener)) (listener as Closed)(event);
      };
      heard.set(listener, onClose);
      return socket.addEventListener('close', onClose);
    },
    removeEventListener(type: string, listener: never) {
      if (type !== 'close') return socket.removeEventListener(type as 'open', listener);
      const onClose = heard.get(listener);
      heard.delete(listener);
      return onClose === undefined ? undefined : socket.removeEventListener('close', onClose);
    },
  };
  return Object.assign(Object.create(socket) as SocketLike, held);
}
