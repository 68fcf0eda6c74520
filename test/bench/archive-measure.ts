import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { type Run, runClient } from './clients.js';
import type { MeasureOptions } from './measure.js';
import { makeFolder } from './server-folders.js';
import type { Round } from './statistics.js';

const formats = ['tar', 'tar.gz', 'tar.enc', 'tar.gz.enc', 'tar.age', 'tar.gz.age'] as const;

/** One way: in each round what tar, gzip and the cipher take alone stands in the place of Strapi's client. */
export interface Way {
  readonly name: string;
  readonly rounds: readonly Round<Run>[];
}

interface ArchivePeak {
  readonly name: string;
  readonly seconds: number;
  readonly peakMiB: number;
}

export interface ArchiveResult {
  readonly content: string;
  readonly ways: readonly Way[];
  /** MiB of assets where memory is measured. */
  readonly large: number;
  readonly peaks: readonly ArchivePeak[];
}

interface ArchiveSizes {
  /** MiB. */
  readonly assets: number;
  readonly records: number;
  readonly rounds: number;
  readonly large: number;
}

export const fullArchiveSizes: ArchiveSizes = { assets: 256, records: 2000, rounds: 3, large: 1024 };
export const quickArchiveSizes: ArchiveSizes = { ...fullArchiveSizes, assets: 64, rounds: 1, large: 256 };

const runLimit = 600_000;
const key = 'correct horse battery staple';
const assetCount = 20;

/** Run twice and once, so that the first run of a round is not always the same one's. */
const orders = [
  ['alone', 'ferry', 'alone'],
  ['ferry', 'alone', 'alone'],
  ['alone', 'alone', 'ferry'],
] as const;

export async function measureArchives(sizes: ArchiveSizes, options: MeasureOptions): Promise<ArchiveResult> {
  const { assets, records, rounds, large } = sizes;
  const { scratch, log } = options;
  const folder = join(scratch, 'content');
  const ways: Way[] = [];
  const peaks: ArchivePeak[] = [];
  const path = (name: string, format: string) => join(scratch, `${name}.${format}`);
  const remove = (...paths: readonly string[]) =>
    Promise.all(paths.map((each) => rm(each, { recursive: true, force: true })));
  /** Where an archive stands already, its schemas are looked at first: that is no part of this. */
  const ferry = async (from: string, to: string) => {
    await remove(to);
    return runClient('archive', [from, to, key], runLimit);
  };

  await makeFolder(folder, { records, assets, assetCount });
  for (const format of formats) {
    const [first, second, alone] = [path('first', format), path('second', format), path('alone', format)];
    for (const [name, from, to] of [
      [`folder → .${format}`, folder, first],
      [`.${format} → .${format}`, first, second],
    ] as const) {
      log(`archives, ${name}`);
      ways.push({ name, rounds: await roundsOf(rounds, ferry.bind(null, from, to), from, alone) });
      await assertSameSize(to, alone);
    }
    await remove(first, second, alone);
  }

  await remove(folder);
  await makeFolder(folder, { records, assets: large, assetCount });
  for (const format of formats) {
    const [first, second] = [path('first', format), path('second', format)];
    for (const [name, from, to] of [
      [`folder → .${format}`, folder, first],
      [`.${format} → .${format}`, first, second],
    ] as const) {
      log(`archives, memory: ${large} MiB, ${name}`);
      const { seconds, peakMiB } = await ferry(from, to);
      peaks.push({ name, seconds, peakMiB });
      log(`  ${seconds.toFixed(2)} s, ${peakMiB.toFixed(0)} MiB`);
    }
    await remove(first, second);
  }
  await remove(folder);
  return { content: `${assets} MiB in ${assetCount} files, ${records} records`, ways, large, peaks };
}

async function roundsOf(
  rounds: number,
  ferry: () => Promise<Run>,
  from: string,
  alone: string,
): Promise<readonly Round<Run>[]> {
  const done: Round<Run>[] = [];
  for (let round = 0; round < rounds; round += 1) {
    const runs: { readonly alone: Run[]; readonly ferry: Run[] } = { alone: [], ferry: [] };
    for (const who of orders[round % orders.length] ?? []) {
      runs[who].push(await (who === 'ferry' ? ferry() : runClient('plain', [from, alone, key], runLimit)));
    }
    const [first, second, ours] = [...runs.alone, ...runs.ferry];
    if (first && second && ours) done.push({ strapi: [first, second], ferry: ours });
  }
  return done;
}

/** Less work would be no merit. The headers of a tar differ from tool to tool. */
async function assertSameSize(one: string, other: string): Promise<void> {
  const [a, b] = [(await stat(one)).size, (await stat(other)).size];
  if (Math.abs(a - b) > 0.01 * b) throw new Error(`${one} has ${a} bytes, and not ${b}`);
}
