import { createSha256, type Sha256 } from '../ports/sha256.js';
import { type AssetNames, createAssetNames } from '../protocol/asset-names.js';
import { assertChecksum } from '../protocol/checksum.js';
import { decodeAssetChunk } from '../protocol/codec.js';
import type { Asset } from '../protocol/content.js';
import { naming, TransferError } from '../protocol/errors.js';
import type { AssetChunk, AssetEnd, AssetFlowItem, AssetStart } from '../protocol/messages.js';
import { parseAssetFlow } from '../protocol/validate.js';

export interface AssetReaderOptions {
  readonly url: string;
  /** Agreed in `init`: a missing or wrong checksum fails the transfer. Without it, a size that is wrong does. */
  readonly checksums: boolean;
  /** Is told of each asset that came whole. */
  readonly onWhole?: (filename: string) => void;
}

/**
 * The assets in a stage's batches, one after the other as servers send them. Each asset's bytes are read from the
 * same batches, so an asset must be read, or given up, before the next is taken.
 * @throws TransferError INVALID_MESSAGE, ASSET_SIZE_MISMATCH, CHECKSUM_MISMATCH, DUPLICATE_ASSET
 */
export async function* readAssets(
  batches: AsyncIterable<readonly unknown[]>,
  options: AssetReaderOptions,
): AsyncGenerator<Asset> {
  const items = flatten(batches, options.url);
  const names = createAssetNames();
  for (;;) {
    const next = await items.next();
    if (next.done === true) return;
    if (next.value.action !== 'start') throw misplaced(options.url, next.value);
    const { filename, stats, metadata } = next.value.data;
    const reading = createReading(items, next.value, names, options);
    const isSure = stats.size > 0 && (!options.checksums || liesOnADisk(metadata));
    yield { filename, size: isSure ? stats.size : null, metadata, stream: () => reading.bytes };
    // Whoever took the asset may have left it unread: the next one starts behind its end.
    while (!reading.ended()) await reading.item();
    options.onWhole?.(filename);
  }
}

/**
 * Whether a file lies on the server's own disk, by the path that its row names. Of one that lies elsewhere a Strapi
 * announces what a HTTP header says: 0 where it says nothing, and the compressed length where it comes compressed.
 */
const liesOnADisk = ({ url }: Asset['metadata']): boolean => typeof url === 'string' && /^\/(?!\/)/.test(url);

async function* flatten(
  batches: AsyncIterable<readonly unknown[]>,
  url: string,
): AsyncGenerator<AssetFlowItem, void> {
  for await (const batch of batches) yield* naming({ url }, () => parseAssetFlow(batch));
}

function createReading(
  items: AsyncGenerator<AssetFlowItem, void>,
  { assetID, data }: AssetStart,
  names: AssetNames,
  { url, checksums }: AssetReaderOptions,
) {
  let ended = false;

  /** The next item of this asset's flow. */
  const item = async (): Promise<AssetChunk | AssetEnd> => {
    const next = await items.next();
    if (next.done === true) {
      throw new TransferError('INVALID_MESSAGE', { url, reason: `the asset ${data.filename} never ended` });
    }
    const { value } = next;
    if (value.assetID !== assetID || value.action === 'start') throw misplaced(url, value);
    ended = value.action === 'end';
    return value;
  };

  async function* read(): AsyncGenerator<Uint8Array> {
    const hash = checksums ? createSha256() : null;
    let size = 0;
    for (;;) {
      const next = await item();
      if (next.action === 'end') return check(next, hash, size);
      const bytes = naming({ url }, () => decodeAssetChunk(next));
      size += bytes.length;
      hash?.update(bytes);
      if (bytes.length > 0) yield bytes;
    }
  }

  function check(end: AssetEnd, hash: Sha256 | null, size: number): void {
    const { filename } = data;
    if (hash === null) {
      const expected = data.stats.size;
      if (expected !== 0 && expected !== size) {
        throw new TransferError('ASSET_SIZE_MISMATCH', { filename, expected, actual: size });
      }
      names.claim(filename, `${size}`);
      return;
    }
    const actual = hash.digest('hex');
    assertChecksum(filename, end.checksum, actual);
    names.claim(filename, actual);
  }

  return { bytes: read(), item, ended: () => ended };
}

function misplaced(url: string, { action, assetID }: AssetFlowItem): TransferError {
  const reason = `${action} of the asset ${assetID} came while another one was due`;
  return new TransferError('INVALID_MESSAGE', { url, reason });
}
