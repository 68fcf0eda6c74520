import { domainToASCII } from 'node:url';

/** Asked for when a variable is read: `--help` starts without it. */
const net = () => process.getBuiltinModule('node:net');

/**
 * Whether NO_PROXY names the host of a URL: `*` is every host, a name stands for itself and its subdomains (`.name` and
 * `*.name` too), an address for itself, `10.0.0.0/8` for a network; with a port (`name:8080`) for that port only.
 */
export function isExcepted(url: URL, list: string): boolean {
  const host = withoutBrackets(url.hostname).replace(/\.$/, '');
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return list
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(entryOf)
    .some((entry) => (entry.port === '' || entry.port === port) && isNamedBy(entry.name, host));
}

interface Entry {
  readonly name: string;
  /** Empty for every port. */
  readonly port: string;
}

/** `::1` is an address, `[::1]:8080` one with a port. */
function entryOf(text: string): Entry {
  const [, inBrackets, plain, port = ''] = /^(?:\[(.*)\]|([^:]*))(?::(\d+))?$/.exec(text) ?? [];
  return { name: inBrackets ?? plain ?? text, port };
}

function isNamedBy(name: string, host: string): boolean {
  if (name === '*') return true;
  if (net().isIP(host) !== 0) return isInNetwork(name, host);
  const written = name.replace(/^\*?\./, '').replace(/\.$/, '');
  const domain = domainToASCII(written) || written;
  return domain !== '' && (host === domain || host.endsWith(`.${domain}`));
}

function isInNetwork(name: string, host: string): boolean {
  const { BlockList, isIP } = net();
  const [address = '', bits] = name.split('/');
  const family = isIP(address);
  if (family === 0) return false;
  const length = family === 4 ? 32 : 128;
  const prefix = bits === undefined ? length : Number(bits || Number.NaN);
  if (!Number.isInteger(prefix) || prefix < 0 || prefix > length) return false;
  const network = new BlockList();
  network.addSubnet(address, prefix, family === 4 ? 'ipv4' : 'ipv6');
  return network.check(host, isIP(host) === 4 ? 'ipv4' : 'ipv6');
}

const withoutBrackets = (host: string) => host.replace(/^\[|\]$/g, '');
