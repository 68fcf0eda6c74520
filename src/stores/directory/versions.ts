import { join } from 'node:path';
import { isObject } from '../../protocol/plain-object.js';
import type { Place } from '../place/place.js';
import { isPresent } from '../place/presence.js';
import { uselessMarker } from '../place/sidecar.js';
import { systemCode } from '../store-error.js';

export interface CommitMarker {
  /** Identity of the version that stood in the folder; null where nothing stood there. */
  readonly from: string | null;
  /** Name, in `versions`, of the version that takes its place. */
  readonly to: string;
}

const identityName = /^\d{1,20}$/;
const draftName = /^new-[\w-]{1,64}$/;
const goneName = /^gone-[\w-]{1,64}$/;

/** Throws UNSAFE_STATE where it leads nowhere, or elsewhere: a user who brings a folder can bring a marker beside it. */
export async function readMarker(place: Place): Promise<CommitMarker | undefined> {
  const { files, sidecar, marker } = place;
  const info = await files.look(marker);
  if (info === undefined) return undefined;
  if (info.size > longestMarker) throw await uselessMarker(place, 'it is too long for a note of a commit');
  let bytes: Uint8Array;
  try {
    bytes = await files.read(marker, { inside: sidecar });
  } catch (error) {
    // Between the two calls the commit may have ended.
    if ((await files.look(marker)) === undefined) return undefined;
    throw error;
  }
  const value = objectIn(bytes);
  if (value === undefined) throw await uselessMarker(place, 'it holds no object of JSON');
  const { from, to } = value;
  if (from !== null && !(typeof from === 'string' && identityName.test(from)))
    throw await uselessMarker(place, 'its "from" is no version that stood in the folder');
  if (typeof to !== 'string' || !draftName.test(to))
    throw await uselessMarker(place, 'its "to" is no version that was written for the folder');
  return { from, to };
}

function objectIn(bytes: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Ours have some 50 bytes. */
const longestMarker = 4096;

/** Writes the marker whole or not at all: it is followed after a kill. */
export async function writeMarker({ files, marker, sidecar }: Place, content: CommitMarker): Promise<void> {
  const draft = `${marker}.new`;
  await files.write(draft, JSON.stringify(content)).catch(async (error) => {
    // A full disk may still have had room for the name: remove it.
    await files.remove(draft).catch(() => undefined);
    throw error;
  });
  await files.rename(draft, marker);
  await files.syncDirectory(sidecar);
}

export async function removeMarker({ files, marker, sidecar }: Place): Promise<void> {
  await files.remove(marker);
  await files.syncDirectory(sidecar);
}

export function asideOf({ versions }: Place, identity: string): string {
  return join(versions, identity);
}

/** Removes a version. It is renamed first, so that its name never leads to half a version, nor to a later one. */
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

async function isPinned(place: Place, identity: string): Promise<boolean> {
  for (const name of (await place.files.list(place.pins)) ?? []) {
    if (name.startsWith(`${identity}.`) && (await isPresent(place, place.pins, name, 'pin'))) return true;
  }
  return false;
}

export async function retireUnlessPinned(place: Place, identity: string): Promise<void> {
  // In this order: a reader pins, then makes sure that its version stands in the folder or that the marker names it.
  // So once it stands aside and no marker names it, every reader of it has a pin.
  if ((await place.files.stat(asideOf(place, identity))) === undefined) return;
  if ((await place.files.stat(place.marker)) !== undefined) return;
  if (!(await isPinned(place, identity))) await retire(place, identity);
}

/** Removes what dead processes pinned or did not finish removing. Needs no lock. */
export async function sweep(place: Place): Promise<void> {
  const { files, versions, pins } = place;
  for (const name of (await files.list(pins)) ?? []) {
    if (!(await isPresent(place, pins, name, 'pin'))) await files.remove(join(pins, name));
  }
  for (const name of (await files.list(versions)) ?? []) {
    if (goneName.test(name)) await files.remove(join(versions, name));
    else if (identityName.test(name)) await retireUnlessPinned(place, name);
  }
}
