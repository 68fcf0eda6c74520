import type { TransferDestination } from '../../stores/store.js';

/** Which transfers have begun their commit: it goes on to its end, so they cannot be stopped any more. */
export interface Commits {
  /** The same destination, whose commit is of this transfer. */
  watched(destination: TransferDestination, id: string): TransferDestination;
  /** From the beginning of its commit on, unless that failed. */
  hasBegun(id: string): boolean;
  /** The transfer is over. */
  forget(id: string): void;
}

export function createCommits(): Commits {
  const begun = new Set<string>();
  return {
    watched: (destination, id) => ({
      ...destination,
      async commit() {
        begun.add(id);
        try {
          await destination.commit();
        } catch (error) {
          begun.delete(id);
          throw error;
        }
      },
    }),
    hasBegun: (id) => begun.has(id),
    forget: (id) => void begun.delete(id),
  };
}
