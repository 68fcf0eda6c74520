import { cpus, totalmem, type } from 'node:os';
import type { Result } from './measure.js';
import { compare, median } from './statistics.js';
import {
  highestPeak,
  judge,
  memoryLimit,
  slowerBy,
  timeOf,
  titleOf,
  type Verdict,
  wholeTimeOf,
} from './targets.js';

export interface Circumstances {
  readonly date: Date;
  /** How it was called. */
  readonly command: string;
  readonly strapi: string;
  /** Of the machine, over the minute before the first run. */
  readonly load: number;
}

/** The results as Markdown: what docs/benchmarks.md holds between its markers. */
export function report(
  results: readonly Result[],
  circumstances: Circumstances,
  unmeasured: readonly Verdict[],
): string {
  const failures = results.flatMap(describeFailures);
  return [
    describe(circumstances),
    '',
    verdictTable([...judge(results), ...unmeasured]),
    '',
    table([
      ['Scenario', 'Rounds', "Strapi's client", 'Ferry', 'Ratio', "Strapi's to itself", ''],
      ...results.map(timeRow),
    ]),
    '',
    table([
      [
        'Scenario',
        "Strapi's client, whole process",
        'Ferry, whole process',
        "Strapi's client, peak",
        'Ferry, peak',
        '',
      ],
      ...results.map(processRow),
    ]),
    ...(failures.length === 0 ? [] : ['', 'Runs that came to nothing, and were run again:', '', ...failures]),
  ].join('\n');
}

/** Each target, what was measured, and by how much it was missed. */
export const verdictTable = (verdicts: readonly Verdict[]): string =>
  table([
    ['Target', 'Measured', ''],
    ...verdicts.map(({ target, measured, missed }) => [
      target,
      measured,
      missed === null ? '✓' : `✗ missed by ${missed}`,
    ]),
  ]);

export function describe({ date, command, strapi, load }: Circumstances): string {
  const [cpu] = cpus();
  const memory = `${Math.round(totalmem() / 1024 ** 3)} GiB`;
  const machine = `${cpus().length} cores (${cpu?.model.trim() ?? 'unknown'}), ${memory}, ${type()}`;
  return (
    `${date.toISOString().slice(0, 10)} · Node ${process.version} · Strapi ${strapi} and its client · ${machine}, ` +
    `load ${load.toFixed(1)} before the first run · \`${command}\``
  );
}

function timeRow(result: Result): readonly string[] {
  const time = compare(result.rounds, timeOf);
  const by = slowerBy(time);
  return [
    titleOf(result.scenario),
    String(result.rounds.length),
    seconds(time.strapi),
    seconds(time.ferry),
    time.ratio.toFixed(2),
    time.spread.toFixed(2),
    by === 0 ? '✓' : `✗ ${by.toFixed(2)} over`,
  ];
}

function processRow(result: Result): readonly string[] {
  const time = compare(result.rounds, wholeTimeOf);
  const strapi = result.rounds.flatMap((round) => round.strapi.map(({ peakMiB }) => peakMiB));
  const peak = highestPeak(result);
  return [
    titleOf(result.scenario),
    seconds(time.strapi),
    seconds(time.ferry),
    `${median(strapi).toFixed(0)} MiB`,
    `${median(result.rounds.map(({ ferry }) => ferry.peakMiB)).toFixed(0)} MiB, highest ${peak.toFixed(0)}`,
    peak <= memoryLimit ? '✓' : `✗ ${(peak - memoryLimit).toFixed(0)} MiB over`,
  ];
}

function describeFailures({ scenario, failures }: Result): readonly string[] {
  const names = { strapi: "Strapi's client", ferry: '✗ Ferry' };
  return failures.map(({ client, reason }) => `- ${titleOf(scenario)}: ${names[client]}: ${reason}`);
}

export const seconds = (value: number) => `${value.toFixed(2)} s`;

export function table([head = [], ...rows]: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}
