import type { Cases, ContractCase, StoreUnderTest } from './store-contract/contract-case.js';
import { readingCases } from './store-contract/reading.js';
import { rowAndAssetCases } from './store-contract/rows-and-assets.js';
import { versionCases } from './store-contract/versions.js';

export type { ContractCase, StoreUnderTest };

const cases: Cases = { ...readingCases, ...versionCases, ...rowAndAssetCases };

/**
 * The contract of every store, as both ends of a transfer. Run each case in a test of its own:
 *
 *     for (const { name, run } of storeContract(makeStore)) test(name, run);
 *
 * @param makeStore Called once for each case.
 */
export function storeContract(
  makeStore: () => StoreUnderTest | Promise<StoreUnderTest>,
): readonly ContractCase[] {
  return Object.entries(cases).map(([name, holds]) => ({
    name,
    async run() {
      const store = await makeStore();
      try {
        await holds(store);
      } finally {
        await store.dispose?.();
      }
    },
  }));
}
