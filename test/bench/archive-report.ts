import type { ArchiveResult, Way } from './archive-measure.js';
import { type Circumstances, describe, seconds, table, verdictTable } from './report.js';
import { compare, median } from './statistics.js';
import { memoryLimit, percent, timeOf, type Verdict } from './targets.js';

/** Of the speed that tar, gzip and the cipher reach alone. */
const leastSpeed = 0.8;

export function judgeArchives({ ways, large, peaks }: ArchiveResult): readonly Verdict[] {
  const slower = ways.filter((way) => speedOf(way) < leastSpeed);
  const highest = Math.max(...peaks.map(({ peakMiB }) => peakMiB));
  return [
    {
      target: `At least ${percent(leastSpeed)} of what tar, gzip and the cipher reach alone`,
      measured: `${ways.length - slower.length} of ${ways.length} ways`,
      missed:
        slower.length === 0
          ? null
          : slower.map((way) => `${percent(leastSpeed - speedOf(way))} in ${way.name}`).join('; '),
    },
    {
      target: `Peak memory of at most ${memoryLimit} MiB with ${large} MiB of assets, in every run`,
      measured: `${highest.toFixed(0)} MiB`,
      missed: highest > memoryLimit ? `${(highest - memoryLimit).toFixed(0)} MiB` : null,
    },
  ];
}

const speedOf = ({ rounds }: Way): number => 1 / compare(rounds, timeOf).ratio;

/** The results as Markdown: what docs/benchmarks.md holds between the markers of the archives. */
export function reportArchives(result: ArchiveResult, circumstances: Circumstances): string {
  const { content, ways, large, peaks } = result;
  return [
    describe(circumstances),
    '',
    verdictTable(judgeArchives(result)),
    '',
    table([
      [content, 'Rounds', 'Alone', 'Ferry', 'Speed', 'Alone to itself', 'Peak of Ferry', ''],
      ...ways.map(wayRow),
    ]),
    '',
    table([
      [`${large} MiB of assets`, 'Seconds', 'Peak of Ferry', ''],
      ...peaks.map(({ name, seconds: took, peakMiB }) => [
        name,
        seconds(took),
        `${peakMiB.toFixed(0)} MiB`,
        peakMiB <= memoryLimit ? '✓' : `✗ ${(peakMiB - memoryLimit).toFixed(0)} MiB over`,
      ]),
    ]),
  ].join('\n');
}

function wayRow(way: Way): readonly string[] {
  const { name, rounds } = way;
  const time = compare(rounds, timeOf);
  const speed = speedOf(way);
  return [
    name,
    String(rounds.length),
    seconds(time.strapi),
    seconds(time.ferry),
    percent(speed),
    time.spread.toFixed(2),
    `${median(rounds.map(({ ferry }) => ferry.peakMiB)).toFixed(0)} MiB`,
    speed >= leastSpeed ? '✓' : `✗ ${percent(leastSpeed - speed)} under`,
  ];
}
