import type { RemoteOptions } from '../../../client/options.js';
import type { MergePlan } from '../../../merge/plan.js';
import type { TransferSource } from '../../../stores/store.js';
import type { EmbeddedOptions } from '../../options.js';

/**
 * A merge into a Strapi as it is. All sources are open, can be read again and again (`rereads`), and are closed by the caller.
 */
export interface StockMerge {
  /** `add`: what stands stays, whole. `merge`: documents of the plan take the place of those that stand. */
  readonly strategy: 'add' | 'merge';
  /** All of the source: the plan says which of its rows come; the others tell where links of those lead. */
  readonly source: TransferSource;
  /** What stands at the Strapi, its files left out or not. */
  readonly standing: TransferSource;
  readonly plan: MergePlan;
  /** What the Strapi says of itself. */
  readonly version: string | null;
  readonly to: RemoteOptions;
  /** Replace documents although rows that stay lose links to them. @defaultValue false */
  readonly loseLinks?: boolean;
}

/** One push of a merge. */
export interface Phase {
  /** `files`: the files of what comes, before the documents that show them. */
  readonly name: 'files' | 'documents';
  /** The Strapi must be pulled again first, without its files: the ids of what the phase before has brought are its own. */
  readonly needsPull: boolean;
  /**
   * What `createTransfer` is to be given. It runs once.
   * @param standing Opens what stands at the Strapi now, when the transfer begins; `merge.standing` where no pull is needed. It
   * asks nothing of the Strapi itself, whose connection waits for it.
   */
  transfer(standing: () => Promise<TransferSource>): EmbeddedOptions;
}
