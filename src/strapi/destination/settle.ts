import { join } from 'node:path';
import { tell } from '../one-line.js';
import type { Strapi } from '../strapi.js';
import { wasCommitted } from './commit-outcome.js';
import { type FilePlan, idPattern, readGoing, readPlan, writePlan } from './file-plan.js';
import { deleteHeld } from './held-files.js';
import { forgetCommit } from './journal.js';
import { moveLate, removeGoing, takeBack } from './move-files.js';
import type { UploadsPlace } from './place.js';
import type { OnStep } from './steps.js';

/** What a push changes of a Strapi. */
export interface Site {
  readonly strapi: Strapi;
  readonly place: UploadsPlace;
  readonly onStep: OnStep;
}

export interface Settling {
  /** Aborted when this Strapi ends: a provider that hangs is waited for no longer. */
  readonly signal?: AbortSignal | undefined;
  /** The one push to settle; another's plan then stays. @default the plan that lies there, of any push */
  readonly own?: string;
}

/**
 * Brings the files to where the rows are, after a kill or a failure: needs the lock, and no push under way. Each step may be done
 * twice, and what says that it is due goes after it: so a kill or an abort at any moment leaves the rest to the next call.
 */
export async function settle(site: Site, { signal, own }: Settling): Promise<void> {
  const { strapi, place } = site;
  const plan = await readPlan(place);
  if (plan !== undefined && (own === undefined || plan.id === own)) {
    const isCommitted = plan.isOver || (await wasCommitted(strapi, plan.id));
    if (isCommitted) {
      await placeFiles(site, plan);
      for (const notice of await cleanUp(site, plan, signal)) tell(strapi, notice);
    } else await undo(site, plan, signal);
  }
  if (own === undefined) await removeAllStaged(place);
  else await removeStaged(place, own);
}

/** The rows of the push are committed: its files take their places. */
export async function placeFiles({ place, onStep }: Site, plan: FilePlan): Promise<void> {
  if (plan.isOver) return;
  await onStep('replaceFiles');
  await moveLate(place, plan);
}

/**
 * The rows are committed and the files stand: takes away the files that go, what came, and the note last.
 * @returns what to know of it, a sentence each
 */
export async function cleanUp(
  { strapi, place, onStep }: Site,
  plan: FilePlan,
  signal?: AbortSignal,
): Promise<readonly string[]> {
  const notices: string[] = [];
  if (!plan.isOver) {
    await onStep('removeOldFiles');
    const { names, held } = await readGoing(place);
    await removeGoing(strapi, place, plan, names);
    notices.push(...(await deleteHeld(strapi, place, plan, held, signal)));
  }
  await endFiles(place, plan);
  await onStep('removeStaging');
  await removeStaged(place, plan.id);
  await onStep('forgetCommit');
  await forgetCommit(strapi, plan.id);
  await removePlan(place, plan);
  return notices;
}

/** The rows are as they were: so are the files then. */
export async function undo(
  { strapi, place, onStep }: Site,
  plan: FilePlan,
  signal?: AbortSignal,
): Promise<void> {
  await onStep('takeBackFiles');
  await takeBack(strapi, place, plan);
  for (const notice of await deleteHeld(strapi, place, plan, plan.made, signal)) tell(strapi, notice);
  await endFiles(place, plan);
  await onStep('removeStaging');
  await removeStaged(place, plan.id);
  await removePlan(place, plan);
}

/** From here on no file is looked for; the plan still says which note is to be forgotten. */
async function endFiles(place: UploadsPlace, plan: FilePlan): Promise<void> {
  const { files, going, root } = place;
  if (!(await isStill(place, plan))) return;
  for (const file of [going, `${going}.new`]) await files.remove(file);
  await files.syncDirectory(root);
  await writePlan(place, { ...plan, early: [], late: [], made: [], isOver: true });
}

async function removePlan(place: UploadsPlace, own: FilePlan): Promise<void> {
  const { files, plan, root } = place;
  if (!(await isStill(place, own))) return;
  for (const file of [plan, `${plan}.new`]) await files.remove(file);
  await files.syncDirectory(root);
}

/** Where this process stood still, another may have settled the push: what lies there then is of the next one. */
const isStill = async (place: UploadsPlace, { id }: FilePlan): Promise<boolean> =>
  (await readPlan(place))?.id === id;

/** What came, and what the store that holds it keeps beside it. */
async function removeStaged({ files, root }: UploadsPlace, id: string): Promise<void> {
  for (const name of [id, `${id}.ferry`]) await files.remove(join(root, name));
}

/** Of pushes that were killed. What has another name than a push's is not Ferry's, and stays. */
async function removeAllStaged(place: UploadsPlace): Promise<void> {
  const { files, root, lock, going, plan } = place;
  const names = (await files.list(root)) ?? [];
  const isOfPush = (name: string) =>
    join(root, name) !== `${lock}.ferry` && idPattern.test(name.replace(/\.ferry$/, ''));
  for (const name of names.filter(isOfPush)) await files.remove(join(root, name));
  if (names.length > 0) for (const file of [going, `${going}.new`, `${plan}.new`]) await files.remove(file);
}
