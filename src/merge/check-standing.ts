import type { TransferSource } from '../stores/store.js';
import type { Changeset } from './changeset.js';
import { createStaying } from './staying-rows.js';

/**
 * Reads the rows that come and those that stand once, before anything is written: whether a changeset can still be carried out.
 * @throws TransferError DESTINATION_CHANGED
 */
export async function checkStanding(
  coming: TransferSource,
  standing: TransferSource,
  changeset: Changeset,
): Promise<void> {
  const schemas = (await standing.schemas()) ?? (await coming.schemas());
  const staying = createStaying(changeset, schemas, standing.name);
  for await (const batch of coming.rows('entities')) for (const row of batch) staying.written(row);
  for await (const batch of standing.rows('entities')) for (const row of batch) staying.row(row);
  staying.rowsAreRead();
}
