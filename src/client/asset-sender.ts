import type { Ids } from '../ports/ids.js';
import { encodeAssetChunk } from '../protocol/codec.js';
import type { Asset } from '../protocol/content.js';
import { hasByteFrames } from '../protocol/frame-bytes.js';
import type { Negotiated } from '../protocol/negotiation.js';
import { assetItems, chunkSize } from '../transport/asset-flow.js';
import type { StreamBatcher } from './stream-batcher.js';

/** One asset as the flow of the protocol: start, stream…, end. */
export async function sendAsset(
  asset: Asset,
  batcher: StreamBatcher,
  { checksums, assetEncoding }: Negotiated,
  ids: Ids,
): Promise<void> {
  const assetID = ids.uuid();
  const options = { assetID, checksums, folder: 'assets/uploads', reading: { reuse: true } };
  for await (const item of assetItems(asset, options)) {
    if (typeof item === 'string') await batcher.add(item);
    else if (assetEncoding === 'buffer' || !hasByteFrames) {
      await batcher.add(encodeAssetChunk(assetID, item, assetEncoding));
    } else {
      // A full chunk is a batch and is encoded at once; a smaller one waits, while the source may reuse its memory.
      await batcher.add({ assetID, bytes: item.length < chunkSize ? new Uint8Array(item) : item });
    }
  }
}
