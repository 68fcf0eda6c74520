import { dirname, join } from 'node:path';
import { leaveToTheNext, type Place } from '../place/place.js';
import {
  asideOf,
  type CommitMarker,
  readMarker,
  removeMarker,
  retireUnlessPinned,
  writeMarker,
} from './versions.js';

/*
 * A folder cannot be replaced in one rename, so it takes two, with a marker that says what is under way:
 *
 *   1. the marker is written: from here on the new version, complete and flushed, is what a recovery puts in place
 *   2. the folder is renamed aside, to versions/<its identity>
 *   3. versions/new-<id> is renamed to the folder: this is the commit
 *   4. the marker is removed
 *   5. the old version is removed, unless a process reads it
 *
 * A reader of the folder sees the old version until 2, nothing between 2 and 3, the new one from 3 on.
 */

/** Puts the version `to`, which must be flushed to the disk, in place of the folder. Needs the lock. */
export async function commitVersion(place: Place, to: string): Promise<void> {
  const from = (await place.files.stat(place.folder))?.id ?? null;
  const marker = { from, to };
  try {
    await writeMarker(place, marker);
    await exchange(place, marker);
  } catch (error) {
    // Put the old version back unless step 3 was done. If that fails too, the marker stays for the next process.
    const committed = (await resolveMarker(place, marker, 'undo').catch(() => 'no')) === 'committed';
    if (!committed) throw error;
  }
  await leaveToTheNext(() => removeMarker(place));
  if (from !== null) await leaveToTheNext(() => retireUnlessPinned(place, from));
}

/** Steps 2 and 3, each made durable before the next. */
async function exchange(place: Place, { from, to }: CommitMarker): Promise<void> {
  const { files, folder, versions } = place;
  if (from !== null && (await files.stat(folder)) !== undefined) {
    await files.rename(folder, asideOf(place, from));
    await files.syncDirectory(versions);
    await files.syncDirectory(dirname(folder));
  }
  await files.rename(join(versions, to), folder);
  await files.syncDirectory(dirname(folder));
  await files.syncDirectory(versions);
}

/**
 * Brings a commit that was cut off to one of its two ends, and removes the marker. Needs the lock.
 *
 * @param wish `finish` after a kill; `undo` where the caller is told of the failure. A commit that has come to
 *   step 3 is done either way.
 */
export async function resolveMarker(
  place: Place,
  marker: CommitMarker,
  wish: 'finish' | 'undo',
): Promise<'committed' | 'undone'> {
  const { files, folder, versions } = place;
  const standing = await files.stat(folder);
  const waiting = (await files.stat(join(versions, marker.to))) !== undefined;
  const aside = marker.from !== null && (await files.stat(asideOf(place, marker.from))) !== undefined;
  let outcome: 'committed' | 'undone' = 'undone';
  if (!waiting && standing !== undefined) {
    outcome = 'committed';
  } else if (standing !== undefined && standing.id !== marker.from) {
    // Another program has put a folder there since: leave it.
  } else if (waiting && wish === 'finish') {
    await exchange(place, marker);
    outcome = 'committed';
  } else if (standing === undefined && aside && marker.from !== null) {
    await files.rename(asideOf(place, marker.from), folder);
    await files.syncDirectory(dirname(folder));
    await files.syncDirectory(versions);
  }
  await removeMarker(place);
  return outcome;
}

/** After a kill: finishes what a marker says. Needs the lock. */
export async function finishCommit(place: Place): Promise<void> {
  const marker = await readMarker(place);
  if (marker !== undefined) await resolveMarker(place, marker, 'finish');
}
