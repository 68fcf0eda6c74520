import type { Endpoint, InsideComparison, InsideResult, InsideRun } from './inside-measure.js';
import { type Circumstances, describe, seconds, table } from './report.js';
import { median } from './statistics.js';
import type { Verdict } from './targets.js';

/** How many times faster the plugin is. */
const factors: Readonly<Record<string, number>> = {
  'strapi pull records': 40,
  'strapi pull all': 20,
  'ferry pull all': 25,
  'strapi push records': 4,
  'strapi push all': 2.5,
  'ferry push all': 3.5,
};
/** Seconds that another request may wait. */
const waits = { SQLite: { reads: 1.5, writes: 1.5 }, PostgreSQL: { reads: 1, writes: 5 } } as const;
/** MiB that Strapi's process may grow by: with one large asset, and with many rows. */
const growths = [
  { holds: 'asset', limit: 96 },
  { holds: 'articles', limit: 160 },
];

const names = { strapi: "Strapi's client", ferry: "Ferry's client" };

const of = (comparison: InsideComparison, endpoint: Endpoint, value: (run: InsideRun) => number) =>
  median(comparison.rounds.map((round) => value(round[endpoint])));
const timeOf = ({ seconds: time }: InsideRun) => time;

/** Median of the rounds' own ratios. */
const factorOf = ({ rounds }: InsideComparison) =>
  median(rounds.map(({ builtIn, plugin }) => builtIn.seconds / plugin.seconds));

export function judgeInside({ comparisons, memory }: InsideResult): readonly Verdict[] {
  return [
    ...comparisons.flatMap(judgeTime),
    ...comparisons.flatMap(judgeWaits),
    ...memory.flatMap(({ name, direction, run }) => {
      const limit = growths.find(({ holds }) => name.includes(holds))?.limit ?? 0;
      return verdict(`${direction} of ${name}: at most ${limit} MiB above idle`, run.growth, limit, 'MiB');
    }),
  ];
}

function judgeTime(comparison: InsideComparison): readonly Verdict[] {
  const { database, client, direction, what, rounds, failures } = comparison;
  const wanted = factors[`${client} ${direction} ${what}`];
  const failed = failures.filter((text) => text.startsWith('plugin'));
  const never = {
    target: 'No transfer through the plugin fails',
    measured: failed.join('; '),
    missed: 'all',
  };
  if (failed.length > 0 || rounds.length === 0) return [never];
  if (wanted === undefined) return [];
  const factor = factorOf(comparison);
  return [
    {
      target: `${database}: ${names[client]} ${direction === 'pull' ? 'pulls' : 'pushes'} ${what} at least ${wanted} × faster`,
      measured: `${factor.toFixed(1)} ×`,
      missed: factor < wanted ? `${(wanted - factor).toFixed(1)} ×` : null,
    },
  ];
}

function judgeWaits(comparison: InsideComparison): readonly Verdict[] {
  const { database, direction, what, client, rounds } = comparison;
  if (rounds.length === 0) return [];
  return (['reads', 'writes'] as const).flatMap((kind) => {
    const longest = Math.max(...rounds.map(({ plugin }) => plugin[kind]));
    const limit = waits[database][kind];
    const target = `${database}: another's ${kind} wait at most ${limit} s in a ${direction} of ${what} by ${names[client]}`;
    return verdict(target, longest, limit, 's');
  });
}

function verdict(target: string, value: number, limit: number, unit: string): readonly Verdict[] {
  const measured = `${value.toFixed(unit === 's' ? 2 : 0)} ${unit}`;
  return [{ target, measured, missed: value > limit ? `${(value - limit).toFixed(2)} ${unit}` : null }];
}

/** The results as Markdown: what docs/benchmarks.md holds between its markers. */
export function reportInside(result: InsideResult, circumstances: Circumstances): string {
  const rows = result.comparisons.filter(({ rounds }) => rounds.length > 0);
  return [
    `${describe(circumstances)} · ${result.name}`,
    '',
    table([
      ['Target', 'Measured', ''],
      ...judgeInside(result).map(({ target, measured, missed }) => [
        target,
        measured,
        missed === null ? '✓' : `✗ missed by ${missed}`,
      ]),
    ]),
    '',
    table([
      [
        'Transfer',
        'Rounds',
        'Built-in',
        'Plugin',
        'Ratio',
        'Longest read: built-in, plugin',
        'Longest write',
      ],
      ...rows.map((row) => [
        `${row.database}: ${names[row.client]}, ${row.direction} of ${row.what}`,
        String(row.rounds.length),
        seconds(of(row, 'builtIn', timeOf)),
        seconds(of(row, 'plugin', timeOf)),
        `${factorOf(row).toFixed(1)} ×`,
        both(row, ({ reads }) => reads),
        both(row, ({ writes }) => writes),
      ]),
    ]),
    '',
    table([
      ["Ferry's client with the plugin, SQLite", 'Time', 'Memory above idle'],
      ...result.memory.map(({ name, direction, run }) => [
        `${direction} of ${name}`,
        seconds(run.seconds),
        `${run.growth.toFixed(0)} MiB`,
      ]),
    ]),
  ].join('\n');
}

const both = (row: InsideComparison, value: (run: InsideRun) => number) =>
  `${seconds(of(row, 'builtIn', value))}, ${seconds(of(row, 'plugin', value))}`;
