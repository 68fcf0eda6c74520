import { join } from 'node:path';
import { foldedName } from '../../stores/export/file-names.js';
import { uploadsFolder } from '../../stores/export/layout.js';
import type { Strapi } from '../strapi.js';
import { localProvider } from '../upload-provider.js';
import type { FilePlan } from './file-plan.js';
import { namedFiles } from './going-files.js';
import { stagedAt, type UploadsPlace } from './place.js';
import { eachUnnamed } from './unnamed-files.js';

export const stagedFiles = (place: UploadsPlace, id: string): string =>
  join(stagedAt(place, id), uploadsFolder);

/** Moves files among the uploads. What has moved already, before a kill, stays where it is. */
export async function moveInto(place: UploadsPlace, id: string, names: readonly string[]): Promise<void> {
  const { files, uploads } = place;
  const waiting = await waitingFiles(place, id);
  for (const name of names)
    if (waiting.has(name)) await files.rename(join(stagedFiles(place, id), name), join(uploads, name));
  await files.syncDirectory(uploads);
}

/** Of a push whose rows are committed: with those that should have moved before. */
export const moveLate = (place: UploadsPlace, { id, early, late }: FilePlan): Promise<void> =>
  moveInto(place, id, [...early, ...late]);

/** Takes away what moved early. What still waits was not moved, and what a row names is not the push's: both stay. */
export async function takeBack(strapi: Strapi, place: UploadsPlace, { id, early }: FilePlan): Promise<void> {
  const waiting = await waitingFiles(place, id);
  const moved = early.filter((name) => !waiting.has(name));
  await removeFiles(strapi, place, id, moved, []);
}

/** Removes the files of rows that went, but for those whose place a new file has, and for those that a row names. */
export const removeGoing = (
  strapi: Strapi,
  place: UploadsPlace,
  { id, early, late }: FilePlan,
  going: readonly string[],
): Promise<void> => removeFiles(strapi, place, id, going, [...early, ...late]);

async function removeFiles(
  strapi: Strapi,
  place: UploadsPlace,
  id: string,
  names: readonly string[],
  staying: readonly string[],
): Promise<void> {
  if (names.length === 0) return;
  const rows = { strapi, transaction: strapi.db.connection };
  const named = new Set([...(await namedFiles(rows, localProvider)), ...staying]);
  const folded = new Map([...named].map((name) => [foldedName(name), name]));
  const removal = { strapi, place, id, provider: localProvider, named };
  await eachUnnamed(
    removal,
    names,
    (name) => name,
    async (name) => {
      const similar = folded.get(foldedName(name));
      // A disk may hold both names as one file.
      if (similar === undefined || !(await isSameFile(place, name, similar))) await removeFile(place, name);
    },
  );
  await place.files.syncDirectory(place.uploads);
}

async function isSameFile({ files, uploads }: UploadsPlace, one: string, other: string): Promise<boolean> {
  const [first, second] = [await files.look(join(uploads, one)), await files.look(join(uploads, other))];
  return first !== undefined && first.id === second?.id;
}

async function removeFile({ files, uploads }: UploadsPlace, name: string): Promise<void> {
  const path = join(uploads, name);
  if ((await files.look(path))?.kind === 'file') await files.remove(path);
}

const waitingFiles = async (place: UploadsPlace, id: string): Promise<ReadonlySet<string>> =>
  new Set((await place.files.list(stagedFiles(place, id))) ?? []);
