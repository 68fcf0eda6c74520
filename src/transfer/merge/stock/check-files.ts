import { byteFields, fileNamesOf } from '../../../merge/file-names.js';
import { fileType } from '../../../protocol/clearing.js';
import type { Entity } from '../../../protocol/content.js';
import { TransferError } from '../../../protocol/errors.js';
import type { TransferSource } from '../../../stores/store.js';
import { examplesOf } from './examples.js';
import { sentDocuments } from './outgoing.js';
import { RowMap } from './row-map.js';
import type { StockMerge } from './stock-merge.js';

/**
 * A file that stands stays as it is, its bytes and its row; a new one overwrites none.
 * @throws TransferError MERGE_REPLACES_FILES, MERGE_FILE_NAME_TAKEN
 */
export async function checkFiles(merge: StockMerge): Promise<void> {
  const { strategy, plan, source, standing, to } = merge;
  const [added, met] = [new RowMap<true>(), new RowMap<Entity['id']>()];
  for (const { type, rows } of sentDocuments(merge).added)
    for (const { comes } of rows) if (type === fileType && comes !== undefined) added.set(type, comes, true);
  for (const { type, verb, rows } of plan.documents) {
    if (strategy === 'add' || type !== fileType || verb !== 'replace') continue;
    for (const { comes, stands } of rows)
      if (comes !== undefined && stands !== undefined) met.set(type, stands, comes);
  }
  if (added.isEmpty && met.isEmpty) return;

  const names = new Map<string, string>();
  const coming = new Map<Entity['id'], string>();
  for await (const row of filesOf(source)) {
    if (added.has(fileType, row.id))
      for (const name of fileNamesOf(row)) names.set(name, String(row.data['name']));
    else coming.set(row.id, bytesOf(row));
  }
  const [taken, other] = [new Set<string>(), new Set<string>()];
  for await (const row of filesOf(standing)) {
    for (const name of fileNamesOf(row)) if (names.has(name)) taken.add(`${names.get(name)} (${name})`);
    const comes = met.get(fileType, row.id);
    if (comes !== undefined && coming.get(comes) !== bytesOf(row)) other.add(String(row.data['name']));
  }
  const { url } = to;
  if (other.size > 0)
    throw new TransferError('MERGE_REPLACES_FILES', { url, count: other.size, examples: examplesOf(other) });
  if (taken.size > 0)
    throw new TransferError('MERGE_FILE_NAME_TAKEN', { url, count: taken.size, examples: examplesOf(taken) });
}

async function* filesOf(source: TransferSource): AsyncGenerator<Entity> {
  for await (const batch of source.rows('entities'))
    for (const row of batch) if (row.type === fileType) yield row;
}

/** What a row tells of the bytes of its file. */
const bytesOf = ({ data }: Entity): string => JSON.stringify(byteFields.map((field) => data[field] ?? null));
