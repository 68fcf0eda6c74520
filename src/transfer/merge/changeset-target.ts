import { withLost } from '../../merge/changeset.js';
import { TransferError } from '../../protocol/errors.js';
import type { DestinationLike } from '../ends.js';
import type { Coming } from './coming.js';
import { linkOf } from './link-options.js';
import type { MergeOptions } from './options.js';
import type { MergeTarget } from './target.js';

/** Writes the plan to a changeset in the place of carrying it out; what the target would refuse is still refused. */
export function changesetTarget(
  target: MergeTarget,
  options: MergeOptions,
  changeset: DestinationLike,
): MergeTarget {
  let written: Pick<Coming, 'plan' | 'whole'> | null = null;
  return {
    ...target,
    async prepare(coming) {
      const { plan } = coming;
      const changesNothing = plan.documents.every(({ verb }) => verb === 'keep');
      const { lost } = changesNothing ? plan : (await target.prepare(coming)).plan;
      written = { plan: { ...plan, lost }, whole: coming.whole };
      return { phases: 1, plan: written.plan, verifies: false };
    },
    carryOut() {
      if (written === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const { changesetKey: toKey } = options;
      const { plan, whole } = written;
      return { ...linkOf(options), from: withLost(whole(), plan.lost), to: changeset, toKey };
    },
  };
}
