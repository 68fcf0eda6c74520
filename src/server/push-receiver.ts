import { createHash, type Hash } from 'node:crypto';
import { createAssetNames } from '../protocol/asset-names.js';
import { assertChecksum } from '../protocol/checksum.js';
import { decodeAssetChunk } from '../protocol/codec.js';
import type { Entity, Link, RowStep, StageStats, Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { AssetEnd, AssetStart } from '../protocol/messages.js';
import { isProtectedType } from '../protocol/protected-types.js';
import { parseAssetFlow } from '../protocol/validate.js';
import { envelopeFault } from '../stores/export/row-envelope.js';
import type { AssetWriter, RowWriter, TransferDestination } from '../stores/store.js';
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
  /** Lets go of what is half written; resolves once nothing of it is being written any more. */
  abort(): Promise<void>;
}

export interface PushReceiverOptions {
  readonly checksums: boolean;
  readonly limits: PushLimits;
  /** Rows were written, bytes of an asset, or an asset is complete. */
  readonly moved: (step: Step, items: number, bytes: number) => void;
}

interface OpenAsset {
  readonly assetID: string;
  readonly filename: string;
  readonly channel: ByteChannel;
  readonly hash: Hash;
  /** Bytes, as it was announced; null where that is not known. */
  readonly announced: number | null;
  readonly written: Promise<void>;
  size: number;
}

export function createPushReceiver(
  destination: TransferDestination,
  options: PushReceiverOptions,
): PushReceiver {
  const names = createAssetNames();
  let rows: RowWriter<RowStep> | null = null;
  let assets: AssetWriter | null = null;
  let open: OpenAsset | null = null;
  let lastWritten: Promise<void> = Promise.resolve();
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
    lastWritten = written.catch((error: unknown) => channel.fail(error));
    open = {
      assetID,
      filename: data.filename,
      channel,
      hash: createHash('sha256'),
      announced: size,
      written,
      size: 0,
    };
    stats.started += 1;
  }

  async function finish({ assetID, checksum }: AssetEnd): Promise<void> {
    const current = claim(assetID, 'end');
    open = null;
    try {
      checkContent(current, checksum);
    } catch (error) {
      current.channel.fail(error);
      throw error;
    }
    current.channel.end();
    await current.written;
    stats.finished += 1;
    options.moved('assets', 1, 0);
  }

  function checkContent({ filename, hash }: OpenAsset, checksum: AssetEnd['checksum']): void {
    const actual = hash.digest('hex');
    if (options.checksums) assertChecksum(filename, checksum, actual);
    names.claim(filename, actual);
  }

  function claim(assetID: string, action: string): OpenAsset {
    if (open?.assetID === assetID) return open;
    throw new TransferError('ASSET_NOT_STARTED', { assetID, action });
  }

  async function streamAssets(items: readonly unknown[]): Promise<void> {
    const flow = parseAssetFlow(items);
    checkCount(flow);
    for (const item of flow) {
      if (item.action === 'start') begin(item);
      else if (item.action === 'end') await finish(item);
      else {
        const current = claim(item.assetID, 'stream');
        const bytes = decodeAssetChunk(item);
        current.size += bytes.length;
        if (current.size > options.limits.assetSize) {
          throw tooLarge(current.filename, current.size, options.limits);
        }
        // Now, not at its end, which may never come.
        if (current.announced !== null && current.size > current.announced) {
          const { filename, size: actual, announced: expected } = current;
          throw new TransferError('ASSET_SIZE_MISMATCH', { filename, actual, expected });
        }
        current.hash.update(bytes);
        await current.channel.write(bytes);
        options.moved('assets', 0, bytes.length);
      }
    }
  }

  function checkCount(items: readonly unknown[]): void {
    const { batchItems } = options.limits;
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
      options.moved(step, data.length, 0);
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
    async abort() {
      open?.channel.fail(new TransferError('ABORTED'));
      open = null;
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

function tooLarge(filename: string, actual: number, limits: PushLimits): TransferError {
  return new TransferError('ASSET_TOO_LARGE', { filename, actual, limit: limits.assetSize });
}
