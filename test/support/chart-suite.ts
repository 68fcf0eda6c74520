import { describe, expect, test } from 'vitest';
import type { AnyStateMachine } from 'xstate';
import { expected, holds, nameOf, outcomeOf, type Row } from './chart-rows.js';
import { mutationsOf } from './mutations.js';

/**
 * Holds a chart against its table, and the table against the chart: each transition that is aimed elsewhere, taken
 * away, or freed of its guard, must be noticed by a row. `unnoticeable` names the changes that change nothing, with
 * the reason.
 */
export function describeTable(
  machine: AnyStateMachine,
  initial: Readonly<Record<string, unknown>>,
  rows: readonly Row[],
  unnoticeable: readonly RegExp[] = [],
): void {
  describe(`the table of ${machine.id}`, () => {
    test.each(rows.map((row) => [nameOf(row), row] as const))('%s', (_, row) => {
      const outcome = outcomeOf(machine, row, initial);
      expect(outcome).toEqual(expected(row, outcome));
    });

    // A mutant has its one mistake already: the rows alone are held against it.
    if (process.env['FERRY_MUTANTS'] !== undefined) return;
    test('notices every transition that is aimed elsewhere, taken away or freed of its guard', () => {
      // A row that never holds would notice everything.
      expect(rows.filter((row) => !holds(machine, row, initial)).map(nameOf)).toEqual([]);
      const unnoticed: string[] = [];
      // Most likely a row of the changed state notices, or the one that noticed the last change.
      const byLikelihood = [...rows];
      for (const { name, machine: changed } of mutationsOf(machine)) {
        const near = rows.filter((row) => row.in !== '' && name.startsWith(`${row.in}.`));
        const noticing = [...near, ...byLikelihood].find((row) => !holds(changed, row, initial));
        if (noticing === undefined) unnoticed.push(name);
        else byLikelihood.unshift(...byLikelihood.splice(byLikelihood.indexOf(noticing), 1));
      }
      expect(unnoticed.filter((name) => !unnoticeable.some((pattern) => pattern.test(name)))).toEqual([]);
    }, 120_000);
  });
}
