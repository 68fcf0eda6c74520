import type { BulkContent } from '../strapi/harness/child.js';
import { postgresPrograms, startPostgres } from '../support/postgres.js';
import {
  type Database,
  type Direction,
  fullInsideSizes,
  type InsideRun,
  startBoth,
  transfer,
  wordsOf,
} from './inside-measure.js';
import type { MeasureOptions } from './measure.js';

/** What the plugin's endpoint alone is asked for, by Ferry's client. */
export interface LargeRun {
  readonly name: string;
  readonly database: Database;
  readonly direction: Direction;
  readonly run: InsideRun;
}

export interface LargeResult {
  /** For the memory of Strapi's process. */
  readonly memory: readonly LargeRun[];
  /** For the transaction: at the content of the other figures, and at ten times as much. */
  readonly growth: readonly LargeRun[];
}

interface LargeSizes {
  /** MiB of one asset. */
  readonly asset: number;
  readonly articles: number;
  readonly times: readonly number[];
}

export const fullLargeSizes: LargeSizes = { asset: 1024, articles: 40_000, times: [1, 10] };
export const quickLargeSizes: LargeSizes = { asset: 100, articles: 4_000, times: [1] };

const MiB = 1024 * 1024;
const few = { assetBytes: 160 * 1024, assetCount: 10 };

export async function measureLarge(sizes: LargeSizes, options: MeasureOptions): Promise<LargeResult> {
  const { asset, articles, times } = sizes;
  const memory: LargeRun[] = [];
  const contents = [
    [`one asset of ${asset} MiB`, { articles: 0, assetBytes: asset * MiB, assetCount: 1 }],
    // Each article has four links.
    [`${(5 * articles).toLocaleString('en')} rows`, { articles, ...few }],
  ] as const;
  for (const [name, content] of contents) memory.push(...(await bothWays(name, 'SQLite', content, options)));
  const growth: LargeRun[] = [];
  for (const database of postgresPrograms() === null
    ? (['SQLite'] as const)
    : (['SQLite', 'PostgreSQL'] as const)) {
    for (const factor of times) {
      const [entities, authors] = [fullInsideSizes.articles * factor, fullInsideSizes.authors * factor];
      const name = `${(entities + authors).toLocaleString('en')} entities, ${(4 * entities).toLocaleString('en')} links`;
      growth.push(...(await bothWays(name, database, { articles: entities, authors, ...few }, options)));
    }
  }
  return { memory, growth };
}

async function bothWays(
  name: string,
  database: Database,
  content: BulkContent,
  { scratch, log }: MeasureOptions,
): Promise<readonly LargeRun[]> {
  const postgres = database === 'PostgreSQL' ? await startPostgres() : null;
  try {
    const strapi = await startBoth(content, postgres, 'large');
    try {
      const runs: LargeRun[] = [];
      for (const direction of ['pull', 'push'] as const) {
        const run = await transfer(strapi, { client: 'ferry', direction, endpoint: 'plugin', scratch });
        log(`  ${database}: ${direction} of ${name}: ${wordsOf(run)}`);
        runs.push({ name, database, direction, run });
      }
      return runs;
    } finally {
      await strapi.stop();
    }
  } finally {
    await postgres?.stop();
  }
}
