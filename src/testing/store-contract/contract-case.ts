import type { TransferDestination, TransferSource } from '../../stores/store.js';

/** A fresh, empty store. Each call of `source` and `destination` gives a new one of that same store. */
export interface StoreUnderTest {
  /** A source that reads what the store holds when it is opened. */
  source(): TransferSource;
  /** A destination that replaces what the store holds. */
  destination(): TransferDestination;
  /** Removes everything that the store has left behind. */
  readonly dispose?: (() => Promise<void>) | undefined;
}

/** One behaviour, to be run as one test. */
export interface ContractCase {
  /** The behaviour that the store must have. */
  readonly name: string;
  /** Rejects with an AssertionError if the store behaves otherwise. */
  run(): Promise<void>;
}

/** The behaviours of one subject, by their names. */
export type Cases = Readonly<Record<string, (store: StoreUnderTest) => Promise<void>>>;
