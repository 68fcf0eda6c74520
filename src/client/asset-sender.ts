import type { Ids } from '../ports/ids.js';
import { createSha256 } from '../ports/sha256.js';
import { encodeAssetChunk } from '../protocol/codec.js';
import type { Asset } from '../protocol/content.js';
import { hasByteFrames } from '../protocol/frame-bytes.js';
import type { Negotiated } from '../protocol/negotiation.js';
import type { StreamBatcher } from './stream-batcher.js';

/** Bytes to one flow item, at most. */
const chunkSize = 256 * 1024;

/** One asset as the flow of the protocol: start, stream…, end. */
export async function sendAsset(
  asset: Asset,
  batcher: StreamBatcher,
  { checksums, assetEncoding }: Negotiated,
  ids: Ids,
): Promise<void> {
  const assetID = ids.uuid();
  const { filename, size, metadata } = asset;
  const data = { filename, filepath: `assets/uploads/${filename}`, stats: { size: size ?? 0 }, metadata };
  await batcher.add(JSON.stringify({ action: 'start', assetID, data }));
  const hash = checksums ? createSha256() : null;
  for await (const bytes of asset.stream({ reuse: true })) {
    hash?.update(bytes);
    for (let start = 0; start < bytes.length; start += chunkSize) {
      const chunk = bytes.subarray(start, start + chunkSize);
      if (assetEncoding === 'buffer' || !hasByteFrames) {
        await batcher.add(encodeAssetChunk(assetID, chunk, assetEncoding));
      } else {
        // A full chunk is a batch and is encoded at once; a smaller one waits, while the source may reuse its memory.
        await batcher.add({ assetID, bytes: chunk.length < chunkSize ? new Uint8Array(chunk) : chunk });
      }
    }
  }
  const checksum = hash === null ? {} : { checksum: { algorithm: 'sha256', value: hash.digest('hex') } };
  await batcher.add(JSON.stringify({ action: 'end', assetID, ...checksum }));
}
