import { TransferError } from '../protocol/errors.js';
import type { TransferOptions } from '../transfer/create-transfer.js';
import { type ContentGroup, contentGroups } from '../transfer/filters.js';

/** The environment's part of the flags. */
export type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The command's flags as options of a transfer.
 * @throws TransferError INVALID_OPTION
 */
export function readTransferFlags(flags: Record<string, unknown>, env: Environment): TransferOptions {
  const text = (name: string) => (typeof flags[name] === 'string' ? (flags[name] as string) : undefined);
  const list = (name: string) =>
    text(name)
      ?.split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
  const number = (name: string, flag: string) => {
    const given = text(name);
    if (given === undefined) return undefined;
    // Number('') is 0, Number('0x10') is 16: only digits are meant.
    if (/^\d+$/.test(given)) return Number(given);
    throw new TransferError('INVALID_OPTION', {
      option: flag,
      value: given,
      reason: 'it must be a whole number',
    });
  };
  const groups = (name: string, flag: string) =>
    list(name)?.map((word) => {
      if ((contentGroups as readonly string[]).includes(word)) return word as ContentGroup;
      const reason = `use ${contentGroups.join(', ')}`;
      throw new TransferError('INVALID_OPTION', { option: flag, value: word, reason });
    });
  const strategy = text('schemaStrategy');
  if (strategy !== undefined && strategy !== 'strict' && strategy !== 'ignore') {
    const reason = 'use strict or ignore';
    throw new TransferError('INVALID_OPTION', { option: '--schema-strategy', value: strategy, reason });
  }

  return given({
    from: text('from') ?? '',
    to: text('to') ?? '',
    fromToken: text('fromToken') ?? env['STRAPI_TRANSFER_FROM_TOKEN'] ?? env['STRAPI_TRANSFER_TOKEN'],
    toToken: text('toToken') ?? env['STRAPI_TRANSFER_TO_TOKEN'] ?? env['STRAPI_TRANSFER_TOKEN'],
    only: groups('only', '--only'),
    exclude: groups('exclude', '--exclude'),
    onlyContentTypes: list('onlyContentTypes'),
    excludeContentTypes: list('excludeContentTypes'),
    force: flags['force'] === true,
    schemaStrategy: strategy,
    checksums: flags['checksums'] !== false,
    retryMessageOptions: givenOrNone({
      retryMessageTimeout: number('retryMessageTimeout', '--retry-message-timeout'),
      retryMessageMaxRetries: number('retryMessageMaxRetries', '--retry-message-max-retries'),
    }),
    linkOptions: givenOrNone({
      heartbeatTimeout: number('heartbeatTimeout', '--heartbeat-timeout'),
      busyTimeout: number('busyTimeout', '--busy-timeout'),
    }),
  });
}

type Given<T> = { [K in keyof T]: Exclude<T[K], undefined> };

/** Without the keys that were not given: an option that is absent has its default. */
function given<T extends object>(options: T): Given<T> {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)) as Given<T>;
}

function givenOrNone<T extends object>(options: T): Given<T> | undefined {
  const known = given(options);
  return Object.keys(known).length === 0 ? undefined : known;
}
