import { join } from 'node:path';
import { type FilePlan, readGoing, stagedFiles } from './file-plan.js';
import type { UploadsPlace } from './place.js';

/** As Strapi's own: others than its owner serve them. */
export async function moveEarly(place: UploadsPlace, { id, early }: FilePlan): Promise<void> {
  await moveInto(place, id, early);
}

/** Of a push whose rows are committed. What has moved already, before a kill, stays where it is. */
export async function moveLate(place: UploadsPlace, { id, early, late }: FilePlan): Promise<void> {
  await moveInto(place, id, [...early, ...late]);
}

async function moveInto(place: UploadsPlace, id: string, names: readonly string[]): Promise<void> {
  const { files, uploads } = place;
  const waiting = new Set((await files.list(stagedFiles(place, id))) ?? []);
  for (const name of names)
    if (waiting.has(name)) await files.rename(join(stagedFiles(place, id), name), join(uploads, name));
  await files.syncDirectory(uploads);
}

/** Takes away what moved early. What still waits was not moved: a file of its name is another's. */
export async function takeBack(place: UploadsPlace, { id, early }: FilePlan): Promise<void> {
  const { files, uploads } = place;
  const waiting = new Set((await files.list(stagedFiles(place, id))) ?? []);
  for (const name of early) if (!waiting.has(name)) await files.remove(join(uploads, name));
  await files.syncDirectory(uploads);
}

/** Removes the files of rows that went, but for those whose name a new file has. */
export async function removeGoing(place: UploadsPlace, { early, late }: FilePlan): Promise<void> {
  const { files, uploads } = place;
  const coming = new Set([...early, ...late]);
  for (const name of await readGoing(place)) {
    if (coming.has(name)) continue;
    const path = join(uploads, name);
    if ((await files.look(path))?.kind === 'file') await files.remove(path);
  }
  await files.syncDirectory(uploads);
}
