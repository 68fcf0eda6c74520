import type { RemoteOptions } from '../../../client/options.js';
import { createStockDestination } from '../../../client/remote-destination.js';
import { TransferError } from '../../../protocol/errors.js';
import { PartialClearing, unknownColumn } from '../../../protocol/partial-clearing.js';

/**
 * Whether a Strapi reads which rows it is to delete: asked for those with a value in a column that its database does not have, it
 * answers with the database's error. One that does not read it deletes the type within a transaction, which is rolled back.
 */
export async function readsParams(to: RemoteOptions, type: string): Promise<boolean> {
  const destination = createStockDestination(to, PartialClearing.probe(type));
  try {
    await destination.open();
    await destination.metadata();
    await destination.prepare({ steps: [], metadata: null, schemas: null });
    return false;
  } catch (error) {
    if (error instanceof TransferError && error.message.includes(unknownColumn)) return true;
    throw error;
  } finally {
    await destination.rollback();
    await destination.close();
  }
}
