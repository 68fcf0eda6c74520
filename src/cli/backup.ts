import { nodeFiles } from '../ports/node-files.js';
import { isServerUrl } from '../protocol/admin-url.js';
import type { Stage } from '../protocol/content.js';
import { alsoSaying, TransferError, toTransferError } from '../protocol/errors.js';
import { countContent } from '../transfer/content-counts.js';
import type { Transfer } from '../transfer/create-transfer.js';
import { checkWritten } from '../transfer/end-names.js';
import { destinationOf, sourceOf } from '../transfer/ends.js';
import { createFilters } from '../transfer/filters.js';
import { brokenStages, createSeal, type Seal, sealedDestination, sealedSource } from '../transfer/seal.js';
import { type EndContents, linked } from './end-contents.js';
import { isTaken } from './ends.js';
import type { FlagOptions } from './flags.js';
import { quoted } from './quoted.js';
import type { Report } from './report/report.js';
import type { Runner } from './runner.js';

type Flags = Readonly<Record<string, unknown>>;

export interface BackupPlace {
  readonly path: string;
  readonly key?: string | undefined;
}

/** A merge replaces what a Strapi cannot give back: unless --no-backup is said, it is backed up. */
export function withOwnBackup(options: FlagOptions, flags: Flags, now: Date): FlagOptions {
  const { merge, to, backup, dryRun, backupKey } = options;
  const needsOne = merge?.strategy === 'merge' && isServerUrl(to) && dryRun !== true;
  if (!needsOne || backup !== undefined || flags['backup'] === false) return options;
  const isEncrypted = backupKey !== undefined || flags['backupKey'] === true;
  return { ...options, backup: nameOfBackup(to, isEncrypted ? '' : undefined, now), backupIsOwn: true };
}

/** @throws TransferError INVALID_OPTION where the place cannot hold a backup */
export async function checkBackup({ to, backup, dryRun }: FlagOptions, flags: Flags): Promise<void> {
  const refused = (option: string, value: unknown, reason: string) =>
    new TransferError('INVALID_OPTION', { option, value, reason });
  const key = flags['backupKey'];
  if (backup === undefined) {
    if (key !== undefined) throw refused('--backup-key', 'alone', 'it is the password of a --backup');
    return;
  }
  const reason = isServerUrl(backup)
    ? 'a backup is a folder or an archive'
    : !isServerUrl(to)
      ? 'only a push to a server needs it. To keep what stands at a folder or an archive, copy it'
      : dryRun === true
        ? 'a dry run changes nothing. Leave one of the two out'
        : (await isTaken(backup, nodeFiles))
          ? 'something stands there, and a backup replaces nothing. Give another name'
          : null;
  if (reason !== null) throw refused('--backup', backup, reason);
  const bare = key === true ? key : undefined;
  checkWritten(backup, typeof key === 'string' ? key : bare, { end: '--backup', key: '--backup-key' });
}

/** `cms.example.com-2026-11-29-154930.tar.gz`; `.age` where there is a password for it. */
export function nameOfBackup(url: string, key: string | undefined, now: Date): string {
  const host = new URL(url).host.replace(/[^\w.-]+/g, '-').replace(/^-+/, '');
  const time = now.toISOString().slice(0, 19).replace('T', '-').replaceAll(':', '');
  return `${host}-${time}.tar.gz${key === undefined ? '' : '.age'}`;
}

/**
 * Pulls what stands at the destination into a backup, and reads it back. It resolves when what was read back is what
 * came.
 * @throws TransferError BACKUP_INCOMPLETE, BACKUP_DIFFERS, and those of the pull; each says that nothing was changed
 */
export async function backUp(
  options: FlagOptions,
  place: BackupPlace,
  { runner, report }: { readonly runner: Runner; readonly report: Report },
): Promise<EndContents> {
  const { to: url } = options;
  const written = createSeal();
  try {
    report.began({ from: url, to: place.path, dryRun: false, backup: true });
    await pull(options, place, written, runner);
    const contents = await runner.work(`reading ${place.path} back`, (signal) =>
      readBack(options, place, written, signal),
    );
    report.backedUp(place.path);
    return contents;
  } catch (thrown) {
    throw alsoSaying(toTransferError(thrown), { backupFailed: place.path });
  }
}

/** Pulls all that the push may replace: the flags that limit the push do not count here. */
async function pull(
  options: FlagOptions,
  { path, key }: BackupPlace,
  written: Seal,
  runner: Runner,
): Promise<void> {
  const { to: url, toToken, toProxy: fromProxy } = options;
  const settings = { restore: createFilters().restore, toKey: key };
  const from = { from: url, fromProxy, fromToken: toToken };
  const to = sealedDestination(destinationOf(path, settings), written);
  let lacks: string | null = null;
  const watch = (transfer: Transfer) =>
    watchReading(transfer, (message) => {
      lacks ??= message;
      transfer.abort();
    });
  try {
    await runner.transfer({ ...linked(options), ...from, to }, watch);
  } catch (error) {
    if (lacks === null) throw error;
    throw new TransferError('BACKUP_INCOMPLETE', { url, answer: lacks }, error);
  }
}

/** A Strapi that cannot read rows of a type only warns. Its other warnings are of content that it lacks itself. */
function watchReading({ actor }: Transfer, lack: (message: string) => void): void {
  let stage: Stage | null = null;
  actor.on('stage.started', ({ step }) => {
    stage = step;
  });
  actor.on('diagnostic.warning', ({ message }) => {
    if (stage === 'entities' || stage === 'configuration') lack(message);
  });
  actor.on('diagnostic.error', ({ message }) => lack(message));
}

async function readBack(
  options: FlagOptions,
  { path, key }: BackupPlace,
  written: Seal,
  signal: AbortSignal,
): Promise<EndContents> {
  const read = createSeal();
  const settings = { ...linked(options), fromKey: key };
  const source = sealedSource(sourceOf(path, settings), read);
  const letGo = () => void source.close();
  signal.addEventListener('abort', letGo, { once: true });
  try {
    await source.open();
    const [metadata, schemas] = [await source.metadata(), await source.schemas()];
    const counts = await countContent(source);
    for await (const asset of source.assets()) for await (const _ of asset.stream({ reuse: true }));
    for await (const _ of source.rows('configuration'));
    const stages = brokenStages(written, read);
    if (stages.length > 0)
      throw new TransferError('BACKUP_DIFFERS', { path, url: options.to, stages: stages.join(', ') });
    return { metadata, schemas, counts };
  } finally {
    signal.removeEventListener('abort', letGo);
    await source.close();
  }
}

export function restoringCommand(path: string, to: string): string {
  return `strapi-ferry transfer --from ${quoted(path)} --to ${quoted(to)} --force`;
}
