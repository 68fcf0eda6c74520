import { fork } from 'node:child_process';
import { once } from 'node:events';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type StrapiWithPlugin, startStrapiWithPlugin } from '../inside/support/strapi-with-plugin.js';
import type { BulkContent } from '../strapi/harness/child.js';
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
  /** Seconds that the longest transaction was open. */
  readonly transaction: number;
  /** MiB of the Strapi's process above what it held before. */
  readonly growth: number;
}

interface InsideRound {
  readonly plugin: InsideRun;
  /** null where it came to nothing, which `failures` tells of. */
  readonly builtIn: InsideRun | null;
  /** Of a push: seconds of the same client against a server that answers at once and keeps nothing. */
  readonly ceiling: number | null;
}

export interface InsideComparison {
  readonly database: Database;
  readonly client: ClientName;
  readonly direction: Direction;
  readonly what: 'records' | 'all';
  readonly rounds: readonly InsideRound[];
  readonly failures: readonly string[];
}

export interface InsideResult {
  readonly name: string;
  readonly comparisons: readonly InsideComparison[];
}

export interface InsideSizes {
  /** Each has four links. */
  readonly articles: number;
  readonly authors: number;
  /** MiB of the transfers of all. */
  readonly assets: number;
  readonly rounds: number;
}

/** 4,000 entities and 10,000 links. */
export const fullInsideSizes: InsideSizes = { articles: 2500, authors: 1500, assets: 100, rounds: 3 };
export const quickInsideSizes: InsideSizes = { articles: 400, authors: 240, assets: 25, rounds: 1 };

/** What the built-in endpoint may take for the largest content. Milliseconds. */
const runLimit = 150_000;
const MiB = 1024 * 1024;
/** Milliseconds between two requests of the rest of the site. */
const pause = 50;
const probe = new URL('inside-probe.mjs', import.meta.url).href;
const paths: Record<Endpoint, string> = { builtIn: 'admin', plugin: 'ferry' };

/** One Strapi has both endpoints: they take turns at the same content, for the same client. */
export async function measureInside(sizes: InsideSizes, options: MeasureOptions): Promise<InsideResult> {
  const { articles, authors, assets } = sizes;
  const postgres = postgresPrograms() === null ? null : await startPostgres();
  const rows = { articles, authors };
  const contents = {
    records: { ...rows, assetBytes: 160 * 1024, assetCount: 10 },
    all: { ...rows, assetBytes: assets * MiB, assetCount: 20 },
  } as const;
  const comparisons: InsideComparison[] = [];
  try {
    for (const database of postgres === null ? (['SQLite'] as const) : (['SQLite', 'PostgreSQL'] as const)) {
      for (const what of ['records', 'all'] as const) {
        const strapi = await startBoth(contents[what], database === 'SQLite' ? null : postgres, what);
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
  return { name: `${articles} articles, ${authors} authors, ${assets} MiB of assets`, comparisons };
}

/** A Strapi with its own endpoint, and the plugin's beside it. */
export async function startBoth(
  content: BulkContent,
  postgres: Postgres | null,
  name: string,
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
      const rounds: InsideRound[] = [];
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
        const { builtIn = null, plugin } = runs;
        if (plugin === undefined) continue;
        const ceiling = direction === 'push' ? await pushIntoNothing(client, folderIn(scratch)) : null;
        if (ceiling !== null) log(`  the same into nothing: ${ceiling.toFixed(2)} s`);
        rounds.push({ builtIn, plugin, ceiling });
      }
      comparisons.push({ database, client, direction, what, rounds, failures });
    }
  }
  return comparisons;
}

export const wordsOf = ({ seconds, reads, writes, growth }: InsideRun) =>
  `${seconds.toFixed(2)} s, reads ${reads.toFixed(2)} s, writes ${writes.toFixed(2)} s, ${growth.toFixed(0)} MiB`;

export interface Transferred {
  readonly client: ClientName;
  readonly direction: Direction;
  readonly endpoint: Endpoint;
  readonly scratch: string;
}

const folderIn = (scratch: string) => join(scratch, 'inside');

/** A pull is kept, for the pushes that follow: all of them write the same. */
export async function transfer(strapi: StrapiWithPlugin, of: Transferred): Promise<InsideRun> {
  const { client, direction, endpoint, scratch } = of;
  const url = `http://127.0.0.1:${strapi.port}/${paths[endpoint]}`;
  const folder = folderIn(scratch);
  if (direction === 'pull') await rm(folder, { recursive: true, force: true });
  const parameters =
    direction === 'pull' ? [url, strapi.tokens.full, folder] : [folder, url, strapi.tokens.full];
  const peak = await createPeak(strapi.pid);
  await strapi.run(probe, 'startProbe');
  const reading = readAgainAndAgain(`http://127.0.0.1:${strapi.port}/admin/init`);
  let reads = 0;
  let probed = { write: 0, transaction: 0 };
  let done: Run;
  try {
    done = await runClient(client, [direction, ...parameters], runLimit);
  } finally {
    reads = await reading.stop();
    probed = (await strapi.run(probe, 'stopProbe')) as typeof probed;
  }
  const [writes, transaction] = [probed.write / 1000, probed.transaction / 1000];
  return { seconds: done.seconds, reads, writes, transaction, growth: await peak.growth() };
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

/** Seconds of a push whose server answers at once, and keeps nothing. */
async function pushIntoNothing(client: ClientName, folder: string): Promise<number> {
  const child = fork(fileURLToPath(new URL('answer-all.mjs', import.meta.url)), [folder]);
  try {
    const [{ port }] = (await once(child, 'message')) as [{ port: number }];
    const run = await runClient(client, ['push', folder, `http://127.0.0.1:${port}/admin`, 'none'], runLimit);
    return run.seconds;
  } finally {
    child.kill();
  }
}
