import { createComponentReader } from '../protocol/components.js';
import type { Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import { compareAssets } from './asset-diff.js';
import { compareConfiguration } from './configuration-diff.js';
import type { ContentDifference, DifferenceCount } from './content-difference.js';
import { compareEntities } from './entity-diff.js';
import { compareLinks } from './link-diff.js';
import { createLinkEnds } from './link-ends.js';
import { type Match, matchByKey } from './match.js';
import { indexRows, type RowIndex, rowOf } from './row-index.js';
import { compareSchemasOf } from './schema-difference.js';
import type { Findings, Side } from './side.js';
import { volatileKeys } from './volatile.js';

/** What is compared, and how many differences are reported. */
export interface DiffOptions {
  /** How many differences are reported; all are counted. @defaultValue 1000 */
  readonly limit?: number | undefined;
  /** Keys of settings that are not compared. @defaultValue those that a Strapi writes by itself */
  readonly volatile?: readonly string[] | undefined;
  /**
   * Called for a file that cannot be read (MISSING_ASSET, ASSET_SIZE_MISMATCH), which then counts as missing. A folder
   * or an archive calls its own `onBrokenAsset` for files that are described and missing.
   * @defaultValue it ends the comparison
   */
  readonly onBrokenAsset?: ((side: 'left' | 'right', error: TransferError) => void) | undefined;
}

/** What two contents differ in. */
export interface ContentDiff {
  /** The first ones, in the order of the stages. Empty where the contents are equal. */
  readonly differences: readonly ContentDifference[];
  /** The number of all differences. A row that differs counts as one if its differences are beyond the limit. */
  readonly total: number;
  /** The same by kind and type, in the order in which they were found. */
  readonly counts: readonly DifferenceCount[];
}

/**
 * Compares two contents. Neither ids nor the order of storage count as differences. Rows are matched by type, document,
 * locale and publication state; rows of types without documents by a unique field, or else by their content. Types that
 * are never transferred are not compared.
 *
 * Opens both sources, and closes both. If some rows of entities differ, they are read a second time, which a folder and
 * a memory store allow; a server gives them once, so pull it into a store first.
 *
 * Memory: only keys and digests of the rows, and numbers for their components and links, never the rows themselves: two
 * folders of 100,000 rows, 600,000 components and 500,000 links each fit into 300 MB.
 *
 * Errors: INVALID_OPTION, and what the sources throw.
 */
export async function diffContent(
  left: TransferSource,
  right: TransferSource,
  { limit = 1000, volatile = volatileKeys, onBrokenAsset = refuse }: DiffOptions = {},
): Promise<ContentDiff> {
  if (!Number.isInteger(limit) || limit < 0) {
    const reason = 'it must be a whole number';
    throw new TransferError('INVALID_OPTION', { option: 'limit', value: limit, reason });
  }
  const found = { differences: [] as ContentDifference[], total: 0 };
  const counts = new Map<string, DifferenceCount>();
  const findings: Findings = {
    add(difference) {
      found.total += 1;
      const { kind, type, change } = difference;
      const key = `${kind} ${type ?? ''}`;
      const before = counts.get(key) ?? { kind, ...(type && { type }), missing: 0, extra: 0, changed: 0 };
      counts.set(key, { ...before, [change]: before[change] + 1 });
      if (found.differences.length < limit) found.differences.push(difference);
    },
    broken: onBrokenAsset,
    room: () => limit - found.differences.length,
  };
  try {
    await left.open();
    await right.open();
    const schemas = [await left.schemas(), await right.schemas()] as const;
    compareSchemasOf(...schemas, findings);
    const rows = await compareRows(left, right, schemas, findings);
    await compareAssets(left, right, findings);
    compareLinks(await rows.linksOf('left'), await rows.linksOf('right'), rows.ends, findings);
    await compareConfiguration(left, right, volatile, findings);
  } finally {
    await Promise.allSettled([left.close(), right.close()]);
  }
  return { ...found, counts: [...counts.values()] };
}

function refuse(_: 'left' | 'right', error: TransferError): never {
  throw error;
}

async function compareRows(
  left: TransferSource,
  right: TransferSource,
  [ours, theirs]: readonly [Schemas | null, Schemas | null],
  findings: Findings,
) {
  const sides = { left: sideOf(left, ours ?? theirs), right: sideOf(right, theirs ?? ours) };
  const rows = {
    left: await indexRows(left, ours ?? theirs, sides.left.components),
    right: await indexRows(right, theirs ?? ours, sides.right.components),
  };
  const matches = matchByKey(rows.left, rows.right);
  await compareEntities([sides.left, rows.left], [sides.right, rows.right], matches, findings);
  const ends = createLinkEnds(matches.map((match) => ({ where: match.name, ...rowOf(match, rows) })));
  return {
    ends,
    linksOf: (side: 'left' | 'right') =>
      ends.read(sides[side].source, rows[side], numbered(matches, side, rows[side])),
  };
}

function sideOf(source: TransferSource, schemas: Schemas | null): Side {
  return { source, components: createComponentReader(schemas) };
}

/** For each row of a side the number of its match, which both sides share. */
function numbered(matches: readonly Match[], side: 'left' | 'right', rows: RowIndex): readonly number[] {
  const numbers = rows.keys.map(() => -1);
  matches.forEach((match, identity) => {
    const row = match[side];
    if (row !== undefined) numbers[row] = identity;
  });
  return numbers;
}
