import type { ContractCase } from '../store-contract.js';
import { Nonconformance } from './nonconformance.js';

/** The results of the cases of a suite. */
export interface Report {
  readonly passed: number;
  /** The failed cases, with what was expected and what came. */
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** What was found, each with the cases that failed by it: the one with the shortest path first. */
  readonly findings: readonly ReportedFinding[];
  /** A report for people: a paragraph for each finding, and the count. */
  readonly text: string;
}

/** One cause, and the cases that failed by it. */
export interface ReportedFinding {
  /** In words, without the path. */
  readonly finding: string;
  /** The names of the cases, the one with the shortest path first. */
  readonly cases: readonly string[];
  /** The message of the first of them. */
  readonly message: string;
}

interface Failure {
  readonly name: string;
  readonly message: string;
  readonly finding: string;
  readonly length: number;
}

/**
 * Runs cases one after another, without a test runner. A failed case does not reject: look at `failed`.
 *
 * @param suite - of `testServer`, `testClient`, `testClientByUrl` or, as `{cases: storeContract(…)}`, a store's
 */
export async function report({ cases }: { readonly cases: readonly ContractCase[] }): Promise<Report> {
  const failed: Failure[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      const { finding, length } = error instanceof Nonconformance ? error : { finding: message, length: 0 };
      failed.push({ name, message, finding, length });
    }
  }
  const passed = cases.length - failed.length;
  const findings = findingsOf(failed);
  return {
    passed,
    failed: failed.map(({ name, message }) => ({ name, message })),
    findings,
    text: [...findings.map(inWords), `${passed} passed, ${failed.length} failed`].join('\n'),
  };
}

/** The most frequent first. */
function findingsOf(failed: readonly Failure[]): readonly ReportedFinding[] {
  const byFinding = new Map<string, readonly Failure[]>();
  for (const failure of [...failed].sort((a, b) => a.length - b.length))
    byFinding.set(failure.finding, [...(byFinding.get(failure.finding) ?? []), failure]);
  return [...byFinding]
    .map(([finding, failures]) => ({
      finding,
      cases: failures.map(({ name }) => name),
      message: failures[0]?.message ?? '',
    }))
    .sort((a, b) => b.cases.length - a.cases.length);
}

function inWords({ finding, cases, message }: ReportedFinding): string {
  const paths = cases.length === 1 ? 'in 1 path' : `in ${cases.length} paths, the shortest`;
  const words = message === finding ? [] : [`  ${message}`];
  return [`✗ ${finding}`, `  ${paths}: ${cases[0]}`, ...words].join('\n');
}
