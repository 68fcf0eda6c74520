import type { Changeset } from '../../../merge/changeset.js';
import { documentIdOf, placeKey, placeOf, rowKey } from '../../../merge/identity.js';
import type { Id, MergePlan } from '../../../merge/plan.js';
import type { Entity, RowOf, RowStep } from '../../../protocol/content.js';
import type { TransferSource } from '../../../stores/store.js';
import type { StockMerge } from './stock-merge.js';

/** Fields by which a row is found again. */
const naming = ['documentId', 'locale', 'publishedAt', 'code', 'name', 'hash'];

/**
 * A changeset as a merge into a Strapi takes it: its plan names the rows by their ids in the changeset, and its source has also the
 * rows that links of what comes lead to, as far as it takes to find them.
 * @param standing What stands at the Strapi; open. Its rows are read once.
 */
export async function forStock(
  source: TransferSource,
  { plan, expects }: Changeset,
  standing: TransferSource,
): Promise<Pick<StockMerge, 'plan' | 'source'>> {
  const wanted = new Set(expects.map(({ type, id }) => rowKey(type, id)));
  const found: Entity[] = [];
  for await (const batch of standing.rows('entities'))
    for (const { type, id, data } of batch) {
      if (!wanted.has(rowKey(type, id))) continue;
      const named = Object.entries(data).filter(([field]) => naming.includes(field));
      found.push({ type, id, data: Object.fromEntries(named) });
    }
  return {
    plan: await withOwnIds(plan, source),
    source: {
      ...source,
      async *rows<S extends RowStep>(step: S) {
        yield* source.rows(step);
        if (step === 'entities' && found.length > 0) yield found as readonly Entity[] as readonly RowOf[S][];
      },
    },
  };
}

/** The plan names rows by the ids that they had where they came from: the changeset has given them others. */
async function withOwnIds(plan: MergePlan, source: TransferSource): Promise<MergePlan> {
  const ids = new Map<string, Id[]>();
  for await (const batch of source.rows('entities'))
    for (const { type, id, data } of batch) {
      const key = JSON.stringify([type, documentIdOf(data), placeKey(placeOf({ type, data }))]);
      ids.set(key, [...(ids.get(key) ?? []), id]);
    }
  const idOf = (type: string, documentId: string, row: Parameters<typeof placeKey>[0]) =>
    ids.get(JSON.stringify([type, documentId, placeKey(row)]))?.shift();
  const documents = plan.documents.map((document) => {
    const { type, documentId, standsAs = documentId } = document;
    const rows = document.rows.map((row) => {
      if (row.verb !== 'add' && row.verb !== 'replace') return row;
      const comes = idOf(type, standsAs, row);
      return comes === undefined ? row : { ...row, comes };
    });
    return { ...document, rows };
  });
  return { ...plan, documents };
}
