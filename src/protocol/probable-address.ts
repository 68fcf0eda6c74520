import { isLoopback } from './loopback.js';

/** White space, invisible characters, and what an env file or a chat puts around an address. */
const wrapping = /^[\s\p{Cf}"'`“”„‘’«»<>]+|[\s\p{Cf}"'`“”„‘’«»<>;,]+$/gu;
const isExplicitPath = /^(\/(?!\/)|\.{1,2}([\\/]|$)|~|\\|[a-z]:[\\/])/i;
/** `https://`, misspelt or doubled; two slashes without it. */
const scheme = /^(?:.*[:;]\/{2,}|(?:https?|wss?)?\/{2,})/i;
const parts = /^(?:[^/@]*@)?(\[[\da-f:.]+\]|[^\s/:@\\]+)(:\d{1,5})?(?:[\\/]+(.*))?$/i;
const ipv4 = /^\d{1,3}(\.\d{1,3}){3}$/;
const hostName = /^([\p{L}\p{N}]([\p{L}\p{N}-]*[\p{L}\p{N}])?\.)+(\p{L}{2,}|xn--[a-z\d-]+)\.?$/iu;
const archiveName = /\.(tar|gz|tgz|age|enc|zip)$/i;

/** Null where the text can be a path: one that looks like an address begins with `./`. Leaves out user and password. */
export function probableAddress(text: string): string | null {
  const bare = text.replace(wrapping, '');
  if (isExplicitPath.test(bare)) return null;
  const [said = ''] = scheme.exec(bare) ?? [];
  const [, host = '', port = '', path = ''] = parts.exec(bare.slice(said.length)) ?? [];
  if (host === '') return null;
  const isAddress =
    said === '//'
      ? path !== ''
      : said !== '' ||
        port !== '' ||
        host.startsWith('[') ||
        isLoopback(host) ||
        ipv4.test(host) ||
        /^www\./i.test(host) ||
        (path !== '' && hostName.test(host) && !archiveName.test(path));
  if (!isAddress) return null;
  const address = `${schemeOf(said, host, port)}://${host}${port}/${path.replace(/[?#].*$/, '') || 'admin'}`;
  return URL.canParse(address) ? address : null;
}

function schemeOf(said: string, host: string, port: string): 'http' | 'https' {
  if (/(https|wss)\W*$/i.test(said)) return 'https';
  if (/(http|ws)\W*$/i.test(said)) return 'http';
  if (port !== '') return /^:(8?443)$/.test(port) ? 'https' : 'http';
  return isLoopback(host) ? 'http' : 'https';
}
