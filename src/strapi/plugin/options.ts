import { TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { isObject } from '../../protocol/plain-object.js';
import { createAddressOf } from '../../server/client-address.js';
import { checkServerLimits, defaultServerLimits, type ServerLimits } from '../../server/transfer-server.js';

/** What `config/plugins` may say under `ferry.config`. */
export interface FerryPluginOptions {
  /**
   * Whether Ferry takes Strapi's own routes, `/admin/transfer/runner/push` and `…/pull`. When false, Strapi keeps them and
   * Ferry's are `/ferry/transfer/runner/…`: clients are given `https://host/ferry`. @defaultValue true
   */
  readonly replaceBuiltIn?: boolean | undefined;
  /** What the endpoint takes; docs/server.md lists what comes of each. @defaultValue those of a server, `hookTimeout` 60000 ms */
  readonly limits?: Given<ServerLimits> | undefined;
  /**
   * Shows the charts at work on a page of this machine (127.0.0.1); a number is its port. Every user of this machine can
   * open it. @defaultValue false
   */
  readonly inspect?: boolean | number | undefined;
  /**
   * The proxies whose word for the address of a client counts, in the log and on the page: addresses and ranges. Strapi's own
   * `server.proxy` does not count here: it believes every client. @defaultValue none: the socket's peer
   */
  readonly trustedProxies?: readonly string[] | undefined;
  /** The one header that these proxies write. @defaultValue 'x-forwarded-for' */
  readonly forwardedHeader?: 'x-forwarded-for' | 'forwarded' | undefined;
}

/** The options, each with its value. */
export interface CheckedOptions {
  readonly replaceBuiltIn: boolean;
  readonly limits: ServerLimits;
  /** The port of the inspector's page; null without one. */
  readonly inspectPort: number | null;
  readonly trustedProxies: readonly string[];
  readonly forwardedHeader: NonNullable<FerryPluginOptions['forwardedHeader']>;
}

const known = ['replaceBuiltIn', 'limits', 'inspect', 'trustedProxies', 'forwardedHeader'];
const headers = ['x-forwarded-for', 'forwarded'] as const;
const inspectorPort = 4747;

/** A check of a token waits while a push is committed, which takes seconds. */
const hookTimeout = 60_000;

const invalid = (option: string, value: unknown, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value: words(value), reason });

/** A value of a file that a person wrote, short enough for a log. */
function words(value: unknown): string {
  const text = typeof value === 'string' ? `'${value}'` : (JSON.stringify(value) ?? String(value));
  return text.length > 60 ? `${text.slice(0, 59)}…` : text;
}

/** @throws TransferError INVALID_OPTION, which names the option and what it may be */
export function checkPluginOptions(given: unknown): CheckedOptions {
  if (given !== undefined && !isObject(given)) throw invalid('config', given, 'it must be an object');
  const { replaceBuiltIn = true, limits = {}, inspect = false, ...more } = given ?? {};
  const { trustedProxies = [], forwardedHeader = 'x-forwarded-for', ...others } = more;
  for (const option of Object.keys(others))
    throw invalid(option, others[option], `there is no such option; there are ${known.join(', ')}`);
  if (typeof replaceBuiltIn !== 'boolean')
    throw invalid('replaceBuiltIn', replaceBuiltIn, 'it must be true or false');
  return {
    replaceBuiltIn,
    limits: checkLimits(limits),
    inspectPort: checkInspect(inspect),
    trustedProxies: checkProxies(trustedProxies),
    forwardedHeader: checkHeader(forwardedHeader),
  };
}

function checkProxies(trustedProxies: unknown): readonly string[] {
  if (!Array.isArray(trustedProxies))
    throw invalid('trustedProxies', trustedProxies, 'it must be a list of addresses and ranges');
  const proxies: readonly string[] = trustedProxies.map(String);
  createAddressOf({ trustedProxies: proxies });
  return proxies;
}

function checkHeader(given: unknown): CheckedOptions['forwardedHeader'] {
  const header = headers.find((name) => name === given);
  if (header !== undefined) return header;
  throw invalid('forwardedHeader', given, `it must be ${headers.join(' or ')}`);
}

function checkLimits(limits: unknown): ServerLimits {
  if (!isObject(limits)) throw invalid('limits', limits, 'it must be an object');
  for (const name of Object.keys(limits)) {
    if (!Object.hasOwn(defaultServerLimits, name)) {
      const names = Object.keys(defaultServerLimits).join(', ');
      throw invalid(`limits.${name}`, limits[name], `there is no such limit; there are ${names}`);
    }
  }
  return checkServerLimits({ hookTimeout, ...limits });
}

function checkInspect(inspect: unknown): number | null {
  if (inspect === false) return null;
  if (inspect === true) return inspectorPort;
  if (Number.isInteger(inspect) && Number(inspect) > 0 && Number(inspect) <= 65_535) return Number(inspect);
  throw invalid('inspect', inspect, 'it must be true, false or a port from 1 to 65535');
}
