import type { RowOf, RowStep } from '../protocol/content.js';
import { parseJson } from '../protocol/json.js';
import { defaultLimits } from '../protocol/limits.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';

/** The rows of a source but for those whose texts say that they do not matter: these are not parsed. */
export async function* rowsThatConcern<S extends RowStep>(
  source: TransferSource,
  step: S,
  concerns: (text: string) => boolean,
): AsyncGenerator<readonly RowOf[S][]> {
  if (source.storedTexts === undefined) {
    yield* source.rows(step);
    return;
  }
  for await (const texts of source.storedTexts(step)) {
    const rows = texts.filter(concerns).map((text) => parseJson(text, defaultLimits) as RowOf[S]);
    if (rows.length > 0) yield rows;
  }
}

/**
 * Copies the rows that stay, as they stay, from the version that stands into the one that is written: a line as it is, where both stores
 * keep lines. So a number that JavaScript cannot hold stays what it was, and only the lines that `concerns` names are parsed.
 * @param staying The row as it stays; null for one that goes.
 * @param concerns Whether `staying` has to be asked. @default always
 */
export async function carryRows<S extends RowStep>(
  source: TransferSource,
  destination: TransferDestination,
  step: S,
  staying: (row: RowOf[S]) => RowOf[S] | null,
  concerns: (text: string) => boolean = () => true,
): Promise<void> {
  const writer = await destination.rowWriter(step);
  if (source.storedTexts !== undefined && writer.writeTexts !== undefined) {
    for await (const texts of source.storedTexts(step)) {
      const kept = texts.flatMap((text) => {
        if (!concerns(text)) return [text];
        const row = parseJson(text, defaultLimits) as RowOf[S];
        const stays = staying(row);
        return stays === null ? [] : [stays === row ? text : JSON.stringify(stays)];
      });
      if (kept.length > 0) await writer.writeTexts(kept);
    }
  } else {
    for await (const batch of source.rows(step)) {
      const kept = batch.flatMap((row) => staying(row) ?? []);
      if (kept.length > 0) await writer.write(kept);
    }
  }
  await writer.end();
}
