import { type ChildProcess, spawn } from 'node:child_process';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { MeasureOptions } from './measure.js';
import type { Round } from './statistics.js';

/** One push of a client process. */
export interface WatchedRun {
  readonly seconds: number;
  /** Of the client, all threads. */
  readonly cpuSeconds: number;
  /** Most memory that the client ever held. */
  readonly peakMiB: number;
}

/** `nothing`: an inspector that does nothing, so what XState itself takes for being inspected. */
export const watchers = ['nothing', 'page', 'recorder'] as const;
export type Watcher = (typeof watchers)[number];

interface Load {
  readonly name: string;
  readonly kind: 'rows' | 'assets';
  /** Rows, or MiB. */
  readonly size: number;
  /** Long enough that starting costs nothing beside it: processor time is judged by it. */
  readonly isLong: boolean;
}

export interface WatchedLoad extends Load {
  /** What nobody watched stands in the place of Strapi's client. */
  readonly rounds: Readonly<Record<Watcher, readonly Round<WatchedRun>[]>>;
}

export interface InspectResult {
  readonly loads: readonly WatchedLoad[];
}

interface InspectSizes {
  readonly loads: readonly Load[];
  readonly rounds: number;
  readonly longRounds: number;
}

const rows = (size: number, isLong: boolean): Load => ({
  name: `${size.toLocaleString('en')} rows`,
  kind: 'rows',
  size,
  isLong,
});

export const fullInspectSizes: InspectSizes = {
  loads: [
    { name: '100 MiB of assets', kind: 'assets', size: 100, isLong: false },
    rows(20_000, false),
    rows(200_000, true),
  ],
  rounds: 9,
  longRounds: 9,
};
export const quickInspectSizes: InspectSizes = {
  loads: fullInspectSizes.loads.filter(({ isLong }) => !isLong),
  rounds: 3,
  longRounds: 0,
};

const child = fileURLToPath(new URL('./inspect-child.mjs', import.meta.url));
const runLimit = 120_000;

/** Pushes to one server, watched and not, in turn: each push is a process of its own, so is the server, and the page. */
export async function measureInspect(sizes: InspectSizes, options: MeasureOptions): Promise<InspectResult> {
  const recording = join(options.scratch, 'recording.jsonl');
  const loads: WatchedLoad[] = [];
  const server = await startServer();
  try {
    for (const load of sizes.loads) {
      options.log(`inspect, ${load.name}`);
      const push = (way: Watcher | 'nobody') =>
        runChild('client', [way, load.kind, String(load.size), server.url, server.token, recording]);
      const rounds: Record<Watcher, Round<WatchedRun>[]> = { nothing: [], page: [], recorder: [] };
      for (let round = 0; round < (load.isLong ? sizes.longRounds : sizes.rounds); round += 1) {
        const runs = await roundOf(push, round);
        for (const watcher of watchers) {
          rounds[watcher].push({ strapi: [runs.nobody, runs.again], ferry: runs[watcher] });
        }
        await rm(recording, { force: true });
        options.log(`  ${Object.entries(runs).map(wordsOf).join(', ')}`);
      }
      loads.push({ ...load, rounds });
    }
  } finally {
    server.process.kill();
  }
  return { loads };
}

const order = ['nobody', ...watchers, 'again'] as const;
type Turn = (typeof order)[number];

/** Nobody watches twice; who is first turns from round to round. */
async function roundOf(
  push: (way: Watcher | 'nobody') => Promise<WatchedRun>,
  round: number,
): Promise<Readonly<Record<Turn, WatchedRun>>> {
  const runs: Partial<Record<Turn, WatchedRun>> = {};
  for (const index of order.keys()) {
    const turn = order[(index + round) % order.length] ?? 'nobody';
    runs[turn] = await push(turn === 'again' ? 'nobody' : turn);
  }
  return runs as Readonly<Record<Turn, WatchedRun>>;
}

const wordsOf = ([turn, { seconds, peakMiB }]: [string, WatchedRun]) =>
  `${turn} ${seconds.toFixed(2)} s ${peakMiB.toFixed(0)} MiB`;

interface Server {
  readonly url: string;
  readonly token: string;
  readonly process: ChildProcess;
}

async function startServer(): Promise<Server> {
  const { started, line } = spawnChild('server', []);
  process.on('exit', () => started.kill('SIGKILL'));
  const { url, token } = JSON.parse(await line) as { url: string; token: string };
  return { url, token, process: started };
}

async function runChild(role: 'client', parameters: readonly string[]): Promise<WatchedRun> {
  const { started, line } = spawnChild(role, parameters);
  const timer = setTimeout(() => started.kill('SIGKILL'), runLimit);
  try {
    return JSON.parse(await line) as WatchedRun;
  } finally {
    clearTimeout(timer);
  }
}

/** The line that a child says; rejects where it ends without one. */
function spawnChild(role: string, parameters: readonly string[]) {
  const started = spawn(process.execPath, [child, role, ...parameters], {
    env: { ...process.env, NODE_OPTIONS: '' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const line = new Promise<string>((resolve, reject) => {
    createInterface({ input: started.stdout }).once('line', resolve);
    started.once('error', reject);
    started.once('close', (code) => reject(new Error(`${role} ended with ${code} and said nothing`)));
  });
  return { started, line };
}
