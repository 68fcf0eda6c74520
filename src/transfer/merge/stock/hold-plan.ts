import type { LostLink } from '../../../merge/plan.js';
import { TransferError } from '../../../protocol/errors.js';
import type { TransferSource } from '../../../stores/store.js';
import type { Coming } from '../coming.js';
import { checkAgain } from './check-stock.js';
import { oneWayLinks } from './one-way-links.js';
import type { StockMerge } from './stock-merge.js';

export interface HeldPlan {
  readonly coming: Coming;
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
  { coming, merge }: HeldPlan,
  now: TransferSource,
  phase: number,
): Promise<void> {
  const end = merge.to.url;
  const changed = (refusal?: TransferError) =>
    new TransferError(
      'DESTINATION_CHANGED',
      {
        ...{ what: 'What the plan concerns', end },
        ...(refusal === undefined ? {} : { refusal: refusal.code }),
      },
      refusal,
    );
  await coming.hold(now, { phase, end });
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

/** The links in one direction that a plan loses, as a text; empty where it loses none. */
export const keysOf = (lost: readonly LostLink[]) =>
  lost
    .filter(({ because }) => because === 'oneWay')
    .map((one) => JSON.stringify(one))
    .sort()
    .join('\n');
