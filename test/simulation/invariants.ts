import type { Fate } from '../../machines/lifecycle.machine.js';
import type { FileSystem } from '../../src/ports/files.js';
import { TransferError } from '../../src/protocol/errors.js';
import type { TransferDestination, TransferSource } from '../../src/stores/store.js';
import {
  contentOfFolder,
  describeFolder,
  type FolderContent,
  holdsAsMuch,
  isSameFolder,
} from './folder-content.js';
import { hasKind, type Schedule } from './schedule.js';

/** The process that opens the folder after the transfer. */
export interface NextProcess {
  readonly disk: FileSystem;
  readonly source: TransferSource;
  readonly destination: TransferDestination;
}

/** The folder to check, and what it may hold. */
export interface FoldersOptions {
  readonly schedule: Schedule;
  readonly outcome: string;
  /** The fate of the transfer according to the server; null if the server is dead. */
  readonly fate: Fate | null;
  /** The process that wrote the folder is dead. */
  readonly wasKilled: boolean;
  readonly path: string;
  readonly disk: FileSystem;
  readonly old: FolderContent;
  readonly fresh: FolderContent;
  /** Called once the disk has been checked as it is. */
  readonly next: () => NextProcess;
}

/** What a folder may hold, by the faults of a schedule. */
function readerOf({ schedule, old, fresh }: Pick<FoldersOptions, 'schedule' | 'old' | 'fresh'>) {
  const isSame = (one: FolderContent, other: FolderContent) =>
    isSameFolder(one, other, hasKind(schedule, 'drop', 'reorder', 'corrupt'));
  /** The changed byte may belong to a row, or to the id of a pull's batch, which then comes again. */
  const mayDiffer = (folder: FolderContent) =>
    hasKind(schedule, 'corrupt') &&
    folder !== null &&
    !isSame(folder, old) &&
    holdsAsMuch(folder, fresh, schedule.direction === 'pull');
  return (folder: FolderContent) => {
    if (isSame(folder, fresh) || mayDiffer(folder)) return 'new';
    return isSame(folder, old) ? 'old' : 'neither';
  };
}

/** Gives the violations of a folder whose process lives on. */
export async function faultAsItStands(
  options: Pick<FoldersOptions, 'schedule' | 'outcome' | 'path' | 'disk' | 'old' | 'fresh'>,
): Promise<readonly string[]> {
  const folder = await contentOfFolder(options.disk, options.path);
  const is = readerOf(options)(folder);
  if (is === 'neither') return [`the folder is neither old nor new: ${describeFolder(folder)}`];
  return options.outcome === 'completed' && is === 'old' ? ['completed, and the folder is old'] : [];
}

/**
 * Gives the violations. The folder must hold the old or the new content, never a mix, and nothing may be left beside
 * it. It must hold the new content if the client was told so, even after a power cut.
 */
export async function faultOfFolders(options: FoldersOptions): Promise<readonly string[]> {
  const { schedule, outcome, fate, wasKilled, path } = options;
  const faults: string[] = [];
  const read = readerOf(options);

  const asItWas = await contentOfFolder(options.disk, path);
  // Between the two renames of a commit the folder is missing for a reader that does not know the store.
  if (read(asItWas) === 'neither' && !(wasKilled && asItWas === null))
    faults.push(`the folder is neither old nor new: ${describeFolder(asItWas)}`);
  if (!wasKilled && (await options.disk.stat(`${path}.ferry`)) !== undefined)
    faults.push('something is left beside the folder');

  const next = options.next();
  faults.push(...(await recover(next, schedule)));
  const recovered = await contentOfFolder(next.disk, path);
  const is = read(recovered);
  if (is === 'neither') faults.push(`after recovery it is neither old nor new: ${describeFolder(recovered)}`);
  if ((await next.disk.stat(`${path}.ferry`)) !== undefined)
    faults.push('something is left beside the folder after recovery');
  if (outcome === 'completed' && is !== 'new') faults.push(`completed, and the folder is ${is}`);
  if (schedule.direction === 'push' && fate !== null && (fate === 'completed') !== (is === 'new'))
    faults.push(`the server says ${fate}, and the folder is ${is}`);
  return faults;
}

/** Opens the store to read or to write, which recovers it. */
async function recover({ source, destination }: NextProcess, { seed }: Schedule): Promise<readonly string[]> {
  try {
    if (seed % 2 === 0) {
      await source.open().catch((error: unknown) => {
        if (!(error instanceof TransferError) || error.code !== 'NOT_AN_EXPORT') throw error;
      });
      await source.close();
    }
    // The dead process must no longer hold the lock of the folder.
    await destination.open();
    await destination.close();
    return [];
  } catch (error) {
    return [`it cannot be recovered: ${error instanceof Error ? error.stack : error}`];
  }
}
