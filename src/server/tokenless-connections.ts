import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { type Clock, realClock } from '../ports/clock.js';

export interface TokenlessOptions {
  /** How many there may be at once. When one more comes, the oldest is cut. */
  readonly limit: number;
  /** How long one may take to show a token. Milliseconds. */
  readonly patience: number;
  /** @default the real clock */
  readonly clock?: Clock;
}

/** The connections of a server that have shown no token. */
export interface TokenlessConnections {
  /** The connection of this socket has shown a token, and counts no more. */
  accept(socket: Pick<Socket, 'remoteAddress' | 'remotePort'>): void;
  /** Stops counting. */
  close(): void;
}

/**
 * Keeps the connections without a token few, so that idle ones, slow ones and floods leave this process the files that
 * its sessions need. The oldest is cut, not the newest: a client with a token shows it within milliseconds, and would
 * never get in if older connections could hold every place.
 */
export function limitTokenlessConnections(server: Server, options: TokenlessOptions): TokenlessConnections {
  const { limit, patience, clock = realClock } = options;
  /** The oldest first. By address, which a socket and the TLS socket over it have in common. */
  const connections = new Map<string, { socket: Socket; timer: unknown }>();

  const nameOf = ({ remoteAddress, remotePort }: Pick<Socket, 'remoteAddress' | 'remotePort'>) =>
    `${remoteAddress} ${remotePort}`;

  function forget(name: string): void {
    clock.clearTimeout(connections.get(name)?.timer);
    connections.delete(name);
  }

  function meet(socket: Socket): void {
    const name = nameOf(socket);
    connections.set(name, { socket, timer: clock.setTimeout(() => socket.destroy(), patience) });
    socket.once('close', () => {
      if (connections.get(name)?.socket === socket) forget(name);
    });
    const [first] = connections.values();
    if (connections.size > limit) first?.socket.destroy();
  }

  server.on('connection', meet);
  return {
    accept: (socket) => forget(nameOf(socket)),
    close() {
      server.off('connection', meet);
      for (const name of [...connections.keys()]) forget(name);
    },
  };
}
