import { nodeFiles } from '../ports/node-files.js';
import { checkAdminUrl, isServerUrl } from '../protocol/admin-url.js';
import { TransferError } from '../protocol/errors.js';
import { checkLinkOptions } from '../protocol/link.js';
import { checkRetryMessageOptions } from '../protocol/retry.js';
import { checkRead, isEncrypted } from '../transfer/end-names.js';
import { createFilters } from '../transfer/filters.js';
import { describeDifferences, type SchemaDifference } from '../transfer/schema-diff.js';
import { checkDestination, isTaken } from './ends.js';
import type { FlagOptions } from './flags.js';
import type { Host } from './host.js';
import { type Prompts, whyNotAsk } from './prompts.js';

export interface Answers {
  readonly options: FlagOptions;
  /** Asks whether to go on where the schemas differ; undefined where nobody is to be asked. */
  readonly confirmDifferences?: (differences: readonly SchemaDifference[]) => Promise<boolean>;
}

/**
 * Asks for what the flags leave open: tokens, passwords, and whether content may be replaced. The sentences are
 * Strapi's own. Where nobody can be asked it refuses and names the flag: it never waits for an answer.
 * @throws TransferError MISSING_TOKEN, NO_PASSWORD, NOT_CONFIRMED, ABORTED
 */
export async function answerQuestions(
  given: FlagOptions,
  flags: Readonly<Record<string, unknown>>,
  host: Host,
  prompts: Prompts,
): Promise<Answers> {
  const because = whyNotAsk(flags, host);
  const ask = because === null ? prompts : null;
  const options: FlagOptions = {
    ...given,
    ...(await tokenOf('from', given, ask)),
    ...(await tokenOf('to', given, ask)),
    ...(await keyOf('from', given, ask, because)),
    ...(await keyOf('to', given, ask, because)),
  };
  return {
    options: { ...options, force: await mayReplace(options, ask, because) },
    ...(ask === null || options.force === true || options.schemaStrategy !== undefined
      ? {}
      : { confirmDifferences: (differences) => confirmDifferences(differences, host, ask) }),
  };
}

/**
 * What cannot work is said before anything is asked, and before the ends are shown: a URL may hold a password.
 * @throws TransferError INVALID_URL, INVALID_OPTION, NOT_REPLACEABLE
 */
export async function checkOptions(
  options: FlagOptions,
  flags: Readonly<Record<string, unknown>>,
): Promise<void> {
  const { from, to, fromKey, toKey } = options;
  for (const end of [options.from, options.to]) if (isServerUrl(end)) checkAdminUrl(end);
  createFilters(options);
  checkLinkOptions(options.linkOptions);
  checkRetryMessageOptions(options.retryMessageOptions);
  const bare = (name: string) => (flags[name] === true ? true : undefined);
  checkRead(from, fromKey ?? bare('fromKey'), { end: '--from', key: '--from-key' });
  const key = flags['toKey'] === undefined ? 'STRAPI_TRANSFER_TO_KEY' : '--to-key';
  await checkDestination(to, toKey ?? bare('toKey'), { end: '--to', key }, nodeFiles);
}

async function tokenOf(
  end: 'from' | 'to',
  given: FlagOptions,
  ask: Prompts | null,
): Promise<Partial<FlagOptions>> {
  const name = `${end}Token` as const;
  const url = given[end];
  if (!isServerUrl(url) || given[name] !== undefined) return {};
  if (ask === null) {
    const variable = `STRAPI_TRANSFER_${end.toUpperCase()}_TOKEN`;
    throw new TransferError('MISSING_TOKEN', { url, flag: `--${end}-token`, variable });
  }
  const role = end === 'from' ? 'source' : 'destination';
  return { [name]: await ask.secret(`Please enter your transfer token for the remote Strapi ${role}`) };
}

/** The password of an archive that is encrypted by its name. */
async function keyOf(
  end: 'from' | 'to',
  given: FlagOptions,
  ask: Prompts | null,
  because: string | null,
): Promise<Partial<FlagOptions>> {
  const name = `${end}Key` as const;
  const path = given[end];
  if (given[name] !== undefined || !isEncrypted(path)) return {};
  if (ask !== null) {
    const sentence = end === 'from' ? 'Please enter your decryption key' : 'Please enter an encryption key';
    return { [name]: await ask.secret(sentence) };
  }
  throw new TransferError('NO_PASSWORD', {
    path,
    because,
    flag: `--${end}-key`,
    variable: `STRAPI_TRANSFER_${end.toUpperCase()}_KEY`,
  });
}

/** Whether what stands at the destination may be replaced. A folder refuses by itself where it may not. */
async function mayReplace(
  { to, force, dryRun }: FlagOptions,
  ask: Prompts | null,
  because: string | null,
): Promise<boolean> {
  if (force === true || dryRun === true) return force === true;
  if (!isServerUrl(to) && (ask === null || !(await isTaken(to, nodeFiles)))) return false;
  if (ask === null) throw new TransferError('NOT_CONFIRMED', { to, because });
  const place = isServerUrl(to) ? 'the remote Strapi' : to;
  const sentence = `The transfer will delete existing data from ${place}! Are you sure you want to proceed?`;
  if (await ask.confirm(sentence)) return true;
  throw new TransferError('ABORTED', { by: ' at the question: nothing was changed' });
}

function confirmDifferences(
  differences: readonly SchemaDifference[],
  { stdout }: Host,
  ask: Prompts,
): Promise<boolean> {
  stdout.write(`${describeDifferences(differences)}\n`);
  return ask.confirm(
    'There are differences in schema between the source and destination, and the data listed above will be lost. Are you sure you want to continue?',
  );
}
