import type { Entity, Link, RowStep, StageStats, Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetFlowItem } from '../protocol/messages.js';
import { isProtectedType } from '../protocol/protected-types.js';
import { parseAssetFlow } from '../protocol/validate.js';
import { envelopeFault } from '../stores/export/row-envelope.js';
import type { AssetWriter, RowWriter, TransferDestination } from '../stores/store.js';
import { createAssetFlow, type OpenAsset, type TakenItem } from '../transport/asset-flow.js';
import { type ByteChannel, createByteChannel } from './byte-channel.js';

/** Limits of what one push may bring. Bytes. */
export interface PushLimits {
  /** Bytes of one asset. @defaultValue 17179869184, 16 GiB */
  readonly assetSize: number;
  /** Items of one `stream` message. @defaultValue 20000 */
  readonly batchItems: number;
}

/** Takes the stages of a push into a destination. */
export interface PushReceiver {
  start(step: Step): Promise<void>;
  stream(step: Step, data: unknown): Promise<void>;
  end(step: Step): Promise<StageStats>;
  /** Gives up what is half written; resolves once no write of it runs. */
  abort(): Promise<void>;
}

export interface PushReceiverOptions {
  readonly checksums: boolean;
  readonly limits: PushLimits;
  /** Rows were written, bytes of an asset, or an asset is complete. */
  readonly moved: (step: Step, items: number, bytes: number) => void;
}

/** An asset that is being written. */
interface Writing {
  readonly channel: ByteChannel;
  readonly written: Promise<void>;
}

export function createPushReceiver(
  destination: TransferDestination,
  { checksums, limits, moved }: PushReceiverOptions,
): PushReceiver {
  const { assetSize, batchItems } = limits;
  const flow = createAssetFlow({ checksums, hashes: true, assetSize, misplaced: misplacedItem });
  let rows: RowWriter<RowStep> | null = null;
  let assets: AssetWriter | null = null;
  let writing: Writing | null = null;
  let lastWritten: Promise<void> = Promise.resolve();
  let stats = { started: 0, finished: 0 };

  function begin({ filename, announced: size, metadata }: OpenAsset): void {
    if (assets === null) throw new TransferError('STAGE_NOT_STARTED', { request: 'assets.stream' });
    const channel = createByteChannel();
    const written = assets.write({ filename, size, metadata, stream: () => channel.read() });
    // The next write rejects with this error.
    lastWritten = written.catch((error: unknown) => channel.fail(error));
    writing = { channel, written };
    stats.started += 1;
  }

  async function streamAssets(items: readonly unknown[]): Promise<void> {
    const flowItems = parseAssetFlow(items);
    checkCount(flowItems);
    for (const item of flowItems) {
      const taken = take(item);
      if (taken.action === 'start') begin(taken.asset);
      else if (taken.action === 'stream') {
        await writing?.channel.write(taken.bytes);
        moved('assets', 0, taken.bytes.length);
      } else {
        const ended = writing;
        writing = null;
        ended?.channel.end();
        await ended?.written;
        stats.finished += 1;
        moved('assets', 1, 0);
      }
    }
  }

  function take(item: AssetFlowItem): TakenItem {
    try {
      return flow.take(item);
    } catch (error) {
      writing?.channel.fail(error);
      throw error;
    }
  }

  function checkCount(items: readonly unknown[]): void {
    if (items.length > batchItems) throw misplaced(`more than ${batchItems} items in one message`);
  }

  return {
    async start(step) {
      stats = { started: 0, finished: 0 };
      if (step === 'assets') assets = await destination.assetWriter();
      else rows = await destination.rowWriter(step);
    },
    async stream(step, data) {
      if (!Array.isArray(data)) throw misplaced(`${step}.stream without an array of items`);
      checkCount(data);
      if (step === 'assets') return streamAssets(data);
      for (const row of data) checkRow(step, row);
      stats.started += data.length;
      await rows?.write(data);
      stats.finished += data.length;
      moved(step, data.length, 0);
    },
    async end(step) {
      if (flow.open !== null) throw misplaced(`the asset ${flow.open.assetID} never ended`);
      if (step === 'assets') await assets?.end();
      else await rows?.end();
      const counted = stats;
      rows = null;
      assets = null;
      // Start from zero: the next `end` may come without a `start`.
      stats = { started: 0, finished: 0 };
      return counted;
    },
    async abort() {
      writing?.channel.fail(new TransferError('ABORTED'));
      await lastWritten;
    },
  };
}

/** A row's envelope, and that its type may be transferred at all. Its content is the user's. */
function checkRow(step: RowStep, row: unknown): void {
  const fault = envelopeFault(step, row);
  if (fault !== undefined) throw misplaced(fault);
  for (const [place, type] of typesOf(step, row)) {
    if (type !== undefined && isProtectedType(type))
      throw new TransferError('PROTECTED_TYPE', { type, place });
  }
}

/** The types that a row names, and where in Strapi's words. */
function typesOf(
  step: RowStep,
  row: unknown,
): readonly (readonly [place: string, type: string | undefined])[] {
  if (step === 'entities') {
    const { type } = row as Partial<Entity>;
    return [[type ?? '', type]];
  }
  if (step !== 'links') return [];
  const { left, right } = row as Partial<Link>;
  return [
    ['link.left', left?.type],
    ['link.right', right?.type],
  ];
}

function misplaced(reason: string): TransferError {
  return new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
}

function misplacedItem({ action, assetID }: AssetFlowItem, open: OpenAsset | null): TransferError {
  return action === 'start'
    ? misplaced(`the asset ${assetID} starts before ${open?.assetID} has ended`)
    : new TransferError('ASSET_NOT_STARTED', { assetID, action });
}
