import type { MergeMove } from '../../../machines/merge.machine.js';
import type { MergePlan } from '../../merge/plan.js';
import type { OnConflict } from '../../merge/planner.js';
import type { Selection } from '../../merge/selection.js';
import type { TransferDestination, TransferSource } from '../../stores/store.js';
import type { TransferActor } from '../create-transfer.js';
import type { DestinationLike, SourceLike } from '../ends.js';
import type { TransferOptions } from '../options.js';

/** A store that can be merged into: it is read, and written. A memory store is one. */
export interface MergeStore {
  /** A new source of what stands there. */
  source(): TransferSource;
  /** A new destination of the same store. */
  destination(): TransferDestination;
}

/** What is known of a merge when it is asked about. */
export interface ConfirmedMerge {
  /**
   * It goes into a Strapi as it is, which takes it in pushes of its own: what one of them has brought cannot be taken back. A
   * store and a server of Ferry's take a merge as a whole.
   */
  readonly isStrapi: boolean;
}

/** What is merged into what. */
export interface MergeOptions
  extends Selection,
    Omit<TransferOptions, 'from' | 'to' | 'only' | 'exclude' | 'force' | 'destinationCounts' | 'strict'> {
  /** Where the content comes from: a store, the admin URL of a server, or the path of a folder or archive. */
  readonly from: SourceLike;
  /**
   * What it is merged into: a store, the admin URL of a server, or the path of a folder or archive. The token of a server
   * needs pull and push: what stands is read first.
   */
  readonly to: MergeStore | string;
  /**
   * `merge`: documents that come take the place of those that stand. `add`: only documents and files come that the
   * destination lacks, and nothing there is changed. @defaultValue 'merge'
   */
  readonly strategy?: 'merge' | 'add' | undefined;
  /**
   * Which of two documents wins, where a row of the one at the destination was changed later (`updatedAt`): `fail` refuses
   * the merge (MERGE_CONFLICT). @defaultValue 'fail'
   */
  readonly onConflict?: OnConflict | undefined;
  /** Leave out links to documents that neither come nor stand; otherwise MISSING_LINKS. @defaultValue false */
  readonly allowMissingLinks?: boolean | undefined;
  /**
   * Of a Strapi: replace documents although rows that stay lose links to them, which the plan lists; otherwise
   * MERGE_LOSES_LINKS. @defaultValue false
   */
  readonly loseLinks?: boolean | undefined;
  /** Only plan it, and change nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined;
  /**
   * Writes the plan as a changeset to this folder or archive in the place of carrying it out: `applyChangeset` does that.
   * `to` stays as it is. A changeset replaces nothing (NOT_EMPTY). @defaultValue it is carried out
   */
  readonly changeset?: DestinationLike | undefined;
  /** Password of the encrypted archive in `changeset`. */
  readonly changesetKey?: string | undefined;
  /**
   * Asked before anything is changed; false ends the merge with ABORTED. The signal says that no answer is needed any more.
   * @defaultValue yes
   */
  readonly confirm?:
    | ((plan: MergePlan, signal: AbortSignal, about: ConfirmedMerge) => boolean | Promise<boolean>)
    | undefined;
  /** Given the chart of each transfer of the merge before it begins, to watch it. */
  readonly onTransfer?: ((transfer: TransferActor, move: MergeMove) => void) | undefined;
}

/** What changes what, by a changeset. */
export interface ApplyOptions
  extends Omit<
    MergeOptions,
    | keyof Selection
    | 'onlyContentTypes'
    | 'excludeContentTypes'
    | 'strategy'
    | 'onConflict'
    | 'allowMissingLinks'
    | 'changeset'
    | 'changesetKey'
    | 'fromToken'
    | 'fromProxy'
  > {
  /** The changeset: the path of a folder or an archive, or a store that holds one. */
  readonly from: SourceLike;
}
