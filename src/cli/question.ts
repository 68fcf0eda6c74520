import type { Metadata } from '../protocol/content.js';
import { partCounted } from '../protocol/format.js';
import type { TransferSource } from '../stores/store.js';
import type { FilterOptions, Filters } from '../transfer/filters.js';
import { removalsOf } from '../transfer/removals.js';
import { describeDifferences, type SchemaDifference } from '../transfer/schema-diff.js';
import type { EndContents } from './end-contents.js';
import { asFlags } from './flag-words.js';
import type { Output } from './host.js';
import type { Prompts } from './prompts.js';
import { isCounted, removalLines } from './removal-words.js';

export type Decision = 'replace' | 'backup' | 'leave';

export interface ServerQuestion {
  readonly url: string;
  readonly filters: FilterOptions;
  readonly source: EndContents;
  readonly destination: EndContents;
  /** The name of the backup that can be had first; null where there is one. */
  readonly backup: string | null;
}

/** Asks whether a server's content may be replaced: says which server, what stands there, and what will be deleted. */
export async function askAboutServer(
  { url, filters, source, destination, backup }: ServerQuestion,
  out: Output,
  ask: Prompts,
): Promise<Decision> {
  const { host } = new URL(url);
  const removals = removalsOf({
    filters,
    source: source.schemas,
    destination: destination.schemas,
    counts: destination.counts,
  });
  writeList(out, `This deletes at ${host}${ofStrapi(destination.metadata)}:`, removalLines(removals));
  if (!isCounted(removals)) out.write('Not counted: a backup counts it, and so does --dry-run.\n');
  const sentence = `The transfer will delete existing data from ${host}! Are you sure you want to proceed?`;
  if (backup === null) return (await ask.confirm(sentence)) ? 'replace' : 'leave';
  const key = await ask.choose(sentence, [
    { value: 'n', label: 'No, change nothing' },
    { value: 'b', label: `Make a backup first: ${backup}; then ask again` },
    { value: 'y', label: 'Yes, replace it without a backup' },
  ]);
  return ({ n: 'leave', b: 'backup', y: 'replace' } as const)[key];
}

/** Asks whether a folder or an archive may be replaced, and says what of it will not be in the new one. */
export async function askAboutStore(
  path: string,
  missing: readonly string[],
  out: Output,
  ask: Prompts,
): Promise<Decision> {
  const sentence = `The transfer will delete existing data from ${path}! Are you sure you want to proceed?`;
  if (missing.length > 0) writeList(out, `The new ${path} will not hold of the old one:`, missing);
  return (await ask.confirm(sentence)) ? 'replace' : 'leave';
}

export function askAboutSchemas(
  differences: readonly SchemaDifference[],
  out: Output,
  ask: Prompts,
): Promise<boolean> {
  out.write(`${asFlags(describeDifferences(differences))}\n`);
  return ask.confirm(
    'There are differences in schema between the source and destination, and the data listed above will be lost. Are you sure you want to continue?',
  );
}

/** What the flags leave out of a folder or an archive that is replaced whole, a line each. */
export async function missingFrom(old: TransferSource, filters: Filters): Promise<readonly string[]> {
  const has = (step: Filters['steps'][number]) => filters.steps.includes(step);
  try {
    await old.open();
    return [
      ...partCounted(await countLeftOut(old, filters), 'row', 'rows'),
      ...(has('assets') ? [] : partCounted(await countAssets(old), 'file', 'files')),
      ...(has('configuration')
        ? []
        : partCounted(await countRows(old, 'configuration'), 'setting', 'settings')),
    ];
  } finally {
    await old.close();
  }
}

async function countLeftOut(old: TransferSource, filters: Filters): Promise<number> {
  if (!filters.steps.includes('entities')) return countRows(old, 'entities');
  let count = 0;
  for await (const batch of old.rows('entities')) {
    for (const row of batch) if (filters.verdictOf('entities', row) !== 'kept') count += 1;
  }
  return count;
}

async function countRows(old: TransferSource, step: 'entities' | 'configuration'): Promise<number> {
  let count = 0;
  for await (const batch of old.rows(step)) count += batch.length;
  return count;
}

async function countAssets(old: TransferSource): Promise<number> {
  let count = 0;
  for await (const _ of old.assets()) count += 1;
  return count;
}

function writeList(out: Output, head: string, lines: readonly string[]): void {
  out.write([head, ...lines.map((line) => `- ${line}`), ''].join('\n'));
}

function ofStrapi(metadata: Metadata | null): string {
  const version = metadata?.strapi?.version;
  return version === undefined ? '' : ` (Strapi ${version})`;
}
