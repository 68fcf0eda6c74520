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
  const ends = { standing: schemas, coming: await coming.schemas(), end: standing.name };
  const staying = createStaying(changeset, ends);
  for await (const batch of coming.rows('entities')) for (const row of batch) staying.written(row);
  staying.allCame();
  for await (const batch of standing.rows('entities')) for (const row of batch) staying.row(row);
  staying.rowsAreRead();
  for await (const batch of standing.rows('links')) for (const link of batch) staying.link(link);
  staying.linksAreRead();
}
