import type { Asset } from '../protocol/content.js';
import { naming, TransferError } from '../protocol/errors.js';
import type { AssetFlowItem } from '../protocol/messages.js';
import { parseAssetFlow } from '../protocol/validate.js';
import { createAssetFlow, type TakenItem } from '../transport/asset-flow.js';

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
  { url, checksums, onWhole }: AssetReaderOptions,
): AsyncGenerator<Asset> {
  const items = itemsOf(batches, url);
  const flow = createAssetFlow({ checksums, hashes: checksums, misplaced: (item) => misplaced(url, item) });

  async function next(isRead = true): Promise<TakenItem | null> {
    const { done, value } = await items.next();
    if (done !== true) return naming({ url }, () => flow.take(value, isRead));
    if (flow.open === null) return null;
    const reason = `the asset ${flow.open.filename} never ended`;
    throw new TransferError('INVALID_MESSAGE', { url, reason });
  }

  async function* bytes(): AsyncGenerator<Uint8Array> {
    for (let item = await next(); item?.action === 'stream'; item = await next()) {
      if (item.bytes.length > 0) yield item.bytes;
    }
  }

  for (let item = await next(); item?.action === 'start'; item = await next()) {
    const { filename, announced, metadata } = item.asset;
    const reading = bytes();
    const size = !checksums || liesOnADisk(metadata) ? announced : null;
    yield { filename, size, metadata, stream: () => reading };
    // Skip the rest of an asset that the caller left unread.
    while (flow.open !== null) await next(false);
    onWhole?.(filename);
  }
}

/**
 * Whether a file lies on the server's own disk, by the path that its row names. For a file elsewhere a Strapi announces
 * the length in the HTTP header: 0 where there is none, and the compressed length where the body is compressed.
 */
const liesOnADisk = ({ url }: Asset['metadata']): boolean => typeof url === 'string' && /^\/(?!\/)/.test(url);

async function* itemsOf(
  batches: AsyncIterable<readonly unknown[]>,
  url: string,
): AsyncGenerator<AssetFlowItem, void> {
  for await (const batch of batches) yield* naming({ url }, () => parseAssetFlow(batch));
}

function misplaced(url: string, { action, assetID }: AssetFlowItem): TransferError {
  const reason = `${action} of the asset ${assetID} came while another one was due`;
  return new TransferError('INVALID_MESSAGE', { url, reason });
}
