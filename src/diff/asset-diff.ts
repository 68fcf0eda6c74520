import { createHash } from 'node:crypto';
import type { Asset } from '../protocol/content.js';
import { type ErrorCode, TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';
import { type Findings, valuesOf } from './side.js';
import { compareValues } from './values.js';

/** The compared parts of a file; `compareValues` names the part that differs. */
interface AssetSummary {
  readonly sha256: string;
  readonly size: number;
  readonly metadata: Readonly<Record<string, unknown>>;
}

export async function compareAssets(
  left: TransferSource,
  right: TransferSource,
  findings: Findings,
): Promise<void> {
  const ours = new Map<string, AssetSummary>();
  for await (const [where, mine] of summaries(left, 'left', findings)) ours.set(where, mine);
  for await (const [where, theirs] of summaries(right, 'right', findings)) {
    const mine = ours.get(where);
    ours.delete(where);
    if (mine === undefined) findings.add({ kind: 'asset', where, change: 'extra' });
    for (const { path, change, ...values } of mine === undefined ? [] : compareValues(mine, theirs)) {
      findings.add({ kind: 'asset', where, path, ...valuesOf(values), change });
    }
  }
  for (const where of ours.keys()) findings.add({ kind: 'asset', where, change: 'missing' });
}

/** Reads each file of a side. A file that cannot be read counts as missing and is reported. */
async function* summaries(source: TransferSource, side: 'left' | 'right', { broken }: Findings) {
  for await (const asset of source.assets()) {
    try {
      yield [asset.filename, await summaryOf(asset)] as const;
    } catch (error) {
      if (!(error instanceof TransferError) || !unreadable.includes(error.code)) throw error;
      broken(side, error);
    }
  }
}

const unreadable: readonly ErrorCode[] = ['MISSING_ASSET', 'ASSET_SIZE_MISMATCH'];

async function summaryOf({ metadata, stream }: Asset): Promise<AssetSummary> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of stream({ reuse: true })) {
    hash.update(chunk);
    size += chunk.length;
  }
  // The id names the file's row on its server; an image format carries the id of its main file.
  const { id: _, ...described } = metadata;
  return { sha256: hash.digest('hex'), size, metadata: described };
}
