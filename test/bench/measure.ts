import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createFaultProxy } from '../../src/testing/fault-proxy.js';
import { type StrapiInstance, startStrapi } from '../strapi/harness/strapi.js';
import { type ClientName, type Run, RunFailed, runClient } from './clients.js';
import type { Scenario } from './scenarios.js';
import type { Round } from './statistics.js';

export interface Result {
  readonly scenario: Scenario;
  readonly rounds: readonly Round<Run>[];
  /** Runs that came to nothing and were run again; their time counts nowhere. */
  readonly failures: readonly Failure[];
}

export interface Failure {
  readonly client: ClientName;
  readonly reason: string;
}

export interface MeasureOptions {
  /** An empty folder of ours. */
  readonly scratch: string;
  readonly log: (text: string) => void;
}

/** What no run of these scenarios takes. */
const runLimit = 120_000;
const attempts = 4;

const orders: readonly (readonly ClientName[])[] = [
  ['strapi', 'ferry', 'strapi'],
  ['ferry', 'strapi', 'strapi'],
  ['strapi', 'strapi', 'ferry'],
];

/** Both clients in turn against one live Strapi: for a pull the one that holds the content, for a push an empty one. */
export async function measure(scenario: Scenario, options: MeasureOptions): Promise<Result> {
  const { direction, content, delay } = scenario;
  const exported = join(options.scratch, 'export');
  const failures: Failure[] = [];
  let strapi = await startStrapi({ content });
  try {
    if (direction === 'push') {
      await runClient('strapi', ['pull', strapi.adminUrl, strapi.tokens.full, exported], runLimit);
      await strapi.stop();
      strapi = await startStrapi({ content: 'none' });
    }
    const link = delay === 0 ? null : await createFaultProxy({ target: { port: strapi.port } });
    link?.delay(delay);
    const run = async (client: ClientName): Promise<Run> => {
      for (let attempt = 1; ; attempt += 1) {
        try {
          return await runOnce(client, link?.port ?? strapi.port, strapi);
        } catch (error) {
          if (!(error instanceof RunFailed) || attempt === attempts) throw error;
          failures.push({ client, reason: error.message });
          options.log(`  ${client} failed: ${error.message}`);
        }
      }
    };
    const rounds = await runRounds(run);
    await link?.close();
    return { scenario, rounds, failures };
  } finally {
    await strapi.stop();
    await rm(exported, { recursive: true, force: true });
  }

  async function runRounds(run: (client: ClientName) => Promise<Run>): Promise<Round<Run>[]> {
    // The first run is nobody's: it fills the caches, and for a push there must be something to be cleared.
    const { counts } = await run('strapi');
    const rounds: Round<Run>[] = [];
    for (let round = 0; round < scenario.rounds; round += 1) {
      const runs: Record<ClientName, Run[]> = { strapi: [], ferry: [] };
      for (const client of orders[round % orders.length] ?? []) {
        const done = await run(client);
        assertSame(counts, done.counts, client);
        runs[client].push(done);
        options.log(`  ${client} ${done.seconds.toFixed(2)} s, ${done.peakMiB.toFixed(0)} MiB`);
      }
      const [[first, second], [ferry]] = [runs.strapi, runs.ferry];
      if (first && second && ferry) rounds.push({ strapi: [first, second], ferry });
    }
    return rounds;
  }

  async function runOnce(client: ClientName, port: number, { tokens }: StrapiInstance): Promise<Run> {
    const url = `http://127.0.0.1:${port}/admin`;
    if (direction === 'push') return runClient(client, ['push', exported, url, tokens.full], runLimit);
    const folder = join(options.scratch, 'pulled');
    try {
      return await runClient(client, ['pull', url, tokens.full, folder], runLimit);
    } finally {
      await rm(folder, { recursive: true, force: true });
      await rm(`${folder}.ferry`, { recursive: true, force: true });
    }
  }
}

/** Less work would be no merit. */
function assertSame(expected: Run['counts'], actual: Run['counts'], client: ClientName): void {
  for (const stage of ['entities', 'assets', 'links', 'configuration']) {
    const [wanted, got] = [expected[stage] ?? 0, actual[stage] ?? 0];
    if (wanted !== got) throw new Error(`${client} moved ${got} ${stage} instead of ${wanted}`);
  }
}
