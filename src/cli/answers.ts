import { nodeFiles } from '../ports/node-files.js';
import { checkAdminUrl, isServerUrl } from '../protocol/admin-url.js';
import { checkConnectionOptions } from '../protocol/connection-options.js';
import { TransferError } from '../protocol/errors.js';
import { checkRetryMessageOptions } from '../protocol/retry.js';
import { checkToken } from '../protocol/token-fault.js';
import { checkDifferent, checkRead, isEncrypted } from '../transfer/end-names.js';
import { createFilters } from '../transfer/filters.js';
import { checkDestination } from './ends.js';
import type { FlagOptions } from './flags.js';
import type { Prompts } from './prompts.js';

export interface Asked {
  readonly ask: Prompts | null;
  /** In words that complete "the command cannot ask because". */
  readonly because: string | null;
}

/**
 * Asks for the tokens and passwords that the flags leave open. The sentences are Strapi's own. Where it cannot ask it
 * refuses and names the flag: it never waits for an answer.
 * @throws TransferError MISSING_TOKEN, NO_PASSWORD, ABORTED
 */
export async function answerSecrets(given: FlagOptions, asked: Asked): Promise<FlagOptions> {
  return {
    ...given,
    ...(await tokenOf('from', given, asked)),
    ...(await tokenOf('to', given, asked)),
    ...(await keyOf('from', given, asked)),
    ...(await keyOf('to', given, asked)),
    ...(await keyOf('backup', given, asked)),
    ...(await keyOf('out', given, asked)),
  };
}

/**
 * Refuses options that cannot work before anything is asked, and before the ends are shown: a URL may hold a password.
 * @throws TransferError INVALID_URL, INVALID_OPTION, SAME_SERVER, NOT_REPLACEABLE
 */
export async function checkOptions(
  options: FlagOptions,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { from, to, fromKey, toKey } = options;
  for (const end of [options.from, options.to]) if (isServerUrl(end)) checkAdminUrl(end);
  if (isServerUrl(from)) checkToken(options.fromToken, '--from-token');
  if (isServerUrl(to)) checkToken(options.toToken, '--to-token');
  checkDifferent(from, to);
  createFilters(options);
  checkConnectionOptions(options.connectionOptions);
  checkRetryMessageOptions(options.retryMessageOptions);
  const bare = (name: string) => (flags[name] === true ? true : undefined);
  checkRead(from, fromKey ?? bare('fromKey'), { end: '--from', key: '--from-key' });
  const key = flags['toKey'] === undefined ? 'STRAPI_TRANSFER_TO_KEY' : '--to-key';
  await checkDestination(to, toKey ?? bare('toKey'), { end: '--to', key }, nodeFiles);
}

async function tokenOf(
  end: 'from' | 'to',
  given: FlagOptions,
  { ask }: Asked,
): Promise<Partial<FlagOptions>> {
  const name = `${end}Token` as const;
  const url = given[end];
  if (!isServerUrl(url) || given[name] !== undefined) return {};
  if (ask === null) {
    const variable = `STRAPI_TRANSFER_${end.toUpperCase()}_TOKEN`;
    throw new TransferError('MISSING_TOKEN', { url, option: `--${end}-token`, variable });
  }
  const role = end === 'from' ? 'source' : 'destination';
  return { [name]: await ask.secret(`Please enter your transfer token for the remote Strapi ${role}`) };
}

async function keyOf(
  end: 'from' | 'to' | 'backup' | 'out',
  given: FlagOptions,
  { ask, because }: Asked,
): Promise<Partial<FlagOptions>> {
  const name = `${end}Key` as const;
  const path = given[end];
  if (path === undefined || given[name] !== undefined || !isEncrypted(path)) return {};
  if (ask !== null) return { [name]: await ask.secret(keySentences[end]) };
  throw new TransferError('NO_PASSWORD', {
    path,
    because,
    flag: `--${end}-key`,
    variable: `STRAPI_TRANSFER_${end.toUpperCase()}_KEY`,
  });
}

const keySentences = {
  from: 'Please enter your decryption key',
  to: 'Please enter an encryption key',
  backup: 'Please enter an encryption key for the backup',
  out: 'Please enter an encryption key for the changeset',
} as const;
