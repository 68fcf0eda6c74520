import type { RowOf } from '../protocol/content.js';
import type { TransferSource } from '../stores/store.js';
import { parseExactJson } from './exact-json.js';

const checked = { values: Number.POSITIVE_INFINITY, depth: Number.POSITIVE_INFINITY };

export async function* exactRows<S extends 'entities' | 'configuration'>(
  source: TransferSource,
  step: S,
): AsyncGenerator<readonly RowOf[S][]> {
  if (source.rowTexts === undefined) {
    yield* source.rows(step);
    return;
  }
  for await (const texts of source.rowTexts(step)) {
    // The source checked the rows and their limits when it read them.
    yield texts.map((text) => parseExactJson(text, checked) as RowOf[S]);
  }
}
