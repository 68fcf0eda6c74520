import type { Command } from 'commander';
import type { DocumentName } from '../../merge/selection.js';
import { TransferError } from '../../protocol/errors.js';
import type { MergeOptions } from '../../transfer/merge/options.js';
import { wholeNumber } from '../whole-number.js';

/** What a merge is told beyond the flags that every transfer has. */
export type MergeFlags = Pick<
  MergeOptions,
  | 'strategy'
  | 'documents'
  | 'since'
  | 'locales'
  | 'closure'
  | 'onConflict'
  | 'allowMissingLinks'
  | 'loseLinks'
>;

type Flags = Readonly<Record<string, unknown>>;

const collect = (text: string, before: readonly string[] | undefined) => [...(before ?? []), text];

export function addSelectionFlags(command: Command): Command {
  return command
    .option(
      '--documents <type:documentId>',
      'only these documents, with the files that they show; separated by commas, or given again',
      collect,
    )
    .option('--since <date>', 'only documents that were changed at this time or later')
    .option('--locale <codes>', 'only rows of these locales, and rows without one')
    .option('--closure <n>', 'what they point to comes, too, so many steps far (0)');
}

export function addConflictFlags(command: Command): Command {
  return command
    .option(
      '--on-conflict <which>',
      'where the document of the destination is newer: fail (default), replace it, or keep it',
    )
    .option('--allow-missing-links', 'leave out links to what neither comes nor stands there')
    .option(
      '--lose-links',
      'of a Strapi: lose the links of other documents that it cannot keep, which the plan names',
    );
}

const strategies = ['restore', 'merge', 'add'];

/**
 * What a merge is told; undefined where the strategy is none of a merge.
 * @param usual The strategy where no flag says it.
 * @throws TransferError INVALID_OPTION
 */
export function readMergeFlags(flags: Flags, usual: 'restore' | 'merge'): MergeFlags | undefined {
  const strategy = text(flags, 'strategy') ?? usual;
  if (!strategies.includes(strategy)) throw invalid('--strategy', strategy, 'use restore, merge or add');
  if (strategy !== 'merge' && strategy !== 'add') {
    refuseAny(flags, ofMerges, 'what was not chosen would be deleted. Give --strategy merge or add too');
    return undefined;
  }
  refuseAny(flags, ofRestores, 'a merge moves documents and their files. Choose with --only-content-types');
  const onConflict = text(flags, 'onConflict');
  if (onConflict !== undefined && !isOnConflict(onConflict))
    throw invalid('--on-conflict', onConflict, 'use fail, replace or keep');
  const closure = text(flags, 'closure');
  const since = text(flags, 'since');
  if (since !== undefined && Number.isNaN(new Date(since).getTime()))
    throw invalid('--since', since, 'write a date, such as 2026-11-30 or 2026-11-30T08:00:00Z');
  const documents = listOf(flags, 'documents')?.map(documentOf);
  const locales = listOf(flags, 'locale');
  return {
    strategy,
    ...(documents === undefined ? {} : { documents }),
    ...(since === undefined ? {} : { since }),
    ...(locales === undefined ? {} : { locales }),
    ...(closure === undefined ? {} : { closure: wholeNumber('--closure', closure) }),
    ...(onConflict === undefined ? {} : { onConflict }),
    ...(flags['allowMissingLinks'] === true ? { allowMissingLinks: true } : {}),
    ...(flags['loseLinks'] === true ? { loseLinks: true } : {}),
  };
}

type Named = readonly (readonly [flag: string, isGiven: (flags: Flags) => boolean])[];

const given = (name: string) => (flags: Flags) => flags[name] !== undefined;

/** Flags that say what of a merge; a transfer that replaces would delete all else. */
const ofMerges: Named = [
  ['--documents', given('documents')],
  ['--since', given('since')],
  ['--locale', given('locale')],
  ['--closure', given('closure')],
  ['--on-conflict', given('onConflict')],
  ['--allow-missing-links', given('allowMissingLinks')],
  ['--lose-links', given('loseLinks')],
  ['--no-backup', ({ backup }) => backup === false],
];

const ofRestores: Named = [
  ['--only', given('only')],
  ['--exclude', ({ exclude }) => exclude !== undefined && exclude !== 'media-library'],
  ['--strict', given('strict')],
];

function refuseAny(flags: Flags, named: Named, reason: string): void {
  for (const [flag, isGiven] of named) if (isGiven(flags)) throw invalid(flag, 'given', reason);
}

function documentOf(word: string): DocumentName {
  const [, type, documentId] = /^([\w-]+::[\w-]+\.[\w-]+):([^:\s]+)$/.exec(word) ?? [];
  if (type === undefined || documentId === undefined)
    throw invalid('--documents', word, 'write <type>:<documentId>, such as api::article.article:k3v9');
  return { type, documentId };
}

function listOf(flags: Flags, name: string): readonly string[] | undefined {
  const value = flags[name];
  if (value === undefined) return undefined;
  const words = (Array.isArray(value) ? value : [value])
    .flatMap((one: unknown) => String(one).split(','))
    .map((word) => word.trim())
    .filter((word) => word !== '');
  // A variable that is empty must not choose everything.
  if (words.length === 0)
    throw invalid(`--${name}`, 'empty', 'it would choose nothing. Leave it out to choose all');
  return words;
}

const text = (flags: Flags, name: string) =>
  typeof flags[name] === 'string' ? (flags[name] as string) : undefined;

const isOnConflict = (word: string): word is NonNullable<MergeFlags['onConflict']> =>
  ['fail', 'replace', 'keep'].includes(word);

const invalid = (option: string, value: string, reason: string) =>
  new TransferError('INVALID_OPTION', { option, value, reason });
