import type { IncomingMessage } from 'node:http';
import type { Socket } from 'node:net';
import { TransferError } from '../../protocol/errors.js';
import { reasonOf } from '../socket.actor.js';
import { tlsFault } from '../tls-fault.js';
import type { HttpProxy } from './proxy.js';

/** Where a tunnel leads to. */
export interface TunnelEnd {
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The admin URL, for messages. */
  readonly url: string;
}

/** Asked for instead of imported: a bundler for browsers fails at them. */
const node = <Name extends 'node:http' | 'node:https' | 'node:net' | 'node:tls'>(name: Name) =>
  globalThis.process?.getBuiltinModule?.(name);

/** Whether this runtime can go through a proxy that it is told of: Node can, a browser cannot. */
export const hasTunnels = node('node:http') !== undefined;

/**
 * A connection to a host through a proxy (CONNECT).
 * @param signal Gives the tunnel up while it is being opened.
 * @throws TransferError PROXY_UNREACHABLE, PROXY_REFUSED, PROXY_FAILED, or the reason of `signal`
 */
export async function openTunnel(proxy: HttpProxy, end: TunnelEnd, signal: AbortSignal): Promise<Socket> {
  signal.throwIfAborted();
  const { answer, socket, head } = await askToConnect(proxy, end, signal);
  const { statusCode: status = 0 } = answer;
  if (status < 200 || status > 299) {
    socket.destroy();
    throw refused(proxy, end, answer);
  }
  if (head.length > 0) socket.unshift(head);
  return socket;
}

interface Connected {
  readonly answer: IncomingMessage;
  readonly socket: Socket;
  /** What came behind the answer, and belongs to the tunnel. */
  readonly head: Buffer;
}

function askToConnect(
  proxy: HttpProxy,
  { host, port, url }: TunnelEnd,
  signal: AbortSignal,
): Promise<Connected> {
  const [http, net] = [node(proxy.isSecure ? 'node:https' : 'node:http'), node('node:net')];
  if (http === undefined || net === undefined) throw new Error('this runtime opens no tunnels');
  const authority = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  const request = http.request({
    method: 'CONNECT',
    host: proxy.host,
    port: proxy.port,
    path: authority,
    setHost: false,
    headers: {
      Host: authority,
      ...(proxy.authorization === null ? {} : { 'Proxy-Authorization': proxy.authorization }),
    },
    agent: false,
    // Node would take the name of the tunnel's end, from the header Host.
    ...(proxy.isSecure ? { servername: net.isIP(proxy.host) === 0 ? proxy.host : '' } : {}),
  });
  const giveUp = () => request.destroy();
  signal.addEventListener('abort', giveUp, { once: true });
  return new Promise<Connected>((resolve, reject) => {
    request.on('error', (error) => {
      if (signal.aborted) return reject(signal.reason);
      const reason = tlsFault(error, proxy.host)?.reason ?? reasonOf(error, '');
      reject(new TransferError('PROXY_UNREACHABLE', { through: proxy.name, url, reason }, error));
    });
    // Node emits `connect` for every answer to CONNECT, a refusal too; `socket` is one of node:net, also over TLS.
    request.on('connect', (answer, socket, head) => resolve({ answer, socket: socket as Socket, head }));
    request.end();
  }).finally(() => signal.removeEventListener('abort', giveUp));
}

function refused(proxy: HttpProxy, { host, port, url }: TunnelEnd, answer: IncomingMessage): TransferError {
  const { statusCode: status = 0, headers } = answer;
  const details = { through: proxy.name, url, status };
  if (status >= 500 && status !== 501) return new TransferError('PROXY_FAILED', details);
  if (status !== 407) {
    const why = `Let it open tunnels (CONNECT) to port ${port} of ${host}, or name that host in NO_PROXY if it can be reached without a proxy.`;
    return new TransferError('PROXY_REFUSED', { ...details, why });
  }
  const scheme = String(headers['proxy-authenticate'] ?? 'no scheme named').slice(0, 200);
  const why =
    proxy.authorization === null
      ? `It asks for a user name and a password (${scheme}): write them into its address, http://user:password@host:port.`
      : `It does not take the user name and the password in its address; it asks for ${scheme}, and ferry knows Basic.`;
  return new TransferError('PROXY_REFUSED', { ...details, why });
}

/** Options of `createConnection` that a tunnel needs of those that node:http and `ws` give. */
interface ConnectionOptions {
  readonly host?: string | null | undefined;
  readonly port?: number | string | null | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

type CreateConnection = (
  options: ConnectionOptions,
  created: (error: Error | null, socket: Socket) => void,
) => undefined;

/**
 * The `createConnection` of a request, or of a WebSocket, that goes through a proxy.
 * @param isSecure Whether TLS is spoken in the tunnel.
 * @param signal Gives the tunnel up: neither node:http nor `ws` can, until they have a socket.
 */
export function connectingThrough(
  proxy: HttpProxy,
  url: string,
  isSecure: boolean,
  signal: AbortSignal,
): CreateConnection {
  return ({ host, port, rejectUnauthorized }, created) => {
    const end = { host: host ?? '', port: Number(port) || (isSecure ? 443 : 80), url };
    openTunnel(proxy, end, signal).then(
      (socket) => created(null, isSecure ? secured(socket, end.host, rejectUnauthorized === false) : socket),
      // Where there is an error, node:http looks at no socket.
      created as (error: Error) => void,
    );
  };
}

/** TLS with the host at the end of a tunnel. */
export function secured(socket: Socket, host: string, unverified: boolean) {
  const [tls, net] = [node('node:tls'), node('node:net')];
  if (tls === undefined || net === undefined) throw new Error('this runtime has no TLS of its own');
  return tls.connect({
    socket,
    host,
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
    ...(unverified ? { rejectUnauthorized: false } : {}),
  });
}
