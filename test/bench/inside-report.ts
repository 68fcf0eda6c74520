import type { Endpoint, InsideComparison, InsideResult, InsideRun } from './inside-measure.js';
import { type Circumstances, describe, seconds, table, verdictTable } from './report.js';
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
const names = { strapi: "Strapi's client", ferry: "Ferry's client" };

const of = ({ rounds }: InsideComparison, endpoint: Endpoint, value: (run: InsideRun) => number) => {
  const values = rounds.flatMap((round) => round[endpoint] ?? []).map(value);
  return values.length === 0 ? null : median(values);
};
const timeOf = ({ seconds: time }: InsideRun) => time;

/** Median of the rounds' own ratios; null where the built-in endpoint never came to an end. */
function factorOf({ rounds }: InsideComparison): number | null {
  const ratios = rounds.flatMap(({ builtIn, plugin }) =>
    builtIn === null ? [] : [builtIn.seconds / plugin.seconds],
  );
  return ratios.length === 0 ? null : median(ratios);
}

export const judgeInside = ({ comparisons }: InsideResult): readonly Verdict[] => [
  ...comparisons.flatMap(judgeTime),
  ...comparisons.flatMap(judgeWaits),
];

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
  const verb = direction === 'pull' ? 'pulls' : 'pushes';
  const target = `${database}: ${names[client]} ${verb} ${what} at least ${wanted} × faster`;
  if (factor === null) return [{ target, measured: failures.join('; '), missed: null }];
  const missed = factor < wanted ? `${(wanted - factor).toFixed(1)} ×` : null;
  return [{ target, measured: `${factor.toFixed(1)} ×`, missed }];
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
    verdictTable(judgeInside(result)),
    '',
    table([
      [
        'Transfer',
        'Rounds',
        'Built-in',
        'Plugin',
        'Ratio',
        'Into nothing',
        'Longest read: built-in, plugin',
        'Longest write',
      ],
      ...rows.map((row) => [
        `${row.database}: ${names[row.client]}, ${row.direction} of ${row.what}`,
        String(row.rounds.length),
        secondsOr(of(row, 'builtIn', timeOf), 'failed'),
        secondsOr(of(row, 'plugin', timeOf), '–'),
        factorOf(row) === null ? '–' : `${factorOf(row)?.toFixed(1)} ×`,
        secondsOr(ceilingOf(row), '–'),
        both(row, ({ reads }) => reads),
        both(row, ({ writes }) => writes),
      ]),
    ]),
    ...failuresOf(result),
  ].join('\n');
}

function failuresOf({ comparisons }: InsideResult): readonly string[] {
  const lines = comparisons.flatMap(({ database, client, direction, what, failures }) =>
    failures.map((failure) => `- ${database}: ${names[client]}, ${direction} of ${what}, ${failure}`),
  );
  return lines.length === 0 ? [] : ['', 'Runs that came to nothing:', '', ...lines];
}

/** What a push takes from its client alone; null for a pull. */
function ceilingOf({ rounds }: InsideComparison): number | null {
  const values = rounds.flatMap(({ ceiling }) => ceiling ?? []);
  return values.length === 0 ? null : median(values);
}

const secondsOr = (value: number | null, otherwise: string) => (value === null ? otherwise : seconds(value));

const both = (row: InsideComparison, value: (run: InsideRun) => number) =>
  `${secondsOr(of(row, 'builtIn', value), '–')}, ${secondsOr(of(row, 'plugin', value), '–')}`;
