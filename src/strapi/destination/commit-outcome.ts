import type { Strapi } from '../strapi.js';
import { hasNote } from './journal.js';
import { inLockedTransaction } from './locked-transaction.js';

/** Milliseconds: a COMMIT under way, of a process that is gone, ends before. */
const patience = 30_000;

/**
 * Whether the rows of a push were committed. It waits for the transaction that may still be at it: asked before that has ended, the
 * database would answer no.
 * @throws TransferError STORE_IN_USE where it does not end
 */
export function wasCommitted(strapi: Strapi, id: string): Promise<boolean> {
  return inLockedTransaction(strapi, patience, (transaction) => hasNote(strapi, transaction, id));
}
