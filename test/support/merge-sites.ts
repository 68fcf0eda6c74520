import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { type Model, type ModelRow, nameOf, types } from './merge-model.js';

/** A row that says little but its title. */
export const row = (title: string, more: Partial<ModelRow> = {}): ModelRow => ({
  ...{ title, updatedAt: '2026-01-01T00:00:00.000Z', slides: [], tags: [] },
  ...more,
});

export type Documents = readonly (readonly [
  type: string,
  documentId: string,
  rows: Readonly<Record<string, ModelRow>>,
])[];

export const model = (documents: Documents): Model => ({
  documents: new Map(
    documents.map(([type, documentId, rows]) => [
      nameOf(type, documentId),
      { type, documentId, rows: new Map(Object.entries(rows)) },
    ]),
  ),
});

export const article = (documentId: string) => nameOf(types.article, documentId);
export const tag = (documentId: string) => nameOf(types.tag, documentId);
export const file = (documentId: string) => nameOf(types.file, documentId);

/** All that a source holds. */
export async function contentIn(source: TransferSource): Promise<MemoryContent> {
  const copy = createMemoryStore();
  await createTransfer({ from: source, to: copy.destination() }).done;
  return copy.content();
}
