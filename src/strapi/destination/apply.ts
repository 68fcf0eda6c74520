import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import type { TransferSource } from '../../stores/store.js';
import { reasonOf } from '../../stores/store-error.js';
import type { Strapi } from '../strapi.js';
import { assertRoom } from './disk-space.js';
import { planFiles, writeGoing, writePlan } from './file-plan.js';
import { moveEarly } from './move-files.js';
import { stagedAt, type UploadsPlace } from './place.js';
import type { PushWriter } from './push-writer.js';
import { settle } from './settle.js';
import type { OnStep } from './steps.js';
import { writeContent } from './write-content.js';

export interface PushToApply {
  readonly strapi: Strapi;
  readonly place: UploadsPlace;
  readonly push: PushWriter;
  readonly limits: Limits;
  readonly onStep: OnStep;
  /** Of the Strapi, for people. */
  readonly name: string;
}

/**
 * Puts what came in the place of what stands. Up to the database's COMMIT a failure leaves the old rows and files; after it, the new
 * ones: that the rows were committed is read from the database, which alone knows.
 * @returns what to know of it, a sentence each
 */
export async function applyPush(work: PushToApply): Promise<readonly string[]> {
  const { strapi, place, push, onStep, name } = work;
  let notices: readonly string[] = [];
  let failure: { readonly error: unknown } | undefined;
  try {
    notices = await write(work);
  } catch (error) {
    failure = { error };
  }
  let committed: readonly string[];
  try {
    committed = await settle(strapi, place, onStep);
  } catch (error) {
    if (failure !== undefined) throw failure.error;
    throw new TransferError('FILES_NOT_PLACED', { path: name, reason: reasonOf(error) }, error);
  }
  if (failure !== undefined && !committed.includes(push.id)) throw failure.error;
  for (const notice of notices) strapi.log.warn(`[Ferry] ${notice}`);
  return notices;
}

async function write({ strapi, place, push, limits, onStep, name }: PushToApply): Promise<readonly string[]> {
  const { id, restore, changeset } = push;
  const source: TransferSource = createDirectorySource({
    ...place.ports,
    path: stagedAt(place, id),
    limits,
  });
  await onStep('check');
  await source.open();
  try {
    await assertRoom(strapi, place, id);
    await onStep('planFiles');
    const plan = await planFiles(place, id);
    await writePlan(place, plan);
    await onStep('addFiles');
    await moveEarly(place, plan);
    return await writeContent({
      ...{ strapi, id, restore, changeset, source, onStep, name },
      files: new Set([...plan.early, ...plan.late]),
      keepGoing: (names) => writeGoing(place, names),
    });
  } finally {
    await source.close();
  }
}
