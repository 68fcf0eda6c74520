import { TransferError } from '../../protocol/errors.js';

/** An HTTP proxy: where it listens, and as whom it is asked. */
export interface HttpProxy {
  /** `http://proxy.example.com:3128`: without user name and password, for messages. */
  readonly name: string;
  readonly isSecure: boolean;
  /** IPv6 without brackets. */
  readonly host: string;
  readonly port: number;
  /** The value of the header Proxy-Authorization: a secret. */
  readonly authorization: string | null;
}

/**
 * The proxy at an address: `http://host:port`, `https://host:port`, `host:port`, each with `user:password@` or without.
 * @param option What the user calls it, for the error: an option, or a variable of the environment.
 * @throws TransferError INVALID_OPTION, without the password
 */
export function parseProxy(address: string, option = 'proxy'): HttpProxy {
  const written = address.trim();
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`;
  if (!URL.canParse(text)) throw invalid(option, 'what it is', 'it is no address');
  const url = new URL(text);
  const { protocol, hostname, port, username, password } = url;
  if (protocol !== 'http:' && protocol !== 'https:') {
    const scheme = protocol.slice(0, -1);
    const reason = `ferry goes through HTTP proxies (http:// or https://), not through ${scheme}. Give such a proxy, or name the host in NO_PROXY to go straight to it`;
    throw invalid(option, `${protocol}//${url.host}`, reason);
  }
  const isSecure = protocol === 'https:';
  const own = isSecure ? 443 : 80;
  const credentials = `${unescaped(username)}:${unescaped(password)}`;
  return {
    name: `${protocol}//${hostname}:${port || own}`,
    isSecure,
    host: hostname.replace(/^\[|\]$/g, ''),
    port: Number(port) || own,
    authorization: credentials === ':' ? null : `Basic ${btoa(bytesOf(credentials))}`,
  };
}

/** The parts of a proxy's address, and of its header, that no message may hold. */
export function secretsOfProxy(address: string | undefined): readonly string[] {
  if (address === undefined) return [];
  const [, userInfo = ''] = /^(?:[a-z][a-z0-9+.-]*:\/\/)?([^/]*)@/i.exec(address.trim()) ?? [];
  const password = userInfo.replace(/^[^:]*:?/, '');
  const basic = userInfo === '' ? '' : btoa(bytesOf(unescaped(userInfo)));
  return [userInfo, password, unescaped(password), basic].filter((secret) => secret !== '');
}

/** What messages add about a connection that goes through a proxy. */
export const throughWords = (name: string): string =>
  `It went through the proxy ${name}, whose log may say more.`;

/** `btoa` takes characters for bytes. */
const bytesOf = (text: string) => String.fromCharCode(...new TextEncoder().encode(text));

function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const invalid = (option: string, value: string, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value, reason });
