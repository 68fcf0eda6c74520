import type { Changeset } from '../../../merge/changeset.js';
import { isOfFiles } from '../../../merge/identity.js';
import { match } from '../../../merge/matching.js';
import { changesetOfPlan } from '../../../merge/planned-source.js';
import { type Planned, planMerge } from '../../../merge/planner.js';
import { TransferError } from '../../../protocol/errors.js';
import { isObject } from '../../../protocol/plain-object.js';
import type { TransferSource } from '../../../stores/store.js';
import type { HoldingAt } from '../coming.js';

/**
 * Plans again, and compares: a person may have thought about the plan, and others may work there.
 * @throws TransferError DESTINATION_CHANGED
 */
export async function holdPlanned(
  { selected, options, ...planned }: Planned,
  now: TransferSource,
  { phase, end }: HoldingAt,
): Promise<void> {
  const again = await planMerge(selected, now, await match(selected, now), options);
  const [then, today] = [changesetOfPlan({ ...planned, selected, options }), changesetOfPlan(again)];
  const isSame =
    phase === 0
      ? setText(then) === setText(today)
      : setText(ofDocuments(then)) === setText(ofDocuments(today)) && hasAll(today, then);
  if (!isSame) throw new TransferError('DESTINATION_CHANGED', { what: 'What the plan concerns', end });
}

/** What a changeset does to documents that are neither files nor folders. */
function ofDocuments({ plan, drops, unlinks, inbound }: Changeset) {
  const own = ({ type }: { readonly type: string }) => !isOfFiles(type);
  return {
    documents: plan.documents.filter(({ type, verb }) => verb !== 'keep' && !isOfFiles(type)),
    missing: plan.missing.filter(own),
    collisions: plan.collisions.filter(own),
    lost: plan.lost,
    drops: drops.filter(own),
    unlinks,
    inbound: inbound.filter(own),
  };
}

/** Links may lead to more now: to the files that came. */
function hasAll({ expects }: Changeset, wanted: Changeset): boolean {
  const names = new Set(expects.map((one) => JSON.stringify(one)));
  return wanted.expects.every((one) => names.has(JSON.stringify(one)));
}

/** The same text for lists of the same members: a database answers with its rows in any order. */
function setText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(setText).sort().join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? '';
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${setText(value[field])}`).join()}}`;
}
