import { join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import type { Ids } from '../../ports/ids.js';
import type { Processes } from '../../ports/processes.js';
import { TransferError } from '../../protocol/errors.js';
import { systemCode } from '../store-error.js';

/**
 * A folder and what lies beside it:
 *
 *     <folder>                          the current version
 *     <folder>.ferry/
 *       versions/<identity>/            a version that was replaced, while somebody still reads it
 *       versions/new-<id>/              a version being written
 *       versions/gone-<id>/             a version being removed
 *       pins/<identity>.<process>.<id>  somebody reads that version
 *       writers/<process>.<id>          somebody writes
 *       commit.json                     a version is being put in place (see commit.ts)
 *
 * A version that stands, or has stood, in the folder is known by the identity of its directory (its inode), which
 * renames do not change: so nothing of ours has to lie in the folder, and a folder that somebody else put there is
 * a version like any other. An archive is a file where the folder would be: of these it has `versions/new-<id>`, a file,
 * and `writers` alone, since one rename replaces it, and who reads it has it open. The files of `pins` and `writers` are empty: a name is made atomically, a content is not.
 */
export interface Place {
  readonly files: FileSystem;
  readonly ids: Ids;
  readonly processes: Processes;
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
  readonly beside: string;
  readonly versions: string;
  readonly pins: string;
  readonly writers: string;
  readonly marker: string;
}

export interface Ports {
  readonly files: FileSystem;
  readonly ids: Ids;
  readonly processes: Processes;
}

export async function placeOf(path: string, ports: Ports): Promise<Place> {
  const folder = await ports.files.realPath(path);
  const beside = `${folder}.ferry`;
  return {
    ...ports,
    folder,
    beside,
    versions: join(beside, 'versions'),
    pins: join(beside, 'pins'),
    writers: join(beside, 'writers'),
    marker: join(beside, 'commit.json'),
  };
}

/** How often something is tried that another process can disturb only by chance. */
const attempts = 32;

/** Runs `work`, which makes something beside the folder, again where its directory was tidied away meanwhile. */
export async function beside<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === attempts) throw error;
    }
  }
}

/** Makes an empty file that says by its name what it says. */
export async function putName({ files }: Place, directory: string, name: string): Promise<string> {
  const file = join(directory, name);
  await beside(async () => {
    await files.makeDirectory(directory);
    await files.write(file, '', { exclusive: true });
  }).catch(async (error) => {
    // A name that was made, but could not be flushed, would say what is not so.
    if (systemCode(error) !== 'EEXIST') await files.remove(file).catch(() => undefined);
    throw error;
  });
  return file;
}

/** Names of processes end at the next dot; see {@link putName}. */
export function processOf(name: string, part: 'writer' | 'pin'): string {
  return name.split('.')[part === 'writer' ? 0 : 1] ?? '';
}

/** Leaves nothing beside the folder that holds nothing. */
export async function tidy({ files, versions, pins, writers, beside }: Place): Promise<void> {
  for (const directory of [versions, pins, writers, beside]) await files.removeEmptyDirectory(directory);
}

/**
 * For work that makes nothing wrong if it is left undone, since the next who opens the store does it: its failure
 * must not turn what has succeeded into an error.
 */
export async function leaveToTheNext(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // Nothing to tell: see above.
  }
}

export function inUse(place: Place, process: string): TransferError {
  return new TransferError('STORE_IN_USE', { path: place.folder, pid: process.split('-')[0] });
}
