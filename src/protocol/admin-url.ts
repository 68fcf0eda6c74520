import { TransferError } from './errors.js';
import { isLoopback } from './loopback.js';
import type { InitParams } from './messages.js';
import { probableAddress } from './probable-address.js';

/**
 * The address of a Strapi's admin panel: http or https, one trailing slash trimmed, as Strapi's client takes it.
 * @throws TransferError INVALID_URL, saying what is wrong with it
 */
export function checkAdminUrl(text: string): URL {
  const fail = (reason: string) => invalidUrl(text, reason);
  if (!URL.canParse(text)) throw fail('it cannot be parsed');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw fail(`its scheme is ${url.protocol.slice(0, -1)}, not http or https`);
  }
  if (url.username !== '' || url.password !== '') throw fail('it holds a user name or password');
  url.pathname = url.pathname.replace(/\/$/, '');
  if (url.pathname === '/') throw fail('it has no admin path');
  url.search = '';
  url.hash = '';
  return url;
}

/** The error for a text that is no address of a server: it names the address that was probably meant. */
export function invalidUrl(text: string, reason: string, more = ''): TransferError {
  const probably = probableAddress(text);
  const cure =
    probably === null
      ? 'Give the address of the admin panel, such as https://example.com/admin.'
      : `Probably ${probably} is meant.`;
  const url = `"${withoutPassword(text)}"`;
  return new TransferError('INVALID_URL', { url, reason, cure: `${cure}${more}`, probably });
}

/** Everything with a scheme is meant as a URL: a misspelt one is no folder. A drive of Windows is no scheme. */
export const isServerUrl = (end: string): boolean =>
  /^[a-z][a-z0-9+.-]*:/i.test(end) && !/^[a-z]:[\\/]/i.test(end);

/** In any spelling: `localhost`, `127.0.0.1` and `0.0.0.0` are one machine, and default ports lead to one site. */
export const isSameServer = (a: string, b: string): boolean => serverOf(a) === serverOf(b);

function serverOf(text: string): string {
  const { protocol, hostname, port, pathname } = checkAdminUrl(text);
  const own = protocol === 'https:' ? '443' : '80';
  const isOwn = port === '' || port === own;
  const host = hostname.replace(/\.$/, '').replace(/^\[::ffff:([0-9a-f]+):([0-9a-f]+)\]$/, mappedAddress);
  const isHere = isLoopback(host) || host === '0.0.0.0' || host === '[::]';
  return [isHere ? 'localhost' : host, isOwn ? '' : port, unescaped(pathname).replace(/\/+$/, '')].join(' ');
}

/** `[::ffff:7f00:1]` is `127.0.0.1`. */
const mappedAddress = (_: string, high: string, low: string): string =>
  [high, low].flatMap((part) => [parseInt(part, 16) >> 8, parseInt(part, 16) & 255]).join('.');

function unescaped(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/** `wss://host/admin/transfer/runner/pull` */
export function transferRoute(adminUrl: URL, transfer: InitParams['transfer']): URL {
  const route = new URL(adminUrl);
  route.protocol = adminUrl.protocol === 'https:' ? 'wss:' : 'ws:';
  route.pathname = `${adminUrl.pathname.replace(/\/$/, '')}/transfer/runner/${transfer}`;
  return route;
}

function withoutPassword(text: string): string {
  return text.replace(/^([^@]*\/{2}|\W*)[^/@]*@/, '$1');
}
