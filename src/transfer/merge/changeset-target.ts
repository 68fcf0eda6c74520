import { plannedSource } from '../../merge/planned-source.js';
import type { Planned } from '../../merge/planner.js';
import { TransferError } from '../../protocol/errors.js';
import type { DestinationLike } from '../ends.js';
import { linkOf } from './link-options.js';
import type { MergeOptions } from './options.js';
import type { MergeTarget } from './target.js';

/** Writes the plan to a changeset in the place of carrying it out; what the target would refuse is still refused. */
export function changesetTarget(
  target: MergeTarget,
  options: MergeOptions,
  changeset: DestinationLike,
): MergeTarget {
  let planned: Planned | null = null;
  return {
    ...target,
    async prepare(plan) {
      planned = plan;
      const changesNothing = plan.plan.documents.every(({ verb }) => verb === 'keep');
      const { lost } = changesNothing ? plan.plan : (await target.prepare(plan)).plan;
      return { phases: 1, plan: { ...plan.plan, lost }, verifies: false };
    },
    carryOut() {
      if (planned === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const { changesetKey: toKey } = options;
      return { ...linkOf(options), from: plannedSource(planned, options), to: changeset, toKey };
    },
  };
}
