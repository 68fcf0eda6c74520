import type { DocumentChange } from '../../../merge/plan.js';
import { TransferError } from '../../../protocol/errors.js';
import { assertClearable, type NamedDocument } from '../../../protocol/partial-clearing.js';
import { checkFiles } from './check-files.js';
import { examplesOf } from './examples.js';
import { oneWayLinks } from './one-way-links.js';
import { nameThere, sentDocuments } from './outgoing.js';
import { readsParams } from './probe.js';
import { RowMap } from './row-map.js';
import type { StockMerge } from './stock-merge.js';

/** Strapis into which a merge was tried, table by table (test/strapi/merge.strapi.test.ts). Another one is asked first. */
const tried: readonly string[] = ['5.54.0', '5.52.3'];

/** Values that a SQLite takes in one statement; a PostgreSQL takes 65,535. Tried on 5.54.0 and 5.52.3. */
const mostDocuments = 32_766;

/**
 * Refuses what a Strapi cannot do, from what was pulled alone.
 * @throws TransferError MERGE_NOT_CLEARABLE, MERGE_TOO_MANY_DOCUMENTS, MERGE_SPLITS_DOCUMENTS, MERGE_SHARED_IDS, MERGE_REPLACES_FILES,
 * MERGE_FILE_NAME_TAKEN, MERGE_LOSES_LINKS, MERGE_UNTRIED_VERSION where it tells none
 */
export async function checkStock(merge: StockMerge): Promise<void> {
  const { replaced } = sentDocuments(merge);
  for (const { type } of replaced) assertClearable(type);
  const { size: count } = new Set(replaced.map((document) => nameThere(document).documentId));
  if (count > mostDocuments)
    throw new TransferError('MERGE_TOO_MANY_DOCUMENTS', { url: merge.to.url, count, most: mostDocuments });
  await checkAgain(merge, { files: true });
  if (merge.version === null && replaced.length > 0) throw untried(merge, 'does not say which it is');
}

/**
 * What of that another pull may answer otherwise.
 * @param files New files have not come yet.
 */
export async function checkAgain(merge: StockMerge, { files }: { readonly files: boolean }): Promise<void> {
  if (files) await checkFiles(merge);
  const { replaced } = sentDocuments(merge);
  if (replaced.length === 0) return;
  await checkDocuments(merge, replaced);
  await checkLinks(merge);
}

/**
 * Asks a Strapi of a version that was not tried whether it deletes no more than it is told. One that does deletes within a
 * transaction, and undoes it: it is asked once the merge is confirmed.
 * @throws TransferError MERGE_UNTRIED_VERSION, and those of the way to the server
 */
export async function checkVersion(merge: StockMerge): Promise<void> {
  const [first] = sentDocuments(merge).replaced;
  if (first === undefined || (merge.version !== null && tried.includes(merge.version))) return;
  if (!(await readsParams(merge.to, first.type)))
    throw untried(merge, 'does not show that it deletes single documents');
}

/** Holds what would be deleted against what stands: the documents of the plan, whole, and no other. */
async function checkDocuments(
  { standing, to: { url } }: StockMerge,
  replaced: readonly DocumentChange[],
): Promise<void> {
  const types = new Set(replaced.map(({ type }) => type));
  const ids = new Set(replaced.map((document) => nameThere(document).documentId));
  const rows = new RowMap<true>();
  const named = new Set(replaced.map((document) => nameOf(nameThere(document))));
  for (const { type, rows: all } of replaced)
    for (const { verb, stands } of all)
      if (stands !== undefined && verb !== 'keep') rows.set(type, stands, true);

  const [split, shared] = [new Set<string>(), new Set<string>()];
  for await (const batch of standing.rows('entities'))
    for (const { type, id, data } of batch) {
      const { documentId } = data;
      if (typeof documentId !== 'string' || !types.has(type) || !ids.has(documentId)) continue;
      const name = nameOf({ type, documentId });
      if (!named.has(name)) shared.add(name);
      else if (!rows.has(type, id)) split.add(name);
    }
  if (shared.size > 0) throw new TransferError('MERGE_SHARED_IDS', { url, examples: examplesOf(shared) });
  if (split.size > 0)
    throw new TransferError('MERGE_SPLITS_DOCUMENTS', {
      ...{ url, count: split.size },
      examples: examplesOf(split),
    });
}

async function checkLinks(merge: StockMerge): Promise<void> {
  const lost = (await oneWayLinks(merge)).filter(({ because }) => because === 'oneWay');
  if (lost.length === 0 || merge.loseLinks === true) return;
  throw new TransferError('MERGE_LOSES_LINKS', {
    url: merge.to.url,
    count: lost.reduce((sum, { count }) => sum + count, 0),
    listed: lost
      .map(({ type, field, target, count }) => `${count} of ${type} (${field}) to ${target}`)
      .join(', '),
  });
}

const untried = ({ version, to }: StockMerge, reason: string) =>
  new TransferError('MERGE_UNTRIED_VERSION', {
    ...{ url: to.url, reason, version: version ?? 'of an unknown version' },
    tried: tried.join(', '),
  });

const nameOf = ({ type, documentId }: NamedDocument) => `${type}:${documentId}`;
