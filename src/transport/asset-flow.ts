import { createSha256, type Sha256 } from '../ports/sha256.js';
import { createAssetNames } from '../protocol/asset-names.js';
import { assertChecksum } from '../protocol/checksum.js';
import { decodeAssetChunk } from '../protocol/codec.js';
import type { Asset, StreamOptions } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetEnd, AssetFlowItem, AssetStart } from '../protocol/messages.js';

/** Bytes of one item, at most. */
export const chunkSize = 256 * 1024;

export interface SentAssetOptions {
  readonly assetID: string;
  /** Where the file lies, as the peer is told. */
  readonly folder: string;
  /** Agreed in `init`: the end of an asset says its sha256. */
  readonly checksums: boolean;
  readonly reading: StreamOptions;
}

/** The items of one asset: `start` and `end` as JSON, and between them the bytes of each `stream`. */
export async function* assetItems(
  { filename, size, metadata, stream }: Asset,
  { assetID, folder, checksums, reading }: SentAssetOptions,
): AsyncGenerator<string | Uint8Array> {
  const data = { filename, filepath: `${folder}/${filename}`, stats: { size: size ?? 0 }, metadata };
  yield JSON.stringify({ action: 'start', assetID, data });
  const hash = checksums ? createSha256() : null;
  for await (const bytes of stream(reading)) {
    hash?.update(bytes);
    for (let start = 0; start < bytes.length; start += chunkSize)
      yield bytes.subarray(start, start + chunkSize);
  }
  const checksum = hash === null ? {} : { checksum: { algorithm: 'sha256', value: hash.digest('hex') } };
  yield JSON.stringify({ action: 'end', assetID, ...checksum });
}

/** An asset that has started and not ended. */
export interface OpenAsset {
  readonly assetID: string;
  readonly filename: string;
  /** Bytes, as it was announced; null where that is not known. */
  readonly announced: number | null;
  readonly metadata: Asset['metadata'];
}

/** An item in its place. */
export type TakenItem =
  | { readonly action: 'start'; readonly asset: OpenAsset }
  | { readonly action: 'stream'; readonly bytes: Uint8Array }
  | { readonly action: 'end' };

export interface AssetFlowOptions {
  /** Agreed in `init`: a missing or wrong checksum is an error; without it a size that differs is one. */
  readonly checksums: boolean;
  /** Whether files of one name are told apart by their sha256, else by their size. A browser has no sha256. */
  readonly hashes: boolean;
  /** Bytes of one asset. Where it is given, the size is looked at as the bytes come. */
  readonly assetSize?: number;
  /** The error for an item that is out of its place. */
  readonly misplaced: (item: AssetFlowItem, open: OpenAsset | null) => TransferError;
}

/** Checks the items of assets as they come: `(start stream* end)*`, one asset at a time. */
export interface AssetFlow {
  readonly open: OpenAsset | null;
  /**
   * The next item. `isRead`: false for an asset that nothing reads, whose content is not looked at.
   * @throws TransferError of `misplaced`, INVALID_MESSAGE, ASSET_TOO_LARGE, ASSET_SIZE_MISMATCH, CHECKSUM_MISMATCH,
   * DUPLICATE_ASSET
   */
  take(item: AssetFlowItem, isRead?: boolean): TakenItem;
}

export function createAssetFlow({ checksums, hashes, assetSize, misplaced }: AssetFlowOptions): AssetFlow {
  const names = createAssetNames();
  let open: OpenAsset | null = null;
  let hash: Sha256 | null = null;
  let size = 0;

  function start({ assetID, data: { filename, stats, metadata } }: AssetStart): TakenItem {
    const announced = stats.size === 0 ? null : stats.size;
    if (announced !== null) checkLimit(filename, announced);
    open = { assetID, filename, announced, metadata };
    hash = hashes ? createSha256() : null;
    size = 0;
    return { action: 'start', asset: open };
  }

  function grow({ filename, announced }: OpenAsset, bytes: Uint8Array): TakenItem {
    size += bytes.length;
    checkLimit(filename, size);
    // Check the announced size now: the end may never come.
    if (assetSize !== undefined && announced !== null && size > announced)
      throw mismatch(filename, announced);
    hash?.update(bytes);
    return { action: 'stream', bytes };
  }

  function checkContent({ filename, announced }: OpenAsset, { checksum }: AssetEnd): void {
    const actual = hash?.digest('hex') ?? `${size}`;
    if (checksums) assertChecksum(filename, checksum, actual);
    else if (announced !== null && announced !== size) throw mismatch(filename, announced);
    names.claim(filename, actual);
  }

  function checkLimit(filename: string, actual: number): void {
    if (assetSize === undefined || actual <= assetSize) return;
    throw new TransferError('ASSET_TOO_LARGE', { filename, actual, limit: assetSize });
  }

  const mismatch = (filename: string, expected: number) =>
    new TransferError('ASSET_SIZE_MISMATCH', { filename, actual: size, expected });

  return {
    get open() {
      return open;
    },
    take(item, isRead = true) {
      const current = open;
      if (item.action === 'start') {
        if (current !== null) throw misplaced(item, current);
        return start(item);
      }
      if (current?.assetID !== item.assetID) throw misplaced(item, current);
      if (item.action === 'stream') {
        return isRead ? grow(current, decodeAssetChunk(item)) : { action: 'stream', bytes: new Uint8Array() };
      }
      open = null;
      if (isRead) checkContent(current, item);
      return { action: 'end' };
    },
  };
}
