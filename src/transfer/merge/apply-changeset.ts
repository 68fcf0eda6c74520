import { type Changeset, changesetOf } from '../../merge/changeset.js';
import { checkStanding } from '../../merge/check-standing.js';
import { concernOfChangeset } from '../../merge/concern.js';
import type { MergePlan } from '../../merge/plan.js';
import { removeLeftScratch } from '../../ports/scratch-folder.js';
import { isServerUrl } from '../../protocol/admin-url.js';
import type { Concern } from '../../protocol/concern.js';
import { TransferError } from '../../protocol/errors.js';
import type { TransferSource } from '../../stores/store.js';
import { checkRead, checkWritten } from '../end-names.js';
import { sourceOf } from '../ends.js';
import { comingOfChangeset } from './changeset-coming.js';
import { checkSchemas } from './check-schemas.js';
import { type Merge, runMerge } from './create-merge.js';
import { localTarget } from './local-target.js';
import { countsOf, type MergeWork } from './merge-work.js';
import type { ApplyOptions } from './options.js';
import { createScratch } from './scratch.js';
import { serverTarget } from './server-target.js';

/**
 * Carries out a changeset, which `createMerge` with the option `changeset` has written, and begins at once: exactly what was
 * planned, or nothing (DESTINATION_CHANGED) where a row that it replaces, deletes or points to is not as it was then.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN before anything has begun
 */
export function applyChangeset(options: ApplyOptions): Merge {
  return runMerge(createApplyWork(options), options);
}

function createApplyWork(options: ApplyOptions): MergeWork {
  const { from, to } = options;
  if (typeof from === 'string' && isServerUrl(from)) {
    const reason = 'a changeset is a folder or an archive';
    throw new TransferError('INVALID_OPTION', { option: 'from', value: from, reason });
  }
  checkRead(from, options.fromKey);
  if (typeof to === 'string') checkWritten(to, options.toKey);
  const target = typeof to === 'string' && isServerUrl(to) ? serverTarget(options, to) : localTarget(options);
  const scratch = createScratch();
  let source: TransferSource | null = null;
  let isClosed = false;
  let changeset: Changeset | null = null;
  let concern: Concern | null = null;
  let plan: MergePlan | null = null;
  const opened = () => {
    if (source === null || changeset === null)
      throw new TransferError('UNEXPECTED', { reason: 'nothing was opened' });
    return { source, changeset };
  };

  return {
    pulls: { source: false, destination: target.isPulled },
    transferOf: ({ part, phase }) =>
      part === 'destination' ? target.pull(scratch.next(), concern) : target.carryOut(phase),
    async check(signal) {
      await removeLeftScratch();
      const looked = sourceOf(from, options);
      source = looked;
      await looked.open();
      // The merge may have been aborted, and its ends closed.
      if (isClosed) await looked.close();
      changeset = changesetOf(await looked.metadata(), looked.name);
      if (changeset === null) throw new TransferError('NO_CHANGESET', { from: looked.name });
      await target.check(signal);
    },
    async choose() {
      const coming = opened();
      if (target.takesConcern) concern = await concernOfChangeset(coming.source, coming.changeset);
    },
    async compare() {
      const coming = opened();
      const standing = await target.standing(concern);
      if (target.hasFixedTypes() && options.schemaStrategy !== 'ignore') {
        const types = coming.changeset.plan.documents.map(({ type }) => type);
        checkSchemas(types, await coming.source.schemas(), await standing.schemas());
      }
      // A server holds what it commits against the plan itself, and may give ids of its own.
      const how = { end: target.name, givesIds: target.isPulled };
      await checkStanding(coming.source, standing, coming.changeset, how);
    },
    async plan() {
      const coming = opened();
      plan = coming.changeset.plan;
      if (plan.documents.length === 0)
        return { counts: countsOf(plan), phases: 0, verifies: false, fetches: false };
      const carried = await target.prepare(comingOfChangeset(coming.source, coming.changeset));
      plan = carried.plan;
      const { phases, verifies } = carried;
      return { counts: countsOf(plan), phases, verifies, fetches: false };
    },
    planned: () => plan,
    isStrapi: () => target.isStock(),
    probe: () => target.probe(),
    verify: () => target.verify(),
    async close() {
      isClosed = true;
      await Promise.allSettled([source?.close(), target.close()]);
      await scratch.remove();
    },
  };
}
