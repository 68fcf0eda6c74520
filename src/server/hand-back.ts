import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { Duplex } from 'node:stream';

/** The bytes that the request began with. Node reads headers as latin1, so nothing is lost on the way back. */
function headOf({ method, url, httpVersion, rawHeaders }: IncomingMessage): Buffer {
  const lines = [`${method} ${url} HTTP/${httpVersion}`];
  for (let at = 0; at < rawHeaders.length; at += 2) lines.push(`${rawHeaders[at]}: ${rawHeaders[at + 1]}`);
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

/**
 * Gives an upgrade that no listener took to the server's request handler, as Node does by itself while a server has no
 * `upgrade` listener: the client may then be answered over plain HTTP, or the handler upgrades it (Strapi does).
 *
 * Node has taken its parser off the socket by then, and the request's body, if it has one, was not read. So the
 * request is put back and read again by a second server, one that has no `upgrade` listener and never listens.
 */
export function createHandBack(
  server: Server,
): (request: IncomingMessage, socket: Duplex, head: Buffer) => void {
  const reader = createServer(
    // It is the same head again, which `server` has found short enough.
    { maxHeaderSize: 1024 * 1024, keepAliveTimeout: server.keepAliveTimeout },
    (request, response) => {
      const { socket } = request;
      if (!request.complete && server.requestTimeout > 0) {
        // Only a server that listens looks after slow bodies.
        socket.setTimeout(server.requestTimeout);
        request.once('close', () => socket.setTimeout(server.timeout));
      }
      // End the connection with the answer: its further requests would never reach the `upgrade` listeners.
      response.shouldKeepAlive = false;
      server.emit('request', request, response);
    },
  );
  // Where the handler asks for `Connection: keep-alive` all the same, or requests were sent ahead.
  reader.maxRequestsPerSocket = 1;
  reader.maxHeadersCount = 0;
  return (request, socket, head) => {
    socket.unshift(Buffer.concat([headOf(request), head]));
    reader.emit('connection', socket);
  };
}
