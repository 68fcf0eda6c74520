import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import type { TransferSource } from '../../stores/store.js';
import { reasonOf } from '../../stores/store-error.js';
import { tell } from '../one-line.js';
import { isLocalProvider, uploadProvider } from '../upload-provider.js';
import { wasCommitted } from './commit-outcome.js';
import { assertRoom } from './disk-space.js';
import { type FilePlan, writeGoing, writePlan } from './file-plan.js';
import { filesHere } from './files-here.js';
import { filesWithProvider } from './files-with-provider.js';
import { stagedAt } from './place.js';
import type { PushWriter } from './push-writer.js';
import { cleanUp, placeFiles, type Site, undo } from './settle.js';
import { CommitInDoubt, writeContent } from './write-content.js';

export interface PushToApply extends Site {
  readonly push: PushWriter;
  readonly limits: Limits;
  /** Throws where the push may not be committed any more. */
  readonly assertMay: () => Promise<void>;
  readonly onTransaction: () => () => void;
  /** Of the Strapi, for people. */
  readonly name: string;
}

/**
 * Puts what came in the place of what stands. Up to the database's COMMIT a failure leaves the old rows and files; after it, the new
 * ones.
 * @returns what to know of it, a sentence each
 * @throws TransferError FILES_NOT_PLACED, COMMIT_IN_DOUBT
 */
export async function applyPush(work: PushToApply): Promise<readonly string[]> {
  const { strapi, name } = work;
  const { plan, notices } = await write(work);
  try {
    await placeFiles(work, plan);
  } catch (error) {
    throw new TransferError('FILES_NOT_PLACED', { path: name, reason: reasonOf(error) }, error);
  }
  const left = await cleanUp(work, plan).catch((error) => {
    // For the log alone: it names the disk's paths.
    tell(strapi, `old files could not be removed: ${reasonOf(error)}`);
    return ['some old files are left: the next push or start of the Strapi removes them'];
  });
  const all = [...notices, ...left];
  for (const notice of all) tell(strapi, notice);
  return all;
}

interface Written {
  readonly plan: FilePlan;
  readonly notices: readonly string[];
}

async function write(work: PushToApply): Promise<Written> {
  const { strapi, place, push, limits, assertMay, onStep, onTransaction, name } = work;
  const { id, restore, changeset } = push;
  const source: TransferSource = createDirectorySource({ ...place.ports, path: stagedAt(place, id), limits });
  const filesOf = isLocalProvider(uploadProvider(strapi)) ? filesHere : filesWithProvider;
  const coming = filesOf({ strapi, place, id, source });
  let plan: FilePlan | undefined;
  await onStep('check');
  await source.open();
  try {
    await assertRoom(strapi, place, id);
    await onStep('planFiles');
    plan = await coming.plan();
    // This process may have stood still, and the plan that lies there may be another's.
    await assertMay();
    await writePlan(place, plan);
    await onStep('addFiles');
    const placed = await coming.add(plan);
    const added = coming.begun(plan);
    // With what its provider says of each file: after a kill that is how it finds it.
    if (added !== plan) {
      await assertMay();
      await writePlan(place, added);
    }
    const notices = await writeContent({
      ...{ strapi, id, restore, changeset, source, assertMay, onStep, onTransaction, name },
      placed,
      replacing: plan.late,
      keepGoing: (going) => writeGoing(place, going),
    });
    return { plan, notices };
  } catch (error) {
    if (plan === undefined) throw error;
    return { plan, notices: await afterFailure(work, coming.begun(plan), error) };
  } finally {
    await source.close();
  }
}

/** The notices of a push that is committed after all; throws where it is not. */
async function afterFailure(work: PushToApply, plan: FilePlan, error: unknown): Promise<readonly string[]> {
  const { strapi, assertMay } = work;
  if (error instanceof CommitInDoubt) {
    if (await isCommitted(work, error.cause)) return error.notices;
  }
  // Where another process took over, what lies there is its own. Of a push that was given up the rollback does it.
  const isOurs = await assertMay().then(
    () => true,
    () => false,
  );
  if (isOurs)
    await undo(work, plan).catch((reason) => {
      tell(strapi, `new files are left behind until the next push or start: ${reasonOf(reason)}`);
    });
  throw error instanceof CommitInDoubt ? error.cause : error;
}

/** @throws TransferError COMMIT_IN_DOUBT where the database does not say: rows and files stay as they are until it does */
async function isCommitted({ strapi, push, name }: PushToApply, cause: unknown): Promise<boolean> {
  try {
    return await wasCommitted(strapi, push.id);
  } catch {
    throw new TransferError('COMMIT_IN_DOUBT', { path: name, reason: reasonOf(cause) }, cause);
  }
}
