import type { Clock } from '../ports/clock.js';
import { nodeFiles } from '../ports/node-files.js';
import { isServerUrl } from '../protocol/admin-url.js';
import { alsoSaying, TransferError, toTransferError } from '../protocol/errors.js';
import type { TransferOptions, TransferResult } from '../transfer/create-transfer.js';
import { createFilters } from '../transfer/filters.js';
import type { SchemaDifference } from '../transfer/schema-diff.js';
import type { Asked } from './answers.js';
import { backUp, nameOfBackup, restoringCommand } from './backup.js';
import { messageAsTyped } from './better-words.js';
import {
  destinationAsSource,
  destinationContents,
  type EndContents,
  sourceContents,
} from './end-contents.js';
import { isTaken } from './ends.js';
import type { FlagOptions } from './flags.js';
import type { Output } from './host.js';
import type { Prompts } from './prompts.js';
import { askAboutSchemas, askAboutServer, askAboutStore, type Decision, missingFrom } from './question.js';
import type { Report } from './report/report.js';
import type { Runner } from './runner.js';
import { checkToken } from './token-check.js';

export interface Setting {
  readonly asked: Asked;
  readonly runner: Runner;
  readonly report: Report;
  readonly out: Output;
  readonly clock: Clock;
}

interface Kept {
  readonly contents: EndContents | null;
  readonly backup: string | null;
}

/**
 * Moves the content, in an order that loses nothing by mistake: it checks the token, reads or backs up what stands at
 * the destination, asks the person, and only then opens a push.
 * @throws TransferError NOT_CONFIRMED, ABORTED, SCHEMA_MISMATCH, and those of the transfer
 */
export async function replaceSafely(options: FlagOptions, setting: Setting): Promise<TransferResult> {
  if (options.dryRun === true) return rehearse(options, setting);
  if (!isServerUrl(options.to)) return replaceStore(options, setting);
  const { asked, runner, clock } = setting;
  const { backup, force } = options;
  if (force !== true && asked.ask === null) throw notConfirmed(options, asked);
  if (force !== true || backup !== undefined) {
    await runner.work('checking the token', (signal) => checkToken(options, clock, signal));
  }
  const before: Kept =
    backup === undefined ? { contents: null, backup: null } : await keep(options, backup, setting);
  const kept = force === true ? before : await settle(options, before, setting);
  try {
    return await push(options, kept, setting);
  } catch (thrown) {
    if (kept.backup === null) throw thrown;
    const restoreWith = restoringCommand(kept.backup, options.to);
    throw alsoSaying(toTransferError(thrown), { backup: kept.backup, restoreWith });
  }
}

async function rehearse(options: FlagOptions, { runner }: Setting): Promise<TransferResult> {
  const contents = isServerUrl(options.to) ? await destinationContents(options, 'rows', runner) : null;
  return runner.transfer(transferOf(options, contents));
}

async function replaceStore(options: FlagOptions, setting: Setting): Promise<TransferResult> {
  const { asked, runner, out } = setting;
  const { to, force } = options;
  const isAsked = asked.ask !== null && force !== true && (await isTaken(to, nodeFiles));
  if (isAsked) {
    const missing = await missingFrom(destinationAsSource(options), createFilters(options)).catch(
      (thrown: unknown) => [`anything, as far as can be told: ${messageAsTyped(toTransferError(thrown))}`],
    );
    refuseUnlessReplaced(await asking(setting, (ask) => askAboutStore(to, missing, out, ask)));
  }
  return runner.transfer({ ...transferOf(options, null), force: force === true || isAsked });
}

/** Asks until it is settled: a backup that is made at the question brings numbers, so the question comes again. */
async function settle(options: FlagOptions, before: Kept, setting: Setting): Promise<Kept> {
  const { runner, out, clock } = setting;
  let kept = before;
  let destination = kept.contents ?? (await destinationContents(options, 'schemas', runner));
  const source = await sourceContents(options, destination, runner);
  for (;;) {
    const { to: url, backupKey } = options;
    const backup = kept.backup === null ? nameOfBackup(url, backupKey, new Date()) : null;
    const decision = await asking(setting, (ask) =>
      askAboutServer({ url, filters: options, source, destination, backup }, out, ask),
    );
    if (decision !== 'backup' || backup === null) {
      refuseUnlessReplaced(decision);
      return kept;
    }
    await runner.work('checking the token', (signal) => checkToken({ ...options, backup }, clock, signal));
    kept = await keep(options, backup, setting);
    destination = kept.contents ?? destination;
  }
}

async function keep(options: FlagOptions, path: string, { runner, report }: Setting): Promise<Kept> {
  const { from, to, backupKey: key } = options;
  const place = { path, key };
  const contents = await backUp(options, place, { runner, report });
  report.began({ from, to, dryRun: false });
  return { contents, backup: path };
}

/** If the schemas differ, closes the push, asks the person, and goes on with a second push. */
async function push(options: FlagOptions, { contents }: Kept, setting: Setting): Promise<TransferResult> {
  const { asked, runner, out } = setting;
  const transfer = transferOf(options, contents);
  const { force, schemaStrategy } = options;
  try {
    return await runner.transfer(transfer);
  } catch (thrown) {
    const error = toTransferError(thrown);
    const mayAsk = asked.ask !== null && force !== true && schemaStrategy === undefined;
    if (error.code !== 'SCHEMA_MISMATCH' || !mayAsk) throw error;
    const differences = error.details['schemaDifferences'] as readonly SchemaDifference[];
    if (!(await asking(setting, (ask) => askAboutSchemas(differences, out, ask)))) throw error;
    return runner.transfer({ ...transfer, schemaStrategy: 'ignore' });
  }
}

async function asking<T>(
  { asked: { ask }, report }: Setting,
  question: (ask: Prompts) => Promise<T>,
): Promise<T> {
  if (ask === null)
    throw new TransferError('UNEXPECTED', { reason: 'a question without anybody to answer it' });
  report.pause();
  try {
    return await question(ask);
  } finally {
    report.resume();
  }
}

function transferOf(options: FlagOptions, contents: EndContents | null): TransferOptions {
  const { backup: _, backupKey: __, ...transfer } = options;
  const counts = contents?.counts ?? null;
  return counts === null ? transfer : { ...transfer, destinationCounts: counts };
}

function refuseUnlessReplaced(decision: Decision): void {
  if (decision !== 'replace')
    throw new TransferError('ABORTED', { when: 'at the question', because: 'nothing was changed' });
}

const notConfirmed = ({ to }: FlagOptions, { because }: Asked) =>
  new TransferError('NOT_CONFIRMED', { to, because });
