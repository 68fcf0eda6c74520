import type { RowOf, RowStep } from '../protocol/content.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';

/**
 * Copies the rows that stay from the version that stands into the one that is written: a text as it is, where both stores
 * keep texts, so that a number which JavaScript cannot hold stays what it was.
 */
export async function carryRows<S extends RowStep>(
  source: TransferSource,
  destination: TransferDestination,
  step: S,
  stays: (row: RowOf[S]) => boolean,
): Promise<void> {
  const writer = await destination.rowWriter(step);
  if (source.rowTexts !== undefined && writer.writeTexts !== undefined) {
    for await (const texts of source.rowTexts(step)) {
      // The source checked each text when it read it.
      const kept = texts.filter((text) => stays(JSON.parse(text) as RowOf[S]));
      if (kept.length > 0) await writer.writeTexts(kept);
    }
  } else {
    for await (const batch of source.rows(step)) {
      const kept = batch.filter(stays);
      if (kept.length > 0) await writer.write(kept);
    }
  }
  await writer.end();
}
