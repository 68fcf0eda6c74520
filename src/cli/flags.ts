import { invalidUrl, isServerUrl } from '../protocol/admin-url.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferOptions } from '../transfer/create-transfer.js';
import { isEncrypted } from '../transfer/end-names.js';
import { type ContentGroup, contentGroups, uploadTypes } from '../transfer/filters.js';
import type { variables } from './environment.js';
import type { Environment } from './host.js';
import { contentLimitWords, readLimits } from './limits.js';
import { type MergeFlags, readMergeFlags } from './merge/merge-flags.js';
import { proxyOf } from './proxies.js';
import { tokensOf } from './tokens.js';
import { wholeNumber } from './whole-number.js';

/** A transfer's options as far as flags and environment give them; what is missing may still be asked for. */
export type FlagOptions = Omit<TransferOptions, 'from' | 'to'> & {
  readonly from: string;
  readonly to: string;
  /** A folder or an archive that is made of what stands at the destination, before anything is replaced. */
  readonly backup?: string;
  /** No flag has asked for it: a Strapi alone needs it. */
  readonly backupIsOwn?: true;
  readonly backupKey?: string;
  /** A folder or an archive that a plan is written to, in the place of carrying it out. */
  readonly out?: string;
  readonly outKey?: string;
  /** Given where what stands at the destination stays, beside what comes. */
  readonly merge?: MergeFlags;
};

/**
 * @param usual The strategy where no flag says it.
 * @throws TransferError INVALID_OPTION, INVALID_URL, MISSING_END, AMBIGUOUS_TOKEN
 */
export function readTransferFlags(
  flags: Record<string, unknown>,
  env: Environment,
  usual: 'restore' | 'merge' = 'restore',
): FlagOptions {
  const text = (name: string) => (typeof flags[name] === 'string' ? (flags[name] as string) : undefined);
  const fromEnv = (name: keyof typeof variables) => env[name] || undefined;
  const number = (name: string, flag: string) => {
    const value = text(name);
    return value === undefined ? undefined : wholeNumber(flag, value);
  };
  const backup = text('backup');
  const out = text('out');
  const strategy = text('schemaStrategy');
  if (strategy !== undefined && strategy !== 'strict' && strategy !== 'ignore') {
    throw invalid('--schema-strategy', strategy, 'use strict or ignore');
  }

  const ends = endsOf(text('from'), text('to'), fromEnv('STRAPI_TRANSFER_URL'));
  const [fromToken, toToken] = tokensOf(
    [
      { end: ends.from, own: text('fromToken'), variable: fromEnv('STRAPI_TRANSFER_FROM_TOKEN') },
      { end: ends.to, own: text('toToken'), variable: fromEnv('STRAPI_TRANSFER_TO_TOKEN') },
    ],
    text('token'),
    env,
  );
  return given({
    ...ends,
    fromToken,
    toToken,
    fromProxy: proxyOf(ends.from, env),
    toProxy: proxyOf(ends.to, env),
    fromKey: text('fromKey') ?? (isEncrypted(ends.from) ? fromEnv('STRAPI_TRANSFER_FROM_KEY') : undefined),
    // A user with a password in the environment does not expect readable content on the disk.
    toKey: text('toKey') ?? (isServerUrl(ends.to) ? undefined : fromEnv('STRAPI_TRANSFER_TO_KEY')),
    backup,
    backupKey:
      text('backupKey') ??
      (backup === undefined || isEncrypted(backup) ? fromEnv('STRAPI_TRANSFER_BACKUP_KEY') : undefined),
    out,
    outKey:
      text('outKey') ??
      (out !== undefined && isEncrypted(out) ? fromEnv('STRAPI_TRANSFER_OUT_KEY') : undefined),
    merge: readMergeFlags(flags, usual),
    ...filtersOf(text),
    force: flags['force'] === true,
    dryRun: flags['dryRun'] === true ? true : undefined,
    schemaStrategy: strategy,
    strict: flags['strict'] === true ? true : undefined,
    allowMissingFiles: flags['allowMissingFiles'] === true ? true : undefined,
    checksums: flags['checksums'] !== false,
    throttle: number('throttle', '--throttle'),
    retryMessageOptions: givenOrNone({
      retryMessageTimeout: number('retryMessageTimeout', '--retry-message-timeout'),
      retryMessageMaxRetries: number('retryMessageMaxRetries', '--retry-message-max-retries'),
    }),
    limits: givenOrNone(readLimits(flags['limit'], contentLimitWords)),
    connectionOptions: givenOrNone({
      heartbeatTimeout: number('heartbeatTimeout', '--heartbeat-timeout'),
      busyTimeout: number('busyTimeout', '--busy-timeout'),
    }),
  });
}

/** Never completes a transfer from a server: a destination that was forgotten must not become one that is replaced. */
function endsOf(from: string | undefined, to: string | undefined, url: string | undefined) {
  const standsIn = (other: string | undefined) => {
    if (other === undefined || isServerUrl(other) || url === undefined) return undefined;
    if (!isServerUrl(url))
      throw invalidUrl(url, 'STRAPI_TRANSFER_URL is the address of a server, never a folder');
    return url;
  };
  const ends = { from: from ?? standsIn(to), to: to ?? standsIn(from) };
  if (ends.from === undefined) throw new TransferError('MISSING_END', { flag: '--from' });
  if (ends.to === undefined) throw new TransferError('MISSING_END', { flag: '--to' });
  return { from: ends.from, to: ends.to };
}

function filtersOf(text: (name: string) => string | undefined) {
  const list = (name: string) =>
    text(name)
      ?.split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
  const groups = (words: readonly string[] | undefined, flag: string, more: string) =>
    words?.map((word) => {
      if ((contentGroups as readonly string[]).includes(word)) return word as ContentGroup;
      throw invalid(flag, word, `use ${contentGroups.join(', ')}${more}`);
    });
  const excluded = list('exclude');
  const withoutMedia = excluded?.includes('media-library') === true;
  const exclude = withoutMedia
    ? [...new Set([...excluded.filter((word) => word !== 'media-library'), 'files'])]
    : excluded;
  const types = list('excludeContentTypes');
  return {
    only: groups(list('only'), '--only', ''),
    exclude: groups(exclude, '--exclude', ', media-library'),
    onlyContentTypes: list('onlyContentTypes'),
    excludeContentTypes: withoutMedia ? [...new Set([...(types ?? []), ...uploadTypes])] : types,
  };
}

const invalid = (option: string, value: string, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value, reason });

type Present<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that were not given: an option that is absent has its default. */
function given<T extends object>(options: T): Present<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Present<T>;
}

function givenOrNone<T extends object>(options: T): Present<T> | undefined {
  const known = given(options);
  return Object.keys(known).length === 0 ? undefined : known;
}
