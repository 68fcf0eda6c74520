import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { startStrapi } from '../strapi/harness/strapi.js';
import { type Run, RunFailed, runClient } from './clients.js';
import type { MeasureOptions } from './measure.js';
import { makeFolder } from './server-folders.js';
import { type ServerProcess, serve } from './server-process.js';
import { median, type Round } from './statistics.js';

type ServerName = 'strapi' | 'ferry';

/** What Strapi's client pulls from both servers. */
export interface Compared {
  readonly what: 'records' | 'assets';
  readonly name: string;
  /** Here the client is the same and the servers take turns. */
  readonly rounds: readonly Round<Run>[];
  /** Of our server, after all of its pulls. */
  readonly peakMiB: number;
  readonly failures: readonly string[];
}

interface RecordCost {
  readonly records: number;
  /** Median over the pulls of the entities stage. */
  readonly seconds: number;
  readonly peakMiB: number;
}

interface Peak {
  /** MiB in each pull. */
  readonly assets: number;
  readonly atOnce: number;
  readonly seconds: number;
  readonly peakMiB: number;
}

export interface ServerResult {
  readonly compared: readonly Compared[];
  readonly costs: readonly RecordCost[];
  readonly peaks: readonly Peak[];
}

interface ServerSizes {
  readonly articles: number;
  /** MiB. */
  readonly assets: number;
  readonly rounds: number;
  readonly records: readonly number[];
  /** Pulls of each of those stores. */
  readonly pulls: number;
  readonly peaks: readonly { readonly assets: number; readonly atOnce: number }[];
}

const [few, many] = [10, 1024];
const peaksOf = (large: number) =>
  [few, large].flatMap((assets) => [1, 20].map((atOnce) => ({ assets, atOnce })));

export const fullServerSizes: ServerSizes = {
  articles: 2000,
  assets: 100,
  rounds: 3,
  records: [1000, 10_000, 100_000],
  pulls: 7,
  peaks: peaksOf(many),
};
export const quickServerSizes: ServerSizes = {
  ...fullServerSizes,
  assets: 25,
  rounds: 1,
  pulls: 3,
  peaks: peaksOf(100),
};

const runLimit = 180_000;
const attempts = 4;
const orders: readonly (readonly ServerName[])[] = [
  ['strapi', 'ferry', 'strapi'],
  ['ferry', 'strapi', 'strapi'],
  ['strapi', 'strapi', 'ferry'],
];

export async function measureServer(sizes: ServerSizes, options: MeasureOptions): Promise<ServerResult> {
  return {
    compared: [await compareOn('records', sizes, options), await compareOn('assets', sizes, options)],
    costs: await costsOf(sizes, options),
    peaks: await measurePeaks(sizes, options),
  };
}

/** One client, Strapi's; two servers in turn: a real Strapi, and ours over what was pulled from it. */
async function compareOn(
  what: Compared['what'],
  { articles, assets, rounds }: ServerSizes,
  { scratch, log }: MeasureOptions,
): Promise<Compared> {
  const [name, group, content] =
    what === 'records'
      ? [`records: ${articles} articles, ${4 * articles} links`, 'content', recordsOf(articles)]
      : [`assets: ${assets} MiB in 20 files`, 'files', filesOf(assets)];
  log(`server, ${name}`);
  const served = join(scratch, 'served');
  const failures: string[] = [];
  const strapi = await startStrapi({ content });
  let ferry: ServerProcess | null = null;
  try {
    const real = { adminUrl: strapi.adminUrl, token: strapi.tokens.full };
    await attempt('strapi', () => runClient('strapi', ['pull', real.adminUrl, real.token, served], runLimit));
    ferry = await serve(served);
    const servers = { strapi: real, ferry };
    const pull = (server: ServerName) =>
      attempt(server, async () => {
        const { adminUrl, token } = servers[server];
        const folder = join(scratch, 'pulled');
        try {
          return await runClient('strapi', ['--only', group, 'pull', adminUrl, token, folder], runLimit);
        } finally {
          await rm(folder, { recursive: true, force: true });
        }
      });

    // The first pull of each is nobody's.
    const { counts } = await pull('strapi');
    assertSame(counts, (await pull('ferry')).counts);
    const done: Round<Run>[] = [];
    for (let round = 0; round < rounds; round += 1) {
      const runs: Record<ServerName, Run[]> = { strapi: [], ferry: [] };
      for (const server of orders[round % orders.length] ?? []) {
        const run = await pull(server);
        assertSame(counts, run.counts);
        runs[server].push(run);
        log(`  from ${server} ${run.seconds.toFixed(2)} s`);
      }
      const [[first, second], [ours]] = [runs.strapi, runs.ferry];
      if (first && second && ours) done.push({ strapi: [first, second], ferry: ours });
    }
    return { what, name, rounds: done, peakMiB: await ferry.peakMiB(), failures };
  } finally {
    await ferry?.stop();
    await strapi.stop();
    await removeFolder(served);
  }

  async function attempt(server: ServerName, pull: () => Promise<Run>): Promise<Run> {
    for (let number = 1; ; number += 1) {
      try {
        return await pull();
      } catch (error) {
        if (!(error instanceof RunFailed) || number === attempts) throw error;
        failures.push(`from ${server === 'ferry' ? '✗ Ferry' : 'Strapi'}: ${error.message}`);
        log(`  from ${server} failed: ${error.message}`);
      }
    }
  }
}

const recordsOf = (articles: number) => ({ articles, assetBytes: 160 * 1024, assetCount: 10 });
const filesOf = (assets: number) => ({ articles: 0, assetBytes: assets * 1024 * 1024, assetCount: 20 });

/** Less work would be no merit. */
function assertSame(expected: Run['counts'], actual: Run['counts']): void {
  const [wanted, got] = [expected, actual].map((counts) => JSON.stringify(Object.entries(counts).sort()));
  if (wanted !== got) throw new Error(`a pull moved ${got} instead of ${wanted}`);
}

/** A server and a client of their own for each size; the first pull warms both up and counts nowhere. */
async function costsOf({ records, pulls }: ServerSizes, options: MeasureOptions): Promise<RecordCost[]> {
  const costs: RecordCost[] = [];
  for (const count of records) {
    options.log(`server, cost of a record among ${count}`);
    const cost = await overFolder({ records: count, assets: 0, assetCount: 0 }, options, async (server) => {
      // As many pulls of the small ones as it takes until V8 has compiled what it is going to compile.
      const warm = Math.ceil(100_000 / count);
      const run = await sink(server, 1, Math.min(warm, 50) + pulls);
      if (run.counts['entities'] !== count) throw new Error(`pulled ${run.counts['entities']} of ${count}`);
      return median((run.pulls ?? []).slice(-pulls).map((stages) => stages['entities'] ?? Number.NaN));
    });
    costs.push({ records: count, seconds: cost.value, peakMiB: cost.peakMiB });
    options.log(`  ${((cost.value / count) * 1e6).toFixed(2)} µs, ${cost.peakMiB.toFixed(0)} MiB`);
  }
  return costs;
}

async function measurePeaks({ peaks }: ServerSizes, options: MeasureOptions): Promise<Peak[]> {
  const measured: Peak[] = [];
  for (const { assets, atOnce } of peaks) {
    options.log(`server, memory: ${assets} MiB of assets, ${atOnce} at once`);
    const { value: run, peakMiB } = await overFolder(
      { records: 2000, assets, assetCount: 20 },
      options,
      (server) => sink(server, atOnce, 1),
    );
    measured.push({ assets, atOnce, seconds: run.seconds, peakMiB });
    options.log(`  ${run.seconds.toFixed(2)} s, ${peakMiB.toFixed(0)} MiB`);
  }
  return measured;
}

async function overFolder<Value>(
  made: Parameters<typeof makeFolder>[1],
  { scratch }: MeasureOptions,
  use: (server: ServerProcess) => Promise<Value>,
): Promise<{ readonly value: Value; readonly peakMiB: number }> {
  const folder = join(scratch, 'made');
  await makeFolder(folder, made);
  const server = await serve(folder);
  try {
    const value = await use(server);
    return { value, peakMiB: await server.peakMiB() };
  } finally {
    await server.stop();
    await removeFolder(folder);
  }
}

/** 20 pulls of 1 GiB each take some minutes. */
const sinkLimit = 900_000;
const sink = ({ adminUrl, token }: ServerProcess, atOnce: number, times: number) =>
  runClient('sink', [adminUrl, token, String(atOnce), String(times)], sinkLimit);

async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true });
  await rm(`${folder}.ferry`, { recursive: true, force: true });
}
