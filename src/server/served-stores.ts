import type { TransferDestination, TransferSource } from '../stores/store.js';

/** What a server serves: a store to read from and a store to write to, one of each made for every session. */
export interface ServedStores {
  /**
   * What a pull reads, and what a push that leaves a part alone (`--only files`) copies that part from; absent where
   * nothing may be pulled: then such a push is refused.
   */
  readonly source?: (() => TransferSource) | undefined;
  /** What a push writes, of the same store; absent where nothing may be pushed. */
  readonly destination?: (() => TransferDestination) | undefined;
}
