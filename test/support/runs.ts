import type { Parameters } from 'fast-check';

/**
 * How often a property is tried, and from which seed: the same each time, so that a failure stays. fast-check prints
 * the seed and the path of what failed. FERRY_SEED tries others, FERRY_RUNS so many times as many.
 */
export function runs(numRuns: number): Parameters<unknown> {
  const seed = Number(process.env['FERRY_SEED'] ?? 20261124);
  return { seed, numRuns: numRuns * Number(process.env['FERRY_RUNS'] ?? 1) };
}
