import type { TransferDestination, TransferSource } from '../stores/store.js';

/** What a server serves: a store to read from, a store to write to, made anew for each session. */
export interface ServedStores {
  /** What a pull reads; absent where nothing may be pulled. */
  readonly source?: () => TransferSource;
  /** What a push writes; absent where nothing may be pushed. */
  readonly destination?: () => TransferDestination;
}
