import { join } from 'node:path';
import type { Strapi } from '../strapi.js';
import { readPlan } from './file-plan.js';
import { committedPushes, forgetCommit } from './journal.js';
import { moveLate, removeGoing, takeBack } from './move-files.js';
import type { UploadsPlace } from './place.js';
import type { OnStep } from './steps.js';

/**
 * Brings the files to where the rows are. Needs the lock, and no push under way. Where the rows of a push are committed, its files go
 * in place, the old ones go, and the note of the commit last. Where they are not, the files that moved early go.
 *
 * Each step may be done twice, and what says that it is due goes after it: so a kill at any moment leaves the rest to the next
 * call.
 * @returns the pushes whose rows are committed
 */
export async function settle(
  strapi: Strapi,
  place: UploadsPlace,
  onStep: OnStep,
): Promise<readonly string[]> {
  const plan = await readPlan(place);
  const committed = await committedPushes(strapi);
  if (plan !== undefined && committed.includes(plan.id)) {
    await onStep('replaceFiles');
    await moveLate(place, plan);
    await onStep('removeOldFiles');
    await removeGoing(place, plan);
  } else if (plan !== undefined) {
    await onStep('takeBackFiles');
    await takeBack(place, plan);
  }
  if (plan !== undefined) await onStep('removeStaging');
  await removeNotes(place);
  await removeStaged(place);
  if (committed.length > 0) await onStep('forgetCommit');
  for (const id of committed) await forgetCommit(strapi, id);
  return committed;
}

/** The plan first: without it no file is looked for. */
async function removeNotes({ files, plan, going, root }: UploadsPlace): Promise<void> {
  for (const file of [plan, going, `${plan}.new`, `${going}.new`]) await files.remove(file);
  if ((await files.look(root)) !== undefined) await files.syncDirectory(root);
}

async function removeStaged({ files, root, lock }: UploadsPlace): Promise<void> {
  for (const name of (await files.list(root)) ?? [])
    if (join(root, name) !== `${lock}.ferry`) await files.remove(join(root, name));
}
