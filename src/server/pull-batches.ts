import type { Ids } from '../ports/ids.js';
import { wireErrorOf } from '../protocol/answers.js';
import type { Step } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import { rowTextsOf } from '../stores/row-texts.js';
import type { TransferSource } from '../stores/store.js';
import { assetItems } from '../transport/asset-flow.js';
import type { BatchFrame } from './batch-frame.js';

/** The size at which a batch is sent, and how it is encoded. Each row is measured once, as the batch grows. */
interface Pace {
  readonly batchSize: number;
  readonly thrifty: boolean;
}
/** Strapi's own limit: the fewer the batches, the faster. */
const fast: Pace = { batchSize: 1024 * 1024, thrifty: false };
/** Each session holds one batch until it is confirmed. */
const small: Pace = { batchSize: 512 * 1024, thrifty: true };
/** How many sessions at once may be fast, for all sessions to stay within 150 MiB. */
const few = 2;
const paceOf = (sessions: number): Pace => (sessions <= few ? fast : small);

/** Each session holds one such chunk. */
const reading = { chunkSize: 64 * 1024, reuse: true };

/** One batch of a stage; its items stand in the frame. */
export interface Batch {
  /** Rows, or assets that are complete with it. */
  readonly items: number;
  /** Of assets. */
  readonly bytes: number;
}

interface BatchOptions {
  readonly checksums: boolean;
  readonly ids: Ids;
  /** How many sessions there are. */
  readonly sessions: () => number;
  /** Each batch is written here; it is read before the next is asked for. */
  readonly frame: BatchFrame;
}

/** The batches of one stage. */
export async function* batchesOf(
  source: TransferSource,
  step: Step,
  options: BatchOptions,
): AsyncGenerator<Batch> {
  if (step === 'assets') {
    yield* assetBatches(source, options);
    return;
  }
  const { frame, sessions } = options;
  let items = 0;
  for await (const rows of rowTextsOf(source, step)) {
    for (const row of rows) {
      begin(frame, items === 0 ? '[' : ',');
      frame.text(row);
      items += 1;
      if (frame.length < paceOf(sessions()).batchSize) continue;
      frame.text(']');
      yield { items, bytes: 0 };
      items = 0;
    }
  }
  if (items === 0) return;
  frame.text(']');
  yield { items, bytes: 0 };
}

/** In a pull a batch of assets is an array with one array in it, and an asset's end closes its batch. */
async function* assetBatches(
  source: TransferSource,
  { checksums, ids, frame, sessions }: BatchOptions,
): AsyncGenerator<Batch> {
  for await (const asset of source.assets()) {
    const assetID = ids.uuid();
    // base64 holds nothing that JSON escapes.
    const head = `{"action":"stream","assetID":${JSON.stringify(assetID)},"encoding":"base64","data":"`;
    let isEmpty = true;
    let bytes = 0;
    for await (const item of assetItems(asset, { assetID, checksums, folder: 'uploads', reading })) {
      begin(frame, isEmpty ? '[[' : ',');
      isEmpty = false;
      if (typeof item === 'string') {
        frame.text(item);
        continue;
      }
      const { thrifty, batchSize } = paceOf(sessions());
      frame.text(head);
      frame.base64(item, thrifty);
      frame.text('"}');
      bytes += item.length;
      if (frame.length < batchSize) continue;
      frame.text(']]');
      yield { items: 0, bytes };
      isEmpty = true;
      bytes = 0;
    }
    frame.text(']]');
    yield { items: 1, bytes };
  }
}

/** What stands before an item; the first of a batch takes the place of the batch before. */
function begin(frame: BatchFrame, before: '[' | '[[' | ','): void {
  if (before !== ',') frame.clear();
  frame.text(before);
}

/** The batch that stands in the frame, as a message; with null the last one of a stage. */
export function writeBatch(
  frame: BatchFrame,
  message: { readonly uuid: string; readonly id: string },
  batch: Batch | null,
  error?: TransferError,
): Uint8Array {
  const failed =
    error === undefined ? null : { origin: 'source', severity: 'fatal', details: wordsOf(error) };
  if (batch === null) {
    frame.clear();
    frame.text('null');
  }
  const end = JSON.stringify({ ended: batch === null, error: failed, id: message.id }).slice(1);
  return frame.finish(
    `{"uuid":${JSON.stringify(message.uuid)},"data":{"type":"transfer","data":`,
    `,${end}}`,
  );
}

function wordsOf(error: TransferError): object {
  return { message: wireErrorOf(error).message, code: error.code };
}
