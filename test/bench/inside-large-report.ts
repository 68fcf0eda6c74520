import type { LargeResult, LargeRun } from './inside-large-measure.js';
import { type Circumstances, describe, seconds, table, verdictTable } from './report.js';
import type { Verdict } from './targets.js';

/** MiB that Strapi's process may grow by: with one large asset, and with many rows. */
const growths = [
  { holds: 'asset', limit: 96 },
  { holds: 'rows', limit: 160 },
];
/** Seconds that the transaction of a push may take, at the content of the other figures. */
const transactions = { SQLite: 1.5, PostgreSQL: 5 } as const;

export function judgeLarge({ memory, growth }: LargeResult): readonly Verdict[] {
  const [smallest] = growth;
  return [
    ...memory.map(({ name, direction, run }) => {
      const limit = growths.find(({ holds }) => name.includes(holds))?.limit ?? 0;
      return {
        target: `${direction} of ${name}: at most ${limit} MiB above idle`,
        measured: `${run.growth.toFixed(0)} MiB`,
        missed: run.growth > limit ? `${(run.growth - limit).toFixed(0)} MiB` : null,
      };
    }),
    ...growth
      .filter(({ name, direction }) => direction === 'push' && name === smallest?.name)
      .map(({ name, database, run }) => {
        const limit = transactions[database];
        return {
          target: `${database}: the transaction of ${name} at most ${limit} s`,
          measured: seconds(run.transaction),
          missed: run.transaction > limit ? seconds(run.transaction - limit) : null,
        };
      }),
  ];
}

/** The results as Markdown: what docs/benchmarks.md holds between its markers. */
export function reportLarge(result: LargeResult, circumstances: Circumstances): string {
  return [
    describe(circumstances),
    '',
    verdictTable(judgeLarge(result)),
    '',
    table([
      [
        "Ferry's client with the plugin",
        'Time',
        'Transaction',
        'Longest read',
        'Longest write',
        'Memory above idle',
      ],
      ...[...result.memory, ...result.growth].map(rowOf),
    ]),
  ].join('\n');
}

const rowOf = ({ name, database, direction, run }: LargeRun): readonly string[] => [
  `${database}: ${direction} of ${name}`,
  seconds(run.seconds),
  direction === 'push' ? seconds(run.transaction) : '–',
  seconds(run.reads),
  seconds(run.writes),
  `${run.growth.toFixed(0)} MiB`,
];
