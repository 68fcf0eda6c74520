import type { IncomingMessage } from 'node:http';

const loopback = ['127.0.0.1', 'localhost', '::1'];

export const isLoopback = (host: string) => loopback.includes(host);

export const inUrl = (host: string) => (host.includes(':') ? `[${host}]` : host);

/**
 * Whether a request comes from this machine. A name that an attacker has pointed at 127.0.0.1 (DNS rebinding) shows in
 * `Host`; a foreign page in the same browser shows in `Origin`. `origins`: other pages that the user lets in.
 */
export function isFromHere(
  { headers }: IncomingMessage,
  port: number,
  origins: readonly string[] = [],
): boolean {
  const hosts = loopback.map((host) => `${inUrl(host)}:${port}`);
  const { host = '', origin } = headers;
  if (!hosts.includes(host.toLowerCase())) return false;
  return origin === undefined || hosts.some((own) => origin === `http://${own}`) || origins.includes(origin);
}

/** Programs send none, pages always do. */
export const isFromPage = ({ headers }: IncomingMessage) => headers.origin !== undefined;
