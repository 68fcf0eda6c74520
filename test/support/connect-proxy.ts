import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import { type AddressInfo, connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Certificate } from './certificates.js';
import { cleanUps } from './clean-ups.js';

export interface ConnectProxyOptions {
  /** `user:password`; another gets 407. @defaultValue none is asked for */
  readonly credentials?: string;
  /** Answers every CONNECT so. */
  readonly status?: number;
  /** Answers no CONNECT. */
  readonly hangs?: boolean;
  /** Speaks TLS to its clients. */
  readonly certificate?: Certificate;
  /** Cuts a tunnel once the server has sent so many bytes through it. */
  readonly cutAfter?: number;
}

export interface ConnectProxy {
  /** `127.0.0.1:3128` */
  readonly address: string;
  /** What was asked for: `strapi.test:1337`, an entry for each CONNECT. */
  readonly asked: readonly string[];
  /** Resolves with the next CONNECT. */
  nextAsked(): Promise<unknown>;
  /** Resolves once no connection is open at the proxy. */
  isLeft(): Promise<void>;
}

/** A proxy that opens tunnels to this machine, whatever the host is called, until the end of the test. */
export async function connectProxy(options: ConnectProxyOptions = {}): Promise<ConnectProxy> {
  const asked: string[] = [];
  const sockets = new Set<Duplex>();
  const keep = (socket: Duplex) => {
    sockets.add(socket);
    socket.on('error', () => {}).on('close', () => sockets.delete(socket));
  };
  const server =
    options.certificate === undefined ? createServer() : createSecureServer({ ...options.certificate });
  server.on(options.certificate === undefined ? 'connection' : 'secureConnection', keep);
  server.on('connect', (request: IncomingMessage, client: Duplex, head: Buffer) => {
    keep(client);
    asked.push(request.url ?? '');
    if (options.hangs === true) {
      client.on('end', () => client.destroy()).resume();
      return;
    }
    const status = statusFor(request, options);
    if (status !== 200) {
      const challenge = status === 407 ? 'Proxy-Authenticate: Basic realm="test"\r\n' : '';
      client.end(`HTTP/1.1 ${status} No\r\n${challenge}Content-Length: 0\r\n\r\n`);
      return;
    }
    const port = Number(/:(\d+)$/.exec(request.url ?? '')?.[1]);
    const upstream: Socket = connect(port, '127.0.0.1', () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    keep(upstream);
    upstream.on('close', () => client.destroy());
    client.on('close', () => upstream.destroy());
    if (options.cutAfter === undefined) return;
    const { cutAfter } = options;
    let passed = 0;
    upstream.on('data', ({ length }: Buffer) => {
      passed += length;
      if (passed > cutAfter) client.destroy();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return {
    address: `127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    nextAsked: () => once(server, 'connect'),
    async isLeft() {
      for (const socket of sockets) if (!socket.closed) await once(socket, 'close');
    },
  };
}

function statusFor({ headers }: IncomingMessage, { credentials, status = 200 }: ConnectProxyOptions): number {
  if (credentials === undefined) return status;
  const expected = `Basic ${Buffer.from(credentials).toString('base64')}`;
  return headers['proxy-authorization'] === expected ? status : 407;
}
