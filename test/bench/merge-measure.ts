import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createRemoteSource } from '../../src/client/remote-source.js';
import { createDirectoryDestination, createDirectorySource } from '../../src/stores/index.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { createMerge } from '../../src/transfer/merge/create-merge.js';
import { startStrapi } from '../strapi/harness/strapi.js';
import { article, articles, newCategory, storiesFor } from '../support/new-stories.js';
import type { MeasureOptions } from './measure.js';
import { type InsideMerge, mergesIntoPlugin } from './merge-inside-measure.js';

/** Processor time of reading a folder once, and of a merge of ten documents into it. Seconds. */
interface FolderMerge {
  readonly read: readonly number[];
  readonly merge: readonly number[];
}

/** An `add` to a Strapi that holds so many entities. Seconds. */
export interface StockAdd {
  readonly entities: number;
  readonly whole: number;
  /** Of its pulls, which plan it, hold the plan and compare. */
  readonly pulls: number;
  readonly push: number;
  /** Processor time of Ferry. */
  readonly own: number;
}

export interface MergeResult {
  readonly rows: number;
  readonly folder: FolderMerge;
  readonly adds: readonly StockAdd[];
  readonly inside: readonly InsideMerge[];
}

interface MergeSizes {
  readonly rows: number;
  readonly rounds: number;
  readonly sites: readonly number[];
  /** Articles of a Strapi with the plugin, each with four links. */
  readonly inside: readonly number[];
}

export const fullMergeSizes: MergeSizes = {
  rows: 200_000,
  rounds: 5,
  sites: [500, 2_000],
  inside: [2_500, 25_000],
};
export const quickMergeSizes: MergeSizes = { rows: 200_000, rounds: 3, sites: [500], inside: [2_500] };

export async function measureMerges(
  sizes: MergeSizes,
  { scratch, log }: MeasureOptions,
): Promise<MergeResult> {
  log(`merge of 10 documents into a folder of ${sizes.rows} rows`);
  const folder = await mergesIntoFolder(join(scratch, 'merged'), sizes);
  log(`  ${JSON.stringify(folder)}`);
  const adds: StockAdd[] = [];
  for (const entities of sizes.sites) {
    log(`add to a Strapi of ${entities} entities`);
    const added = await addToStrapi(entities);
    log(`  ${JSON.stringify(added)}`);
    adds.push(added);
  }
  const inside: InsideMerge[] = [];
  for (const articles of sizes.inside) {
    log(`merge of 10 documents into a Strapi of ${articles} articles with the plugin`);
    const merged = await mergesIntoPlugin(articles, sizes.rounds, scratch);
    log(`  ${JSON.stringify(merged)}`);
    inside.push(merged);
  }
  return { rows: sizes.rows, folder, adds, inside };
}

const [page, tag] = ['api::page.page', 'api::tag.tag'];
const schemas = {
  [page]: {
    uid: page,
    attributes: {
      title: { type: 'string' },
      slug: { type: 'uid' },
      slides: { type: 'component', component: 'shared.slide', repeatable: true },
    },
  },
  [tag]: { uid: tag, attributes: {} },
  'shared.slide': { uid: 'shared.slide', attributes: { caption: { type: 'string' } } },
};
const body = 'Lorem ipsum dolor sit amet, consectetur adipiscing elit. '.repeat(6);
const stamp = '2026-01-01T00:00:00.000Z';

function contentOf(ids: readonly number[], title: string): MemoryContent {
  const tags = Array.from({ length: 100 }, (_, n) => ({
    type: tag,
    id: n + 1,
    data: { documentId: `tag${n}` },
  }));
  const dates = { createdAt: stamp, updatedAt: stamp, publishedAt: null };
  const rows = ids.map((id) => ({
    type: page,
    id,
    data: {
      ...{
        documentId: `page${id}`,
        title: `${title} ${id}`,
        slug: `page-${id}`,
        body,
        locale: 'en',
        ...dates,
      },
      slides: [{ id, caption: 'one' }],
    },
  }));
  const links = ids.map((id) => ({
    ...{ kind: 'relation.basic', relation: 'manyToMany' },
    left: { type: page, ref: id, field: 'tags', pos: 1 },
    right: { type: tag, ref: (id % 100) + 1, field: 'pages', pos: id },
  }));
  return {
    metadata: { createdAt: stamp },
    schemas,
    entities: [...tags, ...rows],
    links,
    configuration: [],
    assets: [],
  };
}

/** In one process, one after the other: both meet the same load. */
async function mergesIntoFolder(path: string, { rows, rounds }: MergeSizes): Promise<FolderMerge> {
  const all = contentOf(
    Array.from({ length: rows }, (_, n) => n + 1),
    'Page',
  );
  const destination = () => createDirectoryDestination({ path, force: true });
  await createTransfer({ from: createMemoryStore(all).source(), to: destination() }).done;
  const [read, merge]: [number[], number[]] = [[], []];
  for (let round = 0; round <= rounds; round += 1) {
    const some = Array.from({ length: 10 }, (_, n) => 1_000 * n + 1);
    const from = createMemoryStore(contentOf(some, `Changed ${round}`)).source();
    const to = { source: () => createDirectorySource({ path }), destination };
    const times = [
      await processorTimeOf(() => readOnce(path)),
      await processorTimeOf(() => createMerge({ from, to, onlyContentTypes: [page] }).done),
    ] as const;
    // The first round warms the code and is not kept.
    if (round === 0) continue;
    read.push(times[0]);
    merge.push(times[1]);
  }
  await rm(path, { recursive: true });
  return { read, merge };
}

async function readOnce(path: string): Promise<void> {
  const source = createDirectorySource({ path });
  await source.open();
  for (const step of ['entities', 'links', 'configuration'] as const)
    for await (const _ of source.rows(step));
  await source.close();
}

async function processorTimeOf(work: () => Promise<unknown>): Promise<number> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

async function addToStrapi(entities: number): Promise<StockAdd> {
  const files = Math.floor(entities / 2);
  const content = { articles: entities - files - 40, assetBytes: files * 1_000, assetCount: files };
  const site = await startStrapi({ content });
  try {
    const remote = createRemoteSource({ url: site.adminUrl, token: site.tokens.pull });
    await remote.open();
    const stories = storiesFor({ metadata: await remote.metadata(), schemas: await remote.schemas() });
    await remote.close();
    let [pulls, push, began] = [0, 0, 0];
    const whole = performance.now();
    const own = await processorTimeOf(
      () =>
        createMerge({
          ...{ from: createMemoryStore(stories).source(), to: site.adminUrl, toToken: site.tokens.full },
          strategy: 'add',
          documents: [
            ...articles.slice(0, 2).map((documentId) => ({ type: article, documentId })),
            { type: 'api::category.category', documentId: newCategory },
          ],
          allowMissingLinks: true,
          onTransfer(transfer, { part }) {
            began = performance.now();
            transfer.subscribe({
              complete() {
                const took = (performance.now() - began) / 1_000;
                if (part === 'changes') push += took;
                else pulls += took;
              },
            });
          },
        }).done,
    );
    return { entities, whole: (performance.now() - whole) / 1_000, pulls, push, own };
  } finally {
    await site.stop();
  }
}
