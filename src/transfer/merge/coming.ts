import type { MergePlan } from '../../merge/plan.js';
import type { TransferSource } from '../../stores/store.js';
import type { StockMerge } from './stock/stock-merge.js';

/** What a merge brings: it was planned right now, or is a changeset of an earlier plan. */
export interface Coming {
  readonly plan: MergePlan;
  /** What comes as the destination will have it, with the changeset in its metadata. */
  whole(): TransferSource;
  /** The same for a Strapi as it is, which gives ids of its own. @param standing What stands there, open. */
  forStock(standing: TransferSource): Promise<Pick<StockMerge, 'plan' | 'source'>>;
  /**
   * Holds the plan against what stands at a Strapi when one of its phases begins.
   * @throws TransferError DESTINATION_CHANGED
   */
  hold(now: TransferSource, at: HoldingAt): Promise<void>;
}

export interface HoldingAt {
  /** Counts from 0. What an earlier phase has brought, files and their folders, is no difference. */
  readonly phase: number;
  /** What people call the destination. */
  readonly end: string;
}
