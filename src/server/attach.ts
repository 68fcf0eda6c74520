import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { createHandBack } from './hand-back.js';
import { createUpgradeHandler, type UpgradeHandler, type UpgradeOptions } from './upgrade-handler.js';

/** Marks our listeners for each other, those of another copy of this package too. */
const handlesMark = Symbol.for('strapi-ferry.handles');

interface UpgradeListener {
  (request: IncomingMessage, socket: Duplex, head: Buffer): void;
  readonly [handlesMark]: UpgradeHandler['handles'];
}

const isOurs = (listener: object): listener is UpgradeListener => handlesMark in listener;

/**
 * Puts the two routes of a transfer on a Node HTTP or HTTPS server: adds one `upgrade` listener, and leaves everything
 * else to those who were there. `close()` takes it away again.
 *
 * Node hands upgrades to the request handler only while nobody listens to `upgrade`. Where this is the only listener,
 * those that are not for it go there all the same; where there are others, they are left to them.
 */
export function attachUpgrade(server: Server, options: UpgradeOptions): UpgradeHandler {
  const handler = createUpgradeHandler(options);
  const handBack = createHandBack(server);

  const listener: UpgradeListener = Object.assign(
    (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      if (handler.handleUpgrade(request, socket, head)) return;
      const listeners = server.listeners('upgrade');
      // Of several of ours on one server one hands back what is for none of them.
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
