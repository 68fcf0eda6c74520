import type { RowStep } from '../protocol/content.js';
import type { TransferSource } from './store.js';

export async function* rowTextsOf(source: TransferSource, step: RowStep): AsyncGenerator<readonly string[]> {
  if (source.rowTexts !== undefined) {
    yield* source.rowTexts(step);
    return;
  }
  for await (const rows of source.rows(step)) yield rows.map((row) => JSON.stringify(row));
}
