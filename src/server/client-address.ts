import type { IncomingMessage } from 'node:http';
import { BlockList, isIP, SocketAddress } from 'node:net';
import { TransferError } from '../protocol/errors.js';

/** The proxies in front of a server. */
export interface TrustedProxies {
  /**
   * The proxies whose word for the address of a client counts: addresses and ranges, such as `10.0.0.5`, `10.0.0.0/8`,
   * `fd00::/8`. The header is read from its end, as far as these have written it. @defaultValue none: the socket's peer
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /**
   * The one header that these proxies write: a client may send the other one itself, and most proxies let it pass.
   * @defaultValue 'x-forwarded-for'
   */
  readonly forwardedHeader?: 'x-forwarded-for' | 'forwarded' | undefined;
}

/**
 * What tells the address of a client: its socket's peer, or whom the last trusted proxy names. Never throws: a header
 * that cannot be read names no address, and then it is that of the proxy which sent it.
 * @throws TransferError INVALID_OPTION where a proxy is no address and no range
 */
export function createAddressOf({
  trustedProxies = [],
  forwardedHeader = 'x-forwarded-for',
}: TrustedProxies): (request: IncomingMessage) => string {
  const trusted = blockListOf(trustedProxies);
  const isTrusted = (address: string) => trusted.check(address, familyOf(address));
  const namedBy = forwardedHeader === 'forwarded' ? namedByForwarded : namedByList;

  return ({ socket, headersDistinct }) => {
    let address = readAddress(socket.remoteAddress) ?? '';
    const named = namedBy((headersDistinct[forwardedHeader] ?? []).join(','));
    while (address !== '' && isTrusted(address)) {
      const next = readNode(named.pop());
      if (next === null) break;
      address = next;
    }
    return address;
  };
}

const familyOf = (address: string) => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

function blockListOf(proxies: readonly string[]): BlockList {
  const list = new BlockList();
  for (const proxy of proxies) {
    const [host = '', bits, ...more] = String(proxy).split('/');
    const address = readAddress(host);
    const most = isIP(host) === 6 ? 128 : 32;
    const isWide = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
    // A range of IPv4 addresses mapped into IPv6 would match none: addresses are compared as IPv4.
    const isMapped = bits !== undefined && isIP(host) !== isIP(address ?? '');
    if (address === null || !isWide || isMapped || more.length > 0) {
      const reason = 'name addresses and ranges, such as 10.0.0.5, 10.0.0.0/8 or fd00::/8';
      throw new TransferError('INVALID_OPTION', { option: 'trustedProxies', value: proxy, reason });
    }
    if (bits === undefined) list.addAddress(address, familyOf(address));
    else list.addSubnet(address, Number(bits), familyOf(address));
  }
  return list;
}

/** One spelling of an address: without the zone, IPv4 as such where it is mapped into IPv6. Null where it is none. */
function readAddress(text = ''): string | null {
  const bare = text.replace(/%[\w.-]+$/, '');
  const family = isIP(bare);
  if (family !== 6) return family === 4 ? bare : null;
  const { address } = new SocketAddress({ address: bare, family: 'ipv6' });
  const mapped = address.replace(/^::ffff:/, '');
  return isIP(mapped) === 4 ? mapped : address;
}

/** `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1`, `[2001:db8::1]`, `[2001:db8::1]:4711`; null for `unknown` and all else. */
function readNode(node: string | undefined): string | null {
  const text = (node ?? '').trim();
  const [, inBrackets, v4] = /^(?:\[([^\]]+)\]|([\d.]+))(?::\d{1,5})?$/.exec(text) ?? [];
  const address = inBrackets ?? v4 ?? text;
  if (inBrackets !== undefined && isIP(inBrackets) !== 6) return null;
  return address.includes('%') ? null : readAddress(address);
}

const namedByList = (header: string): (string | undefined)[] => (header === '' ? [] : header.split(','));

const token = "[\\w!#$%&'*+.^`|~-]+";
const pair = new RegExp(`^\\s*(${token})=(?:(${token})|"((?:[^"\\\\]|\\\\.)*)")\\s*`);

/** The `for` of each element (RFC 7239), undefined where one has none. What is not of its grammar as a whole names none. */
function namedByForwarded(header: string): (string | undefined)[] {
  const named: (string | undefined)[] = [];
  let rest = header;
  let current: string | undefined;
  while (rest !== '') {
    const found = pair.exec(rest);
    if (found === null) return [];
    const [whole, name = '', word, quoted] = found;
    if (name.toLowerCase() === 'for') {
      if (current !== undefined) return [];
      current = word ?? quoted?.replace(/\\(.)/g, '$1') ?? '';
    }
    rest = rest.slice(whole.length);
    const separator = rest[0];
    if (separator !== undefined && separator !== ';' && separator !== ',') return [];
    rest = rest.slice(1);
    // A pair has to follow.
    if (separator !== undefined && rest.trim() === '') return [];
    if (separator === ';') continue;
    named.push(current);
    current = undefined;
  }
  return named;
}
