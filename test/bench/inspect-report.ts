import {
  type InspectResult,
  type WatchedLoad,
  type WatchedRun,
  type Watcher,
  watchers,
} from './inspect-measure.js';
import { type Circumstances, describe, seconds, table, verdictTable } from './report.js';
import { type Comparison, compare } from './statistics.js';
import { percent, type Verdict } from './targets.js';

/** Of the processor time of a transfer that nobody watches: wall time changes with what else the machine does. */
const mostTime: Readonly<Partial<Record<Watcher, number>>> = { page: 1.12, recorder: 1.08 };
/** MiB, however long it runs. */
const mostMemory = 64;

const timeOf = ({ seconds: took }: WatchedRun) => took;
const cpuOf = ({ cpuSeconds }: WatchedRun) => cpuSeconds;

/** Both peaks are the highest of their rounds: that is what a machine has to have. */
function moreMemory({ rounds }: WatchedLoad, watcher: Watcher): number {
  const peaks = (runs: readonly WatchedRun[]) => Math.max(...runs.map(({ peakMiB }) => peakMiB));
  const all = rounds[watcher];
  return peaks(all.map(({ ferry }) => ferry)) - peaks(all.flatMap(({ strapi }) => strapi));
}

export function judgeInspect({ loads }: InspectResult): readonly Verdict[] {
  const judged = loads.filter(({ isLong }) => isLong);
  const times = (['page', 'recorder'] as const).map((watcher): Verdict => {
    const most = mostTime[watcher] ?? 1;
    const ratios = judged.map((load) => ({ load, ratio: compare(load.rounds[watcher], cpuOf).ratio }));
    const over = ratios.filter(({ ratio }) => ratio > most);
    return {
      target: `With a ${watcher}: at most ${most.toFixed(2)} times the processor time of an unwatched push`,
      measured:
        ratios.map(({ load, ratio }) => `${ratio.toFixed(2)} for ${load.name}`).join(', ') || 'not measured',
      missed:
        over.length === 0
          ? null
          : over.map(({ load, ratio }) => `${percent(ratio - most)} for ${load.name}`).join('; '),
    };
  });
  const highest = Math.max(
    ...loads.flatMap((load) => (['page', 'recorder'] as const).map((watcher) => moreMemory(load, watcher))),
  );
  return [
    ...times,
    {
      target: `Memory: at most ${mostMemory} MiB more than unwatched, however long it runs`,
      measured: `${highest.toFixed(0)} MiB more`,
      missed: highest > mostMemory ? `${(highest - mostMemory).toFixed(0)} MiB` : null,
    },
  ];
}

/** The results as Markdown: what docs/benchmarks.md holds between its markers of inspect. */
export function reportInspect(result: InspectResult, circumstances: Circumstances): string {
  return [
    describe(circumstances),
    '',
    verdictTable(judgeInspect(result)),
    '',
    table([
      [
        'A push of',
        'Watched by',
        'Rounds',
        'Unwatched',
        'Watched',
        'Ratio',
        'Unwatched to itself',
        'CPU',
        'Memory',
      ],
      ...result.loads.flatMap((load) => watchers.map((watcher) => rowOf(load, watcher))),
    ]),
  ].join('\n');
}

function rowOf(load: WatchedLoad, watcher: Watcher): readonly string[] {
  const rounds = load.rounds[watcher];
  const time: Comparison = compare(rounds, timeOf);
  const memory = moreMemory(load, watcher);
  return [
    load.name,
    watcher,
    String(rounds.length),
    seconds(time.strapi),
    seconds(time.ferry),
    time.ratio.toFixed(2),
    time.spread.toFixed(2),
    `× ${compare(rounds, cpuOf).ratio.toFixed(2)}`,
    `${memory < 0 ? '−' : '+'}${Math.abs(memory).toFixed(0)} MiB`,
  ];
}
