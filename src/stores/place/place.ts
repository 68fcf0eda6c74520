import { dirname, join } from 'node:path';
import { backgroundClock } from '../../ports/clock.js';
import { realIds } from '../../ports/ids.js';
import { nodeFiles } from '../../ports/node-files.js';
import { realProcesses } from '../../ports/processes.js';
import { TransferError } from '../../protocol/errors.js';
import type { StorePorts } from '../local-options.js';
import { systemCode } from '../store-error.js';
import { assertSidecarIsOurs } from './sidecar.js';

/**
 * A folder and what lies beside it:
 *
 *     <folder>                          the current version
 *     <folder>.ferry/
 *       versions/<identity>/            a version that was replaced, while a process still reads it
 *       versions/new-<id>/              a version being written
 *       versions/gone-<id>/             a version being removed
 *       pins/<identity>.<process>.<id>  that process reads that version
 *       writers/<process>.<id>          that process writes
 *       commit.json                     a version is being put in place (see commit.ts)
 *
 * A version that stands, or has stood, in the folder is known by the identity of its directory (its inode), which
 * renames do not change: so no file of Ferry has to lie in the folder, and a folder that another program put there is
 * a version like any other. An archive is a file where the folder would be: of these it has `versions/new-<id>`, a file,
 * and `writers` alone, since one rename replaces it, and a reader has it open. The files of `pins` and `writers` are empty: a name is made atomically, a content is not. They are
 * touched again and again, for processes that cannot see whether the process of the name lives (see presence.ts).
 */
export interface Place extends Ports {
  readonly given: string;
  /** Absolute, symbolic links resolved. */
  readonly folder: string;
  readonly sidecar: string;
  readonly versions: string;
  readonly pins: string;
  readonly writers: string;
  readonly marker: string;
}

export type Ports = { readonly [Name in keyof StorePorts]-?: NonNullable<StorePorts[Name]> };

export function portsOf(given: StorePorts): Ports {
  return {
    files: given.files ?? nodeFiles,
    ids: given.ids ?? realIds,
    processes: given.processes ?? realProcesses,
    clock: given.clock ?? backgroundClock,
  };
}

export async function placeOf(path: string, ports: Ports): Promise<Place> {
  const folder = await ports.files.realPath(path);
  const sidecar = `${folder}.ferry`;
  const place = {
    ...ports,
    given: path,
    folder,
    sidecar,
    versions: join(sidecar, 'versions'),
    pins: join(sidecar, 'pins'),
    writers: join(sidecar, 'writers'),
    marker: join(sidecar, 'commit.json'),
  };
  await assertSidecarIsOurs(place);
  return place;
}

/** How often something is tried that another process can disturb only by chance. */
const attempts = 32;

/** Runs `work`, which makes something beside the folder, again where another process removed the directory. */
export async function retryIfTidied<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (systemCode(error) !== 'ENOENT' || attempt === attempts) throw error;
    }
  }
}

/** Makes an empty file whose name is its content. */
export async function putName({ files }: Place, directory: string, name: string): Promise<string> {
  const file = join(directory, name);
  await retryIfTidied(async () => {
    await files.makeDirectory(directory);
    await files.write(file, '', { exclusive: true });
  }).catch(async (error) => {
    // Remove a name that could not be flushed: the caller fails, and the name would claim otherwise.
    if (systemCode(error) !== 'EEXIST') await files.remove(file).catch(() => undefined);
    throw error;
  });
  return file;
}

/** Returns what removes the folders that it made and that are still empty: a failed transfer leaves none. */
export async function makeParents(place: Place): Promise<() => Promise<void>> {
  const { files, folder } = place;
  const missing: string[] = [];
  for (let parent = dirname(folder); ; parent = dirname(parent)) {
    const standing = await files.stat(parent);
    if (standing?.kind === 'directory' || parent === dirname(parent)) break;
    if (standing !== undefined) {
      throw new TransferError('STORE_FAILED', { path: folder, reason: `${parent} is a file, not a folder` });
    }
    missing.push(parent);
  }
  if (missing.length > 0 && (await isLink(place))) {
    const reason = `it is a symbolic link to ${folder}, and ${missing.at(-1)} does not exist; mount or make what belongs there`;
    throw new TransferError('STORE_FAILED', { path: place.given, reason });
  }
  // The parents get the user's usual access: they hold no content.
  if (missing.length > 0) await files.makeDirectory(dirname(folder), { mode: 0o777 });
  return async () => {
    for (const parent of missing) await files.removeEmptyDirectory(parent);
  };
}

const isLink = async ({ files, given }: Place) => (await files.look(given))?.kind === 'link';

export async function absenceOf(place: Place): Promise<string> {
  if (!(await isLink(place))) return 'it does not exist';
  return `it is a symbolic link to ${place.folder}, which does not exist`;
}

/** Names of processes end at the next dot; see {@link putName}. */
export function processOf(name: string, part: 'writer' | 'pin'): string {
  return name.split('.')[part === 'writer' ? 0 : 1] ?? '';
}

export async function tidy({ files, versions, pins, writers, sidecar }: Place): Promise<void> {
  for (const directory of [versions, pins, writers, sidecar]) await files.removeEmptyDirectory(directory);
}

/** The next process that opens the store does what fails here: a failure must not turn a success into an error. */
export async function leaveToTheNext(work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch {
    // Nothing to tell: see above.
  }
}

export function inUse({ folder, processes }: Place, process: string): TransferError {
  const pid = process.split('-')[0];
  // The pid of a process that cannot be seen from here means nothing.
  const isForeign = processes.alive(process) === undefined;
  return new TransferError('STORE_IN_USE', {
    path: folder,
    pid: isForeign ? `${pid} of another container or machine` : pid,
  });
}
