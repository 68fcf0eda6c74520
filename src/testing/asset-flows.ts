import { createHash } from 'node:crypto';
import { type AssetEncoding, decodeAssetChunk, encodeAssetChunk } from '../protocol/codec.js';
import { parseAssetFlow } from '../protocol/validate.js';
import type { MemoryAsset } from '../stores/memory.js';

/** How the items of assets are written. */
export interface AssetFlowForm {
  readonly encoding: AssetEncoding;
  /** Of the end of each asset. */
  readonly checksum: 'right' | 'wrong' | 'none';
}

const chunkSize = 64 * 1024;

/** Each asset as the list of its items: start, stream…, end. */
export function assetFlows(
  assets: readonly MemoryAsset[],
  form: AssetFlowForm,
): readonly (readonly unknown[])[] {
  return assets.map(({ filename, metadata, bytes }, index) => {
    const assetID = `asset-${index}`;
    const filepath = `/srv/strapi/public/uploads/${filename}`;
    const flow: unknown[] = [
      { action: 'start', assetID, data: { filename, filepath, stats: { size: bytes.length }, metadata } },
    ];
    for (let at = 0; at < bytes.length; at += chunkSize) {
      flow.push(JSON.parse(encodeAssetChunk(assetID, bytes.subarray(at, at + chunkSize), form.encoding)));
    }
    const value = sha256(form.checksum === 'wrong' ? Buffer.concat([bytes, Uint8Array.of(0)]) : bytes);
    const checksum = form.checksum === 'none' ? {} : { checksum: { algorithm: 'sha256', value } };
    flow.push({ action: 'end', assetID, ...checksum });
    return flow;
  });
}

/** Adds the assets of a flow. Checks, as a Strapi does, that the bytes fit their checksum. */
export function takeAssets(items: readonly unknown[], assets: MemoryAsset[]): void {
  for (const item of parseAssetFlow(items)) {
    if (item.action === 'start') {
      const { filename, metadata } = item.data;
      assets.push({ filename, metadata, bytes: new Uint8Array() });
      continue;
    }
    const current = assets.pop();
    if (current === undefined) throw new Error('an asset flow begins with its start');
    if (item.action === 'end') {
      const actual = sha256(current.bytes);
      if (item.checksum !== undefined && item.checksum.value !== actual) throw new Error('wrong checksum');
      assets.push(current);
      continue;
    }
    const more = decodeAssetChunk(item);
    assets.push({ ...current, bytes: new Uint8Array(Buffer.concat([current.bytes, more])) });
  }
}

const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
