import { isLoopback } from '../../protocol/loopback.js';
import { isExcepted } from './no-proxy.js';
import { parseProxy } from './proxy.js';

/** The proxy for a server, as a variable of the environment names it. */
export interface ProxyVariable {
  readonly name: string;
  /** As it was written, which may be with a password. */
  readonly address: string;
  /** Without a password. */
  readonly proxy: string;
}

/** The variables that name a proxy; each also in lower case, which comes first. */
export const proxyVariables = ['HTTPS_PROXY', 'HTTP_PROXY', 'ALL_PROXY'] as const;

/**
 * The proxy that the environment names for this URL; null where none does. As with curl, lower case comes first, an empty
 * variable is none, and ALL_PROXY stands in for both others. What goes to this machine goes straight: a token for
 * http://localhost must not pass a network.
 * @throws TransferError INVALID_OPTION for what is no address of an HTTP proxy
 */
export function proxyFor(url: URL, env: Readonly<Record<string, string | undefined>>): ProxyVariable | null {
  const valueIn = (name: string) => env[name]?.trim() ?? '';
  if (isLoopback(url.hostname)) return null;
  if (isExcepted(url, valueIn('no_proxy') || valueIn('NO_PROXY'))) return null;
  const scheme = url.protocol.slice(0, -1);
  const names = [`${scheme}_proxy`, `${scheme.toUpperCase()}_PROXY`, 'all_proxy', 'ALL_PROXY'];
  // A web server gives a program that it starts a visitor's header "Proxy" as HTTP_PROXY.
  const name = names.find(
    (one) => valueIn(one) !== '' && !(one === 'HTTP_PROXY' && valueIn('REQUEST_METHOD') !== ''),
  );
  if (name === undefined) return null;
  const address = valueIn(name);
  return { name, address, proxy: parseProxy(address, name).name };
}
