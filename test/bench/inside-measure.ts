import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../inside/support/strapi-with-plugin.js';
import { type Postgres, postgresPrograms, startPostgres } from '../support/postgres.js';
import { type ClientName, type Run, RunFailed, runClient } from './clients.js';
import type { MeasureOptions } from './measure.js';
import { createPeak } from './process-peak.js';

export type Endpoint = 'builtIn' | 'plugin';
export type Direction = 'pull' | 'push';
export type Database = 'SQLite' | 'PostgreSQL';

/** A transfer through one endpoint, and what the rest of the site noticed of it. */
export interface InsideRun {
  readonly seconds: number;
  /** Longest wait of a request that reads, and of a write, in seconds. */
  readonly reads: number;
  readonly writes: number;
  /** MiB of the Strapi's process above what it held before. */
  readonly growth: number;
}

export interface InsideComparison {
  readonly database: Database;
  readonly client: ClientName;
  readonly direction: Direction;
  readonly what: 'records' | 'all';
  readonly rounds: readonly Readonly<Record<Endpoint, InsideRun>>[];
  readonly failures: readonly string[];
}

/** What the plugin's endpoint alone is asked for. */
export interface InsideMemory {
  readonly name: string;
  readonly direction: Direction;
  readonly run: InsideRun;
}

export interface InsideResult {
  readonly name: string;
  readonly comparisons: readonly InsideComparison[];
  readonly memory: readonly InsideMemory[];
}

export interface InsideSizes {
  readonly articles: number;
  /** MiB of the transfers of all. */
  readonly assets: number;
  readonly rounds: number;
  /** Of the two that only memory is measured of: MiB of one asset, and articles. */
  readonly largeAsset: number;
  readonly manyArticles: number;
}

export const fullInsideSizes: InsideSizes = {
  ...{ articles: 2500, assets: 100, rounds: 3, largeAsset: 1024, manyArticles: 200_000 },
};
export const quickInsideSizes: InsideSizes = {
  ...{ articles: 400, assets: 25, rounds: 1, largeAsset: 100, manyArticles: 5000 },
};

/** What the built-in endpoint may take for the largest content. Milliseconds. */
const runLimit = 300_000;
const MiB = 1024 * 1024;
/** Milliseconds between two requests of the rest of the site. */
const pause = 50;
const probe = new URL('inside-probe.mjs', import.meta.url).href;
const paths: Record<Endpoint, string> = { builtIn: 'admin', plugin: 'ferry' };

/** One Strapi has both endpoints: they take turns at the same content, for the same client. */
export async function measureInside(sizes: InsideSizes, options: MeasureOptions): Promise<InsideResult> {
  const { articles, assets } = sizes;
  const postgres = postgresPrograms() === null ? null : await startPostgres();
  const few = { articles, assetBytes: 160 * 1024, assetCount: 10 };
  const contents = { records: few, all: { articles, assetBytes: assets * MiB, assetCount: 20 } } as const;
  const comparisons: InsideComparison[] = [];
  try {
    for (const database of postgres === null ? (['SQLite'] as const) : (['SQLite', 'PostgreSQL'] as const)) {
      for (const what of ['records', 'all'] as const) {
        const strapi = await start(contents[what], database === 'SQLite' ? null : postgres, what);
        try {
          comparisons.push(...(await compareWithin(strapi, { database, what, sizes, options })));
        } finally {
          await strapi.stop();
        }
      }
    }
  } finally {
    await postgres?.stop();
  }
  const memory = await measureMemory(sizes, options);
  return { name: `${articles} articles, ${assets} MiB of assets`, comparisons, memory };
}

async function start(
  content: { articles: number; assetBytes: number; assetCount: number },
  postgres: Postgres | null = null,
  name = 'content',
): Promise<StrapiWithPlugin> {
  return startStrapiWithPlugin({
    content,
    ferry: { enabled: true, config: { replaceBuiltIn: false } },
    ...(postgres === null ? {} : { database: await postgres.createDatabase(name) }),
  });
}

interface Within {
  readonly database: Database;
  readonly what: 'records' | 'all';
  readonly sizes: InsideSizes;
  readonly options: MeasureOptions;
}

async function compareWithin(
  strapi: StrapiWithPlugin,
  { database, what, sizes, options }: Within,
): Promise<readonly InsideComparison[]> {
  const { log, scratch } = options;
  const comparisons: InsideComparison[] = [];
  for (const direction of ['pull', 'push'] as const) {
    for (const client of ['strapi', 'ferry'] as const) {
      const failures: string[] = [];
      const rounds: Record<Endpoint, InsideRun>[] = [];
      for (let round = 0; round < sizes.rounds; round += 1) {
        const order: readonly Endpoint[] = round % 2 === 0 ? ['builtIn', 'plugin'] : ['plugin', 'builtIn'];
        const runs: Partial<Record<Endpoint, InsideRun>> = {};
        for (const endpoint of order) {
          try {
            const run = await transfer(strapi, { client, direction, endpoint, scratch });
            runs[endpoint] = run;
            log(`  ${database} ${what} ${direction} ${client} ${endpoint}: ${wordsOf(run)}`);
          } catch (error) {
            if (!(error instanceof RunFailed)) throw error;
            failures.push(`${endpoint}: ${error.message}`);
            log(`  ${database} ${what} ${direction} ${client} ${endpoint} failed: ${error.message}`);
          }
        }
        const { builtIn, plugin } = runs;
        if (builtIn !== undefined && plugin !== undefined) rounds.push({ builtIn, plugin });
      }
      comparisons.push({ database, client, direction, what, rounds, failures });
    }
  }
  return comparisons;
}

const wordsOf = ({ seconds, reads, writes, growth }: InsideRun) =>
  `${seconds.toFixed(2)} s, reads ${reads.toFixed(2)} s, writes ${writes.toFixed(2)} s, ${growth.toFixed(0)} MiB`;

interface Transferred {
  readonly client: ClientName;
  readonly direction: Direction;
  readonly endpoint: Endpoint;
  readonly scratch: string;
}

/** A pull is kept, for the pushes that follow: all of them write the same. */
async function transfer(strapi: StrapiWithPlugin, of: Transferred): Promise<InsideRun> {
  const { client, direction, endpoint, scratch } = of;
  const url = `http://127.0.0.1:${strapi.port}/${paths[endpoint]}`;
  const folder = join(scratch, 'inside');
  if (direction === 'pull') await rm(folder, { recursive: true, force: true });
  const parameters =
    direction === 'pull' ? [url, strapi.tokens.full, folder] : [folder, url, strapi.tokens.full];
  const peak = await createPeak(strapi.pid);
  await strapi.run(probe, 'startWriting');
  const reading = readAgainAndAgain(`http://127.0.0.1:${strapi.port}/admin/init`);
  let [reads, writes] = [0, 0];
  let done: Run;
  try {
    done = await runClient(client, [direction, ...parameters], runLimit);
  } finally {
    reads = await reading.stop();
    writes = Number(await strapi.run(probe, 'stopWriting')) / 1000;
  }
  return { seconds: done.seconds, reads, writes, growth: await peak.growth() };
}

/** One request after the other, each of which asks the database. */
function readAgainAndAgain(url: string) {
  let longest = 0;
  let isOver = false;
  const run = async () => {
    while (!isOver) {
      const started = performance.now();
      // A server that had no time for so long closes connections under requests: it is asked again.
      while (!(await fetch(url).then(wasRead, () => false))) await setTimeout(pause);
      longest = Math.max(longest, performance.now() - started);
      await setTimeout(pause);
    }
  };
  const done = run();
  return {
    /** Answers the longest, in seconds. */
    async stop() {
      isOver = true;
      await done;
      return longest / 1000;
    },
  };
}

const wasRead = async (response: Response) => (await response.arrayBuffer()).byteLength > 0;

/** Of the process with the plugin: one large file, and many rows. */
async function measureMemory(sizes: InsideSizes, options: MeasureOptions): Promise<InsideMemory[]> {
  const { largeAsset, manyArticles } = sizes;
  const memory: InsideMemory[] = [];
  const contents = {
    [`one asset of ${largeAsset} MiB`]: { articles: 0, assetBytes: largeAsset * MiB, assetCount: 1 },
    [`${manyArticles} articles`]: { articles: manyArticles, assetBytes: 3000, assetCount: 3 },
  };
  for (const [name, content] of Object.entries(contents)) {
    const strapi = await start(content);
    try {
      for (const direction of ['pull', 'push'] as const) {
        const of = { client: 'ferry', direction, endpoint: 'plugin', scratch: options.scratch } as const;
        const run = await transfer(strapi, of);
        memory.push({ name, direction, run });
        options.log(`  ${direction} of ${name}: ${wordsOf(run)}`);
      }
    } finally {
      await strapi.stop();
    }
  }
  return memory;
}
