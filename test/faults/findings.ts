import type { Simulated } from '../simulation/simulate.js';

/** What one schedule came to. */
export type Tried = Pick<Simulated, 'schedule' | 'outcome' | 'violations' | 'ms' | 'hasStruck'>;

/** What many schedules came to. */
export interface Findings {
  readonly schedules: number;
  readonly struck: number;
  /** Milliseconds. */
  readonly longest: number;
  /** How often each outcome came, by kind of fault. */
  readonly outcomes: Readonly<Record<string, Readonly<Record<string, number>>>>;
  readonly violated: readonly { readonly seed: number; readonly violations: readonly string[] }[];
}

export const noFindings: Findings = { schedules: 0, struck: 0, longest: 0, outcomes: {}, violated: [] };

export function findingsOf({ schedule, outcome, violations, ms, hasStruck }: Tried): Findings {
  return {
    schedules: 1,
    struck: hasStruck ? 1 : 0,
    longest: ms,
    outcomes: { [schedule.also === undefined ? schedule.fault.kind : 'several']: { [outcome]: 1 } },
    violated: violations.length === 0 ? [] : [{ seed: schedule.seed, violations }],
  };
}

export function addUp(one: Findings, other: Findings): Findings {
  const outcomes: Record<string, Record<string, number>> = structuredClone(one.outcomes);
  for (const [kind, counts] of Object.entries(other.outcomes)) {
    const sums = outcomes[kind] ?? {};
    for (const [outcome, count] of Object.entries(counts)) sums[outcome] = (sums[outcome] ?? 0) + count;
    outcomes[kind] = sums;
  }
  return {
    schedules: one.schedules + other.schedules,
    struck: one.struck + other.struck,
    longest: Math.max(one.longest, other.longest),
    outcomes,
    violated: [...one.violated, ...other.violated],
  };
}

/** Everything but what was violated, for people. */
export function tally(findings: Findings): string {
  const outcomes = Object.entries(findings.outcomes)
    .sort()
    .map(
      ([kind, counts]) =>
        `  ${kind}: ${Object.entries(counts)
          .map((one) => one.join(' '))
          .join(', ')}`,
    );
  return [
    ...outcomes,
    `the fault struck in ${findings.struck} of ${findings.schedules}`,
    `violations: ${findings.violated.length}`,
  ].join('\n');
}

const seedsToALine = 500;

/** A line once 500 more schedules have been tried than `before` had; otherwise null. */
export function progress(findings: Findings, before: number, seconds: number): string | null {
  const { schedules, violated } = findings;
  if (Math.floor(schedules / seedsToALine) === Math.floor(before / seedsToALine)) return null;
  return `${schedules} done, violations: ${violated.length}, ${(schedules / seconds).toFixed(1)} a second`;
}
