import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createHandBack } from './hand-back.js';
import { createUpgradeHandler, type UpgradeHandler, type UpgradeOptions } from './upgrade-handler.js';

/** Marks Ferry's listeners, so that they know each other across copies of this package. */
const handlesMark = Symbol.for('strapi-ferry.handles');

interface UpgradeListener {
  (request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly [handlesMark]: UpgradeHandler['handles'];
}

const isOurs = (listener: object): listener is UpgradeListener => handlesMark in listener;

/**
 * Puts the two routes of a transfer on a Node HTTP or HTTPS server: adds one `upgrade` listener, and leaves everything
 * else to the listeners that were there. `close()` removes it.
 *
 * Node hands upgrades to the request handler only while `upgrade` has no listener. If this is the only listener, it
 * hands the upgrades of other routes to the request handler; if there are others, it leaves those upgrades to them.
 */
export function attachUpgrade(server: Server, options: UpgradeOptions): UpgradeHandler {
  const handler = createUpgradeHandler(options);
  const handBack = createHandBack(server);

  const listener: UpgradeListener = Object.assign(
    (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (handler.handleUpgrade(request, socket, head)) return;
      const listeners = server.listeners('upgrade');
      // If several listeners are Ferry's, the first alone hands back the upgrades of other routes.
      const falls = listeners[0] === listener && listeners.every(isOurs);
      if (falls && !listeners.some((other) => isOurs(other) && other[handlesMark](request)))
        handBack(request, socket, head);
    },
    { [handlesMark]: handler.handles },
  );
  server.on('upgrade', listener);

  return {
    ...handler,
    close() {
      server.off('upgrade', listener);
      handler.close();
    },
  };
}
