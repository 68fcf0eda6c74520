import { createHash } from 'node:crypto';
import type { Ids } from '../ports/ids.js';
import { encodeAssetChunk } from '../protocol/codec.js';
import type { Step } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import type { TransferSource } from '../stores/store.js';

/** What a batch holds before it is sent. Strapi's own limit; a batch is measured as it grows, each row once. */
const batchSize = 1024 * 1024;
const chunkSize = 256 * 1024;

/** One batch of a stage. */
export interface Batch {
  /** JSON, ready to stand in a frame. */
  readonly json: string;
  /** Rows, or assets that are complete with it. */
  readonly items: number;
  /** Of assets. */
  readonly bytes: number;
}

/** The batches of one stage. */
export async function* batchesOf(
  source: TransferSource,
  step: Step,
  options: { readonly checksums: boolean; readonly ids: Ids },
): AsyncGenerator<Batch> {
  if (step === 'assets') {
    yield* assetBatches(source, options);
    return;
  }
  let items: string[] = [];
  let size = 0;
  for await (const rows of source.rows(step)) {
    for (const row of rows) {
      const json = JSON.stringify(row);
      items.push(json);
      size += json.length;
      if (size < batchSize) continue;
      yield { json: `[${items.join(',')}]`, items: items.length, bytes: 0 };
      items = [];
      size = 0;
    }
  }
  if (items.length > 0) yield { json: `[${items.join(',')}]`, items: items.length, bytes: 0 };
}

/** In a pull a batch of assets is an array with one array in it, and an asset's end closes its batch. */
async function* assetBatches(
  source: TransferSource,
  { checksums, ids }: { readonly checksums: boolean; readonly ids: Ids },
): AsyncGenerator<Batch> {
  for await (const { filename, metadata, size, stream } of source.assets()) {
    const assetID = ids.uuid();
    const hash = createHash('sha256');
    const data = { filename, filepath: `uploads/${filename}`, stats: { size: size ?? 0 }, metadata };
    let items = [JSON.stringify({ action: 'start', assetID, data })];
    let bytes = 0;
    for await (const chunk of stream()) {
      hash.update(chunk);
      for (let from = 0; from < chunk.length; from += chunkSize) {
        const part = chunk.subarray(from, from + chunkSize);
        items.push(encodeAssetChunk(assetID, part, 'base64'));
        bytes += part.length;
        if (bytes < batchSize) continue;
        yield { json: `[[${items.join(',')}]]`, items: 0, bytes };
        items = [];
        bytes = 0;
      }
    }
    const checksum = checksums ? { checksum: { algorithm: 'sha256', value: hash.digest('hex') } } : {};
    items.push(JSON.stringify({ action: 'end', assetID, ...checksum }));
    yield { json: `[[${items.join(',')}]]`, items: 1, bytes };
  }
}

/** A batch as a frame; `items` is JSON, null in the last one of a stage. */
export function encodeBatch(uuid: string, id: string, items: string | null, error?: TransferError): string {
  const failed =
    error === undefined ? null : { origin: 'source', severity: 'fatal', details: wordsOf(error) };
  const end = JSON.stringify({ ended: items === null, error: failed, id }).slice(1);
  return `{"uuid":${JSON.stringify(uuid)},"data":{"type":"transfer","data":${items ?? 'null'},${end}}`;
}

function wordsOf({ message, code }: TransferError): object {
  return { message, code };
}
