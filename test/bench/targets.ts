import type { Run } from './clients.js';
import type { Result } from './measure.js';
import type { Scenario } from './scenarios.js';
import { type Comparison, compare } from './statistics.js';

/** MiB: what our client may hold at its peak, and how much more when there are ten times the assets. */
export const memoryLimit = 150;
const memoryGrowthLimit = 32;

export interface Verdict {
  readonly target: string;
  readonly measured: string;
  /** By how much it is missed; null where it is met. */
  readonly missed: string | null;
}

export const timeOf = (run: Run) => run.seconds;
export const wholeTimeOf = (run: Run) => run.wholeSeconds;

export function highestPeak({ rounds }: Result): number {
  return Math.max(...rounds.map(({ ferry }) => ferry.peakMiB));
}

export function titleOf({ name, direction, delay }: Scenario): string {
  return `${direction} of ${name}${delay === 0 ? '' : `, ${delay} ms each way`}`;
}

export function percent(part: number): string {
  return `${(part * 100).toFixed(1)} %`;
}

/** Slower than Strapi's client, by more than that client is slower than itself. */
export function slowerBy({ ratio, spread }: Comparison): number {
  return Math.max(0, ratio - spread);
}

export function judge(results: readonly Result[]): readonly Verdict[] {
  const verdicts = [judgeTime(results)];
  const failed = results
    .flatMap(({ failures }) => failures)
    .filter(({ client }) => client === 'ferry').length;
  if (failed > 0) {
    const runs = failed === 1 ? '1 run' : `${failed} runs`;
    verdicts.push({ target: 'Never fails', measured: `${runs} failed`, missed: runs });
  }
  const highest = Math.max(...results.map(highestPeak));
  verdicts.push({
    target: `Peak memory of at most ${memoryLimit} MiB, in every run`,
    measured: mebibytes(highest),
    missed: highest > memoryLimit ? mebibytes(highest - memoryLimit) : null,
  });
  for (const direction of ['pull', 'push']) {
    const peak = (memory: string) =>
      results.find(({ scenario }) => scenario.direction === direction && scenario.memory === memory);
    const [small, large] = [peak('small'), peak('large')];
    if (small === undefined || large === undefined) continue;
    const growth = highestPeak(large) - highestPeak(small);
    verdicts.push({
      target: `${direction}: ${large.scenario.name} take at most ${memoryGrowthLimit} MiB more than ${small.scenario.name}`,
      measured: `${mebibytes(growth)} more`,
      missed: growth > memoryGrowthLimit ? mebibytes(growth - memoryGrowthLimit) : null,
    });
  }
  return verdicts;
}

function judgeTime(results: readonly Result[]): Verdict {
  const slower = results.flatMap((result) => {
    const by = slowerBy(compare(result.rounds, timeOf));
    return by > 0 ? [`${percent(by)} in ${titleOf(result.scenario)}`] : [];
  });
  return {
    target: "Never slower than Strapi's client, beyond the spread of that client against itself",
    measured: `${results.length - slower.length} of ${results.length} scenarios`,
    missed: slower.length === 0 ? null : slower.join('; '),
  };
}

function mebibytes(value: number): string {
  return `${value.toFixed(0)} MiB`;
}
