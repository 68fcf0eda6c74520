import { type Circumstances, describe, seconds, table, verdictTable } from './report.js';
import type { Compared, ServerResult } from './server-measure.js';
import { compare } from './statistics.js';
import { memoryLimit, percent, timeOf, type Verdict } from './targets.js';

/** How many times faster Strapi's client gets the rows and links. */
const recordsFactor = 20;
/** What a record may cost more in a larger store; the machine's noise is about half of it. */
const costGrowth = 1.25;

export function judgeServer({ compared, costs, peaks }: ServerResult): readonly Verdict[] {
  const verdicts = compared.map(judgeTime);
  const failed = compared.flatMap(({ failures }) => failures).filter((text) => text.includes('✗')).length;
  if (failed > 0) {
    const runs = failed === 1 ? '1 pull' : `${failed} pulls`;
    verdicts.push({ target: 'No pull from Ferry fails', measured: `${runs} failed`, missed: runs });
  }
  const each = costs.map(microseconds);
  const growth = Math.max(...each.flatMap((cost, at) => each.slice(0, at).map((before) => cost / before)), 0);
  verdicts.push({
    target: `A record costs the same in every batch and store: at most ${costGrowth} × what it costs in a smaller store`,
    measured: `${growth.toFixed(2)} ×`,
    missed: growth > costGrowth ? percent(growth / costGrowth - 1) : null,
  });
  const highest = Math.max(...[...compared, ...costs, ...peaks].map(({ peakMiB }) => peakMiB));
  verdicts.push({
    target: `Peak memory of the server of at most ${memoryLimit} MiB, in every run`,
    measured: `${highest.toFixed(0)} MiB`,
    missed: highest > memoryLimit ? `${(highest - memoryLimit).toFixed(0)} MiB` : null,
  });
  return verdicts;
}

function judgeTime({ what, rounds }: Compared): Verdict {
  const { ratio, spread } = compare(rounds, timeOf);
  if (what === 'records') {
    const faster = 1 / ratio;
    return {
      target: `Strapi's client pulls records at least ${recordsFactor} times faster than from Strapi`,
      measured: `${faster.toFixed(1)} times`,
      missed: faster < recordsFactor ? `${(recordsFactor - faster).toFixed(1)} times` : null,
    };
  }
  return {
    target: "Strapi's client pulls assets no slower than from Strapi, beyond Strapi's spread against itself",
    measured: `ratio ${ratio.toFixed(2)}, spread ${spread.toFixed(2)}`,
    missed: ratio > spread ? percent(ratio - spread) : null,
  };
}

const microseconds = ({ seconds: all, records }: ServerResult['costs'][number]) => (all / records) * 1e6;

/** The results as Markdown: what docs/benchmarks.md holds between the server's markers. */
export function reportServer(result: ServerResult, circumstances: Circumstances): string {
  const { compared, costs, peaks } = result;
  const failures = compared.flatMap((each) => each.failures.map((text) => `- ${each.name}: ${text}`));
  return [
    describe(circumstances),
    '',
    verdictTable(judgeServer(result)),
    '',
    table([
      [
        "Strapi's client pulls",
        'Rounds',
        'From Strapi',
        'From Ferry',
        'Faster',
        "Strapi's to itself",
        'Peak',
      ],
      ...compared.map(comparedRow),
    ]),
    '',
    table([
      ['Records in the store', 'Stage of records', 'A record', 'Peak of the server'],
      ...costs.map((cost) => [
        String(cost.records),
        `${(cost.seconds * 1000).toFixed(1)} ms`,
        `${microseconds(cost).toFixed(2)} µs`,
        `${cost.peakMiB.toFixed(0)} MiB`,
      ]),
    ]),
    '',
    table([
      ['Assets of each pull', 'Pulls at once', 'Seconds', 'All of them', 'Peak of the server', ''],
      ...peaks.map(({ assets, atOnce, seconds: took, peakMiB }) => [
        `${assets} MiB`,
        String(atOnce),
        seconds(took),
        `${((assets * atOnce) / took).toFixed(0)} MiB/s`,
        `${peakMiB.toFixed(0)} MiB`,
        peakMiB <= memoryLimit ? '✓' : `✗ ${(peakMiB - memoryLimit).toFixed(0)} MiB over`,
      ]),
    ]),
    ...(failures.length === 0
      ? []
      : ['', 'Pulls that came to nothing, and were run again:', '', ...failures]),
  ].join('\n');
}

function comparedRow({ name, rounds, peakMiB }: Compared): readonly string[] {
  const time = compare(rounds, timeOf);
  return [
    name,
    String(rounds.length),
    seconds(time.strapi),
    seconds(time.ferry),
    `${(1 / time.ratio).toFixed(2)} ×`,
    time.spread.toFixed(2),
    `${peakMiB.toFixed(0)} MiB`,
  ];
}
