import { isServerUrl } from '../protocol/admin-url.js';
import { TransferError } from '../protocol/errors.js';
import { isReadableOnTheWay } from '../protocol/loopback.js';
import type { Environment } from './host.js';

export interface TokenEnd {
  readonly end: string;
  readonly own: string | undefined;
  readonly variable?: string | undefined;
}

/**
 * The tokens of a command's two ends. --token and STRAPI_TRANSFER_TOKEN are for the one server of a command; of two
 * servers for the one at the origin of STRAPI_TRANSFER_URL, since no server may see another's token. Any flag goes before
 * any variable.
 * @param flag What was given as --token.
 * @throws TransferError AMBIGUOUS_TOKEN
 */
export function tokensOf(
  ends: readonly [TokenEnd, TokenEnd],
  flag: string | undefined,
  env: Environment,
): readonly [string | undefined, string | undefined] {
  const shared = env['STRAPI_TRANSFER_TOKEN'] || undefined;
  const [a, b] = ends.map(({ end }) => originOf(end)) as [string | null, string | null];
  const home = originOf(env['STRAPI_TRANSFER_URL'] ?? '');
  const areServers = a !== null && b !== null;
  const isFor = (origin: string | null) => origin !== null && (!areServers || origin === home);
  const tokenOf = ({ own, variable }: TokenEnd, origin: string | null) =>
    own ?? (isFor(origin) ? flag : undefined) ?? variable ?? (isFor(origin) ? shared : undefined);
  const tokens = [tokenOf(ends[0], a), tokenOf(ends[1], b)] as const;
  const given = flag === undefined ? 'STRAPI_TRANSFER_TOKEN' : '--token';
  const isUnused = (flag ?? shared) !== undefined && areServers && !isFor(a) && !isFor(b);
  if (isUnused && tokens.includes(undefined)) throw new TransferError('AMBIGUOUS_TOKEN', { given, a, b });
  return tokens;
}

/** The origin of a server; null for any other end, and for a wrong URL, which is refused elsewhere. */
function originOf(end: string): string | null {
  if (!isServerUrl(end) || !URL.canParse(end)) return null;
  const { protocol, origin } = new URL(end);
  return protocol === 'http:' || protocol === 'https:' ? origin : null;
}

export function tokenWarnings(ends: readonly string[]): readonly string[] {
  const origins = ends.map(originOf).filter((origin) => origin !== null);
  return [...new Set(origins)]
    .filter((origin) => isReadableOnTheWay(new URL(origin)))
    .map(
      (origin) =>
        `${origin} is http and another machine: everybody on the way can read the token and the content. Use https, or a tunnel such as ssh -L.`,
    );
}
