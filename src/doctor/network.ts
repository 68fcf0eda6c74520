import { lookup } from 'node:dns/promises';
import { type RequestOptions, request as requestHttp } from 'node:http';
import { request as requestHttps } from 'node:https';
import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { type HttpAnswer, readAnswer } from '../transport/http-answer.js';

interface Certificate {
  /** False if the certificate was not verified: NODE_TLS_REJECT_UNAUTHORIZED=0. */
  readonly isTrusted: boolean;
  readonly validTo: string;
}

/** What the doctor needs of the network. A signal ends each call. Errors are the system's, with their `code`. */
export interface Network {
  lookup(host: string): Promise<readonly string[]>;
  /** Opens a connection; gives the address that answered. */
  connect(host: string, port: number, signal: AbortSignal): Promise<string>;
  /** A TLS handshake; with `unverified` any certificate is accepted. */
  handshake(host: string, port: number, signal: AbortSignal, unverified?: boolean): Promise<Certificate>;
  request(url: URL, headers: Readonly<Record<string, string>>, signal: AbortSignal): Promise<HttpAnswer>;
}

export const nodeNetwork: Network = {
  async lookup(host) {
    return (await lookup(host, { all: true })).map(({ address }) => address);
  },

  connect: (host, port, signal) =>
    opened(connectTcp({ host, port }), 'connect', signal, ({ remoteAddress }) => remoteAddress ?? host),

  handshake(host, port, signal, unverified = false) {
    const socket = connectTls({
      host,
      port,
      ...(isIP(host) === 0 ? { servername: host } : {}),
      ...(unverified ? { rejectUnauthorized: false } : {}),
    });
    return certificateOf(socket, signal);
  },

  // No agent: in a Node that uses HTTP_PROXY it would take another way than a transfer's WebSocket.
  request: (url, headers, signal) => answerOf(url, { agent: false, headers, signal }),
};

export const certificateOf = (socket: TLSSocket, signal: AbortSignal): Promise<Certificate> =>
  opened(socket, 'secureConnect', signal, (secure) => ({
    isTrusted: secure.authorized,
    validTo: secure.getPeerCertificate().valid_to ?? '',
  }));

export function answerOf(url: URL, options: RequestOptions): Promise<HttpAnswer> {
  const request = url.protocol === 'https:' ? requestHttps : requestHttp;
  return new Promise((resolve, reject) => {
    const asked = request(url, options);
    asked.on('error', reject);
    asked.on('upgrade', (response, socket) => {
      socket.destroy();
      resolve({ status: 101, headers: response.headers, body: '' });
    });
    asked.on('response', (response) => resolve(readAnswer(response)));
    asked.end();
  });
}

function opened<S extends Socket | TLSSocket, T>(
  socket: S,
  event: 'connect' | 'secureConnect',
  signal: AbortSignal,
  read: (socket: S) => T,
): Promise<T> {
  const close = () => socket.destroy();
  signal.addEventListener('abort', close, { once: true });
  return new Promise<T>((resolve, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new Error('the connection was closed')));
    socket.once(event, () => {
      resolve(read(socket));
      socket.destroy();
    });
  }).finally(() => signal.removeEventListener('abort', close));
}
