import type { TransferSource } from '../stores/store.js';
import type { Changeset } from './changeset.js';
import { createStaying } from './staying-rows.js';

export interface StandingOptions {
  /** What people call the destination. @defaultValue the name of the source */
  readonly end?: string;
  /** The destination gives what is new ids of its own: that others have taken those of the plan is no difference. @defaultValue false */
  readonly givesIds?: boolean;
  /** Types whose rows come; the others have come already. @defaultValue all */
  readonly concerns?: (type: string) => boolean;
}

/**
 * Reads the rows that come and those that stand once, before anything is written: whether a changeset can still be carried out.
 * @throws TransferError DESTINATION_CHANGED
 */
export async function checkStanding(
  coming: TransferSource,
  standing: TransferSource,
  changeset: Changeset,
  { end = standing.name, givesIds = false, concerns = () => true }: StandingOptions = {},
): Promise<void> {
  const schemas = (await standing.schemas()) ?? (await coming.schemas());
  const ends = { standing: schemas, coming: await coming.schemas(), end, givesIds };
  const staying = createStaying(changeset, ends);
  for await (const batch of coming.rows('entities'))
    for (const row of batch) if (concerns(row.type)) staying.written(row);
  staying.allCame();
  for await (const batch of standing.rows('entities')) for (const row of batch) staying.row(row);
  staying.rowsAreRead();
  for await (const batch of standing.rows('links')) for (const link of batch) staying.link(link);
  staying.linksAreRead();
}
