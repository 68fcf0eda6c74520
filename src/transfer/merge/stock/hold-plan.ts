import type { Changeset } from '../../../merge/changeset.js';
import { match } from '../../../merge/matching.js';
import type { LostLink } from '../../../merge/plan.js';
import { changesetOfPlan } from '../../../merge/planned-source.js';
import { type Planned, planMerge } from '../../../merge/planner.js';
import { TransferError } from '../../../protocol/errors.js';
import { isObject } from '../../../protocol/plain-object.js';
import type { TransferSource } from '../../../stores/store.js';
import { checkAgain } from './check-stock.js';
import { oneWayLinks } from './one-way-links.js';
import { isOfFiles } from './outgoing.js';
import type { StockMerge } from './stock-merge.js';

export interface HeldPlan {
  readonly planned: Planned;
  /** As it was planned; `standing` is what stood then. */
  readonly merge: StockMerge;
}

/**
 * Holds a plan against what stands when one of its phases begins: a person may have thought about it, and others may work there.
 * What an earlier phase has brought, files and their folders, is no difference.
 * @param now What the last pull has brought; open.
 * @param phase Counts from 0.
 * @throws TransferError DESTINATION_CHANGED
 */
export async function holdPlan(
  { planned, merge }: HeldPlan,
  now: TransferSource,
  phase: number,
): Promise<void> {
  const changed = (refusal?: TransferError) =>
    new TransferError(
      'DESTINATION_CHANGED',
      {
        ...{ what: 'What the plan concerns', end: merge.to.url },
        ...(refusal === undefined ? {} : { refusal: refusal.code }),
      },
      refusal,
    );
  const { selected, options } = planned;
  const again = await planMerge(selected, now, await match(selected, now), options);
  const [then, today] = [changesetOfPlan(planned), changesetOfPlan(again)];
  const isSame =
    phase === 0
      ? setText(then) === setText(today)
      : setText(ofDocuments(then)) === setText(ofDocuments(today)) && hasAll(today, then);
  if (!isSame) throw changed();
  const held = { ...merge, standing: now };
  const [lost, losing] = [await oneWayLinks(merge), await oneWayLinks(held)];
  if (keysOf(lost) !== keysOf(losing)) throw changed();
  try {
    await checkAgain(held, { files: phase === 0 });
  } catch (error) {
    // A new plan would be refused so.
    throw error instanceof TransferError && error.code.startsWith('MERGE_') ? changed(error) : error;
  }
}

/** What a changeset does to documents that are neither files nor folders. */
function ofDocuments({ plan, drops, unlinks }: Changeset) {
  const own = ({ type }: { readonly type: string }) => !isOfFiles(type);
  return {
    documents: plan.documents.filter(({ type, verb }) => verb !== 'keep' && !isOfFiles(type)),
    missing: plan.missing.filter(own),
    collisions: plan.collisions.filter(own),
    lost: plan.lost,
    drops: drops.filter(own),
    unlinks,
  };
}

/** Links may lead to more now: to the files that came. */
function hasAll({ expects }: Changeset, wanted: Changeset): boolean {
  const names = new Set(expects.map((one) => JSON.stringify(one)));
  return wanted.expects.every((one) => names.has(JSON.stringify(one)));
}

const keysOf = (lost: readonly LostLink[]) =>
  lost
    .filter(({ because }) => because === 'oneWay')
    .map((one) => JSON.stringify(one))
    .sort()
    .join('\n');

/** The same text for lists of the same members: a database answers with its rows in any order. */
function setText(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(setText).sort().join()}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? '';
  const fields = Object.keys(value).sort();
  return `{${fields.map((field) => `${JSON.stringify(field)}:${setText(value[field])}`).join()}}`;
}
