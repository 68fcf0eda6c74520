import { join } from 'node:path';
import { type Place, processOf } from '../place/place.js';
import { systemCode } from '../store-error.js';

/** What stands in `commit.json` while a version is put in place. */
export interface CommitMarker {
  /** Identity of the version that stood in the folder; null where nothing stood there. */
  readonly from: string | null;
  /** Name, in `versions`, of the version that takes its place. */
  readonly to: string;
}

export async function readMarker({ files, marker }: Place): Promise<CommitMarker | undefined> {
  if ((await files.stat(marker)) === undefined) return undefined;
  try {
    return JSON.parse(new TextDecoder().decode(await files.read(marker))) as CommitMarker;
  } catch (error) {
    // Between the two calls the commit may have ended.
    if ((await files.stat(marker)) === undefined) return undefined;
    throw error;
  }
}

/** Whole or not at all: a marker is followed after a kill. */
export async function writeMarker({ files, marker, beside }: Place, content: CommitMarker): Promise<void> {
  const draft = `${marker}.new`;
  await files.write(draft, JSON.stringify(content)).catch(async (error) => {
    // On a full disk there is room for its name.
    await files.remove(draft).catch(() => undefined);
    throw error;
  });
  await files.rename(draft, marker);
  await files.syncDirectory(beside);
}

export async function removeMarker({ files, marker, beside }: Place): Promise<void> {
  await files.remove(marker);
  await files.syncDirectory(beside);
}

/** Where a version lies once another has taken its place. */
export function asideOf({ versions }: Place, identity: string): string {
  return join(versions, identity);
}

/** Removes a version. One rename first, so that a name never leads to half a version, nor to a later one. */
async function retire({ files, ids, versions }: Place, name: string): Promise<void> {
  const gone = join(versions, `gone-${ids.id()}`);
  try {
    await files.rename(join(versions, name), gone);
  } catch (error) {
    // Another process does the same.
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  await files.remove(gone);
}

async function isPinned({ files, pins, processes }: Place, identity: string): Promise<boolean> {
  const names = (await files.list(pins)) ?? [];
  return names.some((name) => name.startsWith(`${identity}.`) && processes.alive(processOf(name, 'pin')));
}

/** Removes the version if it was replaced and nobody reads it any more. */
export async function retireUnlessPinned(place: Place, identity: string): Promise<void> {
  // In this order: a reader pins, then makes sure that its version stands in the folder or that the marker names it.
  // So once it stands aside and no marker names it, whoever reads it is listed.
  if ((await place.files.stat(asideOf(place, identity))) === undefined) return;
  if ((await place.files.stat(place.marker)) !== undefined) return;
  if (!(await isPinned(place, identity))) await retire(place, identity);
}

/** Removes what dead processes pinned or did not finish removing. Needs no lock. */
export async function sweep(place: Place): Promise<void> {
  const { files, versions, pins, processes } = place;
  for (const name of (await files.list(pins)) ?? []) {
    if (!processes.alive(processOf(name, 'pin'))) await files.remove(join(pins, name));
  }
  for (const name of (await files.list(versions)) ?? []) {
    if (name.startsWith('gone-')) await files.remove(join(versions, name));
    else if (!name.startsWith('new-')) await retireUnlessPinned(place, name);
  }
}
