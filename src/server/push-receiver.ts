import { createHash, type Hash } from 'node:crypto';
import { decodeAssetChunk } from '../protocol/codec.js';
import type { Entity, Link, RowStep, StageStats, Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetEnd, AssetStart } from '../protocol/messages.js';
import { isProtectedType } from '../protocol/protected-types.js';
import { parseAssetFlow } from '../protocol/validate.js';
import type { AssetWriter, RowWriter, TransferDestination } from '../stores/store.js';
import { type ByteChannel, createByteChannel } from './byte-channel.js';

/** Limits of what one push may bring. Bytes. */
export interface PushLimits {
  readonly assetSize: number;
  readonly batchItems: number;
}

/** Takes the stages of a push into a destination. */
export interface PushReceiver {
  start(step: Step): Promise<void>;
  stream(step: Step, data: unknown): Promise<void>;
  end(step: Step): Promise<StageStats>;
  /** Lets go of what is half written. */
  abort(): void;
}

interface OpenAsset {
  readonly assetID: string;
  readonly filename: string;
  readonly channel: ByteChannel;
  readonly hash: Hash;
  readonly written: Promise<void>;
  size: number;
}

export function createPushReceiver(
  destination: TransferDestination,
  options: { readonly checksums: boolean; readonly limits: PushLimits },
): PushReceiver {
  let rows: RowWriter<RowStep> | null = null;
  let assets: AssetWriter | null = null;
  let open: OpenAsset | null = null;
  let stats = { started: 0, finished: 0 };

  function begin({ assetID, data }: AssetStart): void {
    if (assets === null) throw new TransferError('STAGE_NOT_STARTED', { request: 'assets.stream' });
    if (open !== null) throw misplaced(`the asset ${assetID} starts before ${open.assetID} has ended`);
    const channel = createByteChannel();
    const size = data.stats.size === 0 ? null : data.stats.size;
    if (size !== null && size > options.limits.assetSize) throw tooLarge(data.filename, size, options.limits);
    const asset = { filename: data.filename, size, metadata: data.metadata, stream: () => channel.read() };
    const written = assets.write(asset);
    // Whoever writes next hears of it; until then nobody listens.
    written.catch((error: unknown) => channel.fail(error));
    open = { assetID, filename: data.filename, channel, hash: createHash('sha256'), written, size: 0 };
    stats.started += 1;
  }

  async function finish({ assetID, checksum }: AssetEnd): Promise<void> {
    const current = claim(assetID, 'end');
    open = null;
    if (options.checksums) {
      const actual = current.hash.digest('hex');
      if (checksum?.algorithm !== 'sha256' || checksum.value !== actual) {
        const expected = checksum?.value ?? 'none';
        const error = new TransferError('CHECKSUM_MISMATCH', {
          filename: current.filename,
          expected,
          actual,
        });
        current.channel.fail(error);
        throw error;
      }
    }
    current.channel.end();
    await current.written;
    stats.finished += 1;
  }

  function claim(assetID: string, action: string): OpenAsset {
    if (open?.assetID === assetID) return open;
    throw misplaced(`${action} of the asset ${assetID}, which has not started`);
  }

  async function streamAssets(items: readonly unknown[]): Promise<void> {
    for (const item of parseAssetFlow(items)) {
      if (item.action === 'start') begin(item);
      else if (item.action === 'end') await finish(item);
      else {
        const current = claim(item.assetID, 'stream');
        const bytes = decodeAssetChunk(item);
        current.size += bytes.length;
        if (current.size > options.limits.assetSize) {
          throw tooLarge(current.filename, current.size, options.limits);
        }
        current.hash.update(bytes);
        await current.channel.write(bytes);
      }
    }
  }

  return {
    async start(step) {
      stats = { started: 0, finished: 0 };
      if (step === 'assets') assets = await destination.assetWriter();
      else rows = await destination.rowWriter(step);
    },
    async stream(step, data) {
      if (!Array.isArray(data)) throw misplaced(`${step}.stream without an array of items`);
      if (data.length > options.limits.batchItems)
        throw misplaced(`more than ${options.limits.batchItems} items`);
      if (step === 'assets') return streamAssets(data);
      for (const row of data) checkRow(step, row);
      stats.started += data.length;
      await rows?.write(data);
      stats.finished += data.length;
    },
    async end(step) {
      if (open !== null) throw misplaced(`the asset ${open.assetID} never ended`);
      if (step === 'assets') await assets?.end();
      else await rows?.end();
      const counted = stats;
      rows = null;
      assets = null;
      // The next `end` may come without a `start`: nothing has come for it then.
      stats = { started: 0, finished: 0 };
      return counted;
    },
    abort() {
      open?.channel.fail(new TransferError('ABORTED'));
      open = null;
    },
  };
}

/** A row's envelope, and that its type may be transferred at all. Its content is the user's. */
function checkRow(step: RowStep, row: unknown): void {
  if (typeof row !== 'object' || row === null) throw misplaced(`a row of ${step} that is no object`);
  const types =
    step === 'entities'
      ? [(row as Partial<Entity>).type]
      : step === 'links'
        ? [(row as Partial<Link>).left?.type, (row as Partial<Link>).right?.type]
        : [];
  for (const type of types) {
    if (typeof type !== 'string') throw misplaced(`a row of ${step} without its type`);
    if (isProtectedType(type)) throw new TransferError('PROTECTED_TYPE', { type });
  }
}

function misplaced(reason: string): TransferError {
  return new TransferError('INVALID_MESSAGE', { url: 'The client', reason });
}

function tooLarge(filename: string, actual: number, limits: PushLimits): TransferError {
  return new TransferError('ASSET_TOO_LARGE', { filename, actual, limit: limits.assetSize });
}
