import WebSocket from 'isomorphic-ws';
import { ticketProtocols } from '../protocol/ticket.js';
import type { OpenSocket, SocketLike } from './socket.js';

/** Whether sockets are those of a browser, of which a page can set no header. Node has one of these too, and no need of it. */
export const isBrowser: boolean = Object.is(WebSocket, globalThis.WebSocket);

/** Whether a socket calls nothing back when a frame has left: a browser's, or the one that Node has of browsers. */
export const tellsNothingSent = (socket: SocketLike): boolean =>
  typeof globalThis.WebSocket === 'function' && socket instanceof globalThis.WebSocket;

export interface BrowserWebSocketOptions {
  readonly route: URL;
  readonly ticket: string;
  /** The admin URL, for messages. */
  readonly url: string;
}

/** Opens a browser's WebSocket, which shows the ticket. */
export function browserWebSocketOpener({ route, ticket, url }: BrowserWebSocketOptions): OpenSocket {
  return (refused) => {
    const socket = new globalThis.WebSocket(route.href, ticketProtocols(ticket));
    let isOpen = false;
    socket.addEventListener('open', () => {
      isOpen = true;
    });
    socket.addEventListener('error', () => {
      if (!isOpen) refused({ code: 'CONNECT_FAILED', details: { url, reason: untold } });
    });
    return socket;
  };
}

const untold =
  'the browser does not say why. A ticket opens one connection, soon after it was issued, and the server must name the origin of this page';
