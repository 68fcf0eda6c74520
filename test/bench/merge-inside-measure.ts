import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createDirectorySource } from '../../src/stores/index.js';
import { createMemoryStore } from '../../src/stores/memory.js';
import type { TransferSource } from '../../src/stores/store.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import { startStrapiWithPlugin } from '../inside/support/strapi-with-plugin.js';
import { article, oldName } from '../support/new-stories.js';

/** Merges of ten articles from a folder into a Strapi with the plugin that holds so many. Seconds, a figure for each round. */
export interface InsideMerge {
  readonly articles: number;
  readonly whole: readonly number[];
  /** Of the pull that plans it, and of the push. */
  readonly pull: readonly number[];
  readonly push: readonly number[];
}

const documents = Array.from({ length: 10 }, (_, n) => ({
  type: article,
  documentId: oldName('earticle', 100 * n),
}));

export async function mergesIntoPlugin(
  articles: number,
  rounds: number,
  scratch: string,
): Promise<InsideMerge> {
  const site = await startStrapiWithPlugin({ content: { articles, assetBytes: 3_000, assetCount: 3 } });
  const path = join(scratch, 'ten-articles');
  try {
    const store = createMemoryStore();
    await createTransfer({ from: site.adminUrl, fromToken: site.tokens.pull, to: store.destination() }).done;
    await createMerge({ from: store.source(), to: path, documents, closure: 1 }).done;
    const [whole, pull, push]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round <= rounds; round += 1) {
      const took = { destination: 0, changes: 0 };
      const began = performance.now();
      await createMerge({
        ...{ from: retitled(createDirectorySource({ path }), `Round ${round}`), documents },
        ...{ to: site.adminUrl, toToken: site.tokens.full, onConflict: 'replace' },
        onTransfer(transfer, { part }) {
          const since = performance.now();
          transfer.subscribe({
            complete() {
              if (part === 'destination' || part === 'changes') took[part] += performance.now() - since;
            },
          });
        },
      }).done;
      // The first round warms the code and is not kept.
      if (round === 0) continue;
      whole.push((performance.now() - began) / 1_000);
      pull.push(took.destination / 1_000);
      push.push(took.changes / 1_000);
    }
    return { articles, whole, pull, push };
  } finally {
    await site.stop();
    await rm(path, { recursive: true, force: true });
  }
}

/** So that each round replaces all of them. */
function retitled(
  { rowTexts: _, storedTexts: __, ...source }: TransferSource,
  title: string,
): TransferSource {
  return {
    ...source,
    async *rows(step) {
      for await (const rows of source.rows(step))
        yield rows.map((row) =>
          'data' in row && row.type === article ? { ...row, data: { ...row.data, title } } : row,
        );
    },
  };
}
