import type { Content } from '../strapi/harness/child.js';

export interface Scenario {
  readonly name: string;
  readonly direction: 'pull' | 'push';
  readonly content: Exclude<Content, string>;
  /** Milliseconds that each byte takes each way. */
  readonly delay: number;
  /** Rounds at most. */
  readonly rounds: number;
  /** The two whose peak memory is compared: how much more does it take for more bytes? */
  readonly memory?: 'small' | 'large';
}

interface Sizes {
  readonly articles: number;
  /** MiB of assets: in most scenarios, and in the two about memory. */
  readonly assets: number;
  readonly manyAssets: number;
  readonly rounds: number;
  readonly fewRounds: number;
}

/** Within 25 minutes on two cores. */
export const fullSizes: Sizes = { articles: 1000, assets: 100, manyAssets: 1024, rounds: 5, fewRounds: 2 };

/** Within 4 minutes: an impression, too few rounds to judge by. */
export const quickSizes: Sizes = { articles: 200, assets: 40, manyAssets: 250, rounds: 1, fewRounds: 1 };

const MiB = 1024 * 1024;
const assetCount = 20;

export function scenariosOf(sizes: Sizes): readonly Scenario[] {
  const { articles, rounds } = sizes;
  const records = {
    name: `${articles} articles, ${4 * articles} links`,
    // A few small files belong to it: Strapi's client can lose the end of an assets stage without any, and hang.
    content: { articles, assetBytes: 160 * 1024, assetCount: 10 },
    rounds,
  };
  const files = (mebibytes: number) => ({
    name: `${mebibytes} MiB of assets`,
    content: { articles: 0, assetBytes: mebibytes * MiB, assetCount },
    rounds,
  });
  const both = (what: Omit<Scenario, 'direction'>): readonly Scenario[] => [
    { ...what, direction: 'pull' },
    { ...what, direction: 'push' },
  ];
  return [
    ...both({ ...records, delay: 0 }),
    ...both({ ...files(sizes.assets), delay: 0, memory: 'small' }),
    ...both({ ...files(sizes.manyAssets), delay: 0, memory: 'large', rounds: sizes.fewRounds }),
    ...both({ ...records, delay: 50 }),
    ...both({ ...files(sizes.assets / 2), delay: 50 }),
  ];
}
