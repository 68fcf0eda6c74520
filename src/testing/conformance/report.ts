import type { ContractCase } from '../store-contract.js';

/** The results of the cases of a suite. */
export interface Report {
  readonly passed: number;
  /** The failed cases, with what was expected and what came. */
  readonly failed: readonly { readonly name: string; readonly message: string }[];
  /** A report for people: a line for each failed case, and the count. */
  readonly text: string;
}

/**
 * Runs cases one after another, without a test runner. A failed case does not reject: look at `failed`.
 *
 * @param suite - of `testServer`, `testClient`, `testClientByUrl` or, as `{cases: storeContract(…)}`, a store's
 */
export async function report({ cases }: { readonly cases: readonly ContractCase[] }): Promise<Report> {
  const failed: { name: string; message: string }[] = [];
  for (const { name, run } of cases) {
    try {
      await run();
    } catch (error) {
      failed.push({ name, message: error instanceof Error ? error.message : String(error) });
    }
  }
  const passed = cases.length - failed.length;
  const lines = failed.map(({ name, message }) => `✗ ${name}\n  ${message}`);
  return { passed, failed, text: [...lines, `${passed} passed, ${failed.length} failed`].join('\n') };
}
