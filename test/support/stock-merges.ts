import { match } from '../../src/merge/matching.js';
import type { MergePlan } from '../../src/merge/plan.js';
import { planMerge } from '../../src/merge/planner.js';
import { type Selection, select } from '../../src/merge/selection.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import type { StockMerge } from '../../src/transfer/merge/stock/stock-merge.js';

export async function opened(content: MemoryContent): Promise<TransferSource> {
  const source = createMemoryStore(content).source();
  await source.open();
  return source;
}

interface Planning {
  readonly strategy: StockMerge['strategy'];
  /** What comes, of what, to what. */
  readonly selection: Selection;
  readonly source: MemoryContent;
  readonly standing: MemoryContent;
  /** @default of a Strapi that is tried */
  readonly version?: string | null;
  readonly to?: StockMerge['to'];
}

/** A merge into a stock Strapi, planned, with everything open. */
export async function planned({
  strategy,
  selection,
  version = '5.54.0',
  to = { url: 'https://example.com/admin', token: 'secret-token' },
  ...ends
}: Planning): Promise<StockMerge & { readonly plan: MergePlan }> {
  const [source, standing] = [await opened(ends.source), await opened(ends.standing)];
  const selected = await select(source, selection, { only: [], exclude: [] });
  const { plan } = await planMerge(selected, standing, await match(selected, standing), {
    onConflict: 'replace',
    onlyAdds: strategy === 'add',
  });
  return { strategy, source, standing, plan, version, to };
}
