import { fileType, isCleared, restoreFor } from '../protocol/clearing.js';
import type { RowOf, RowStep, Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { Diagnostic, RestoreOptions } from '../protocol/messages.js';
import { type Negotiated, offerPush } from '../protocol/negotiation.js';
import type { PartialClearing } from '../protocol/partial-clearing.js';
import { restoreAll, restoreNothing } from '../protocol/restore.js';
import { parseEndAnswer, parseMetadata, parseSchemas } from '../protocol/validate.js';
import { queuesItsMessages } from '../protocol/version.js';
import type { AssetWriter, Leftovers, RowWriter, TransferDestination } from '../stores/store.js';
import { sendAsset } from './asset-sender.js';
import { sayGoodbye } from './goodbye.js';
import { checkRemoteOptions, type RemoteOptions } from './options.js';
import { createRemote, type Remote } from './remote.js';
import { createRequests } from './requests.js';
import { createStreamBatcher } from './stream-batcher.js';
import { createUploadsWatch } from './uploads-watch.js';

/** Messages that may be in flight at once to a server that handles them one by one, in order. */
export const pipelineDepth = 8;

export interface RemoteDestinationOptions extends RemoteOptions {
  /**
   * What is replaced. The server is told to delete only the types that the source knows, and never its internal models;
   * a Strapi takes no files without their rows (FILES_WITHOUT_ROWS). @defaultValue everything
   */
  readonly restore?: RestoreOptions | undefined;
  /**
   * `merge`: what comes is merged into what stands, as the changeset in its metadata says; of Ferry's servers only
   * (MERGE_NOT_SPOKEN). @defaultValue 'restore'
   */
  readonly strategy?: 'restore' | 'merge' | undefined;
}

export interface RemoteDestination extends TransferDestination {
  /** The charts of this end, for a transfer that runs them as its child. */
  readonly remote: Remote;
  /** What stands there stays, but for single documents: no type is replaced. */
  readonly keepsRest: boolean;
  /** Cuts the connection; everything that waits rejects with `reason`. */
  abort(reason: TransferError): void;
}

/**
 * A server that content is pushed to.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN
 */
export const createRemoteDestination = (options: RemoteDestinationOptions): RemoteDestination =>
  pushTo(options, null);

/**
 * A stock Strapi that keeps what stands there, but for what `clearing` names. A server of Ferry's is refused.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN
 */
export const createStockDestination = (
  options: RemoteOptions,
  clearing: PartialClearing,
): RemoteDestination => pushTo(options, clearing);

/** @param clearing null where whole types are replaced, as `restore` says */
function pushTo(options: RemoteDestinationOptions, clearing: PartialClearing | null): RemoteDestination {
  const checked = checkRemoteOptions(options, 'push');
  const { url, ids } = checked;
  const uploads = createUploadsWatch();
  let negotiated: Negotiated | null = null;
  let depth = 1;
  let version: unknown;
  let goodbye: Promise<Leftovers> | null = null;
  let assetsBegan = false;
  const wish = clearing?.restore ?? options.restore ?? restoreAll;

  const remote = createRemote({
    ...checked,
    direction: 'push',
    lanes: pipelineDepth,
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    onDiagnostic: (diagnostic: Diagnostic) => {
      uploads.see(diagnostic);
      options.onDiagnostic?.(diagnostic);
    },
    onRetry: options.onRetry ?? (() => {}),
    onBatch: () => {
      const reason = 'a server sends no batches in a push';
      return Promise.reject(new TransferError('INVALID_MESSAGE', { url, reason }));
    },
  });
  const requests = createRequests(remote, ids);

  const endStage = async (step: Step) => requests.read(parseEndAnswer, await requests.end(step)).stats;
  const batcherOf = (step: Step) => createStreamBatcher(step, requests, () => depth);

  const partWith = () =>
    sayGoodbye({
      ...{ remote, requests, uploads, version },
      ...{ open: checked.open, clock: checked.clock },
      isFerry: negotiated?.ferry != null,
      clearsUploads: clearing === null && wish.assets,
      leavesFiles: clearing !== null && assetsBegan,
      ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    });

  const rollback = () => {
    goodbye ??= partWith();
    return goodbye;
  };

  return {
    name: url,
    remote,
    keepsRest: clearing !== null,
    async open(about) {
      const { strategy } = options;
      const restore =
        clearing?.restore ?? (strategy === 'merge' ? restoreNothing : restoreFor(wish, about?.types ?? []));
      await remote.open();
      negotiated = await requests.init(offerPush({ checksums: checked.checksums, restore, strategy }));
      if (strategy === 'merge' && negotiated.ferry === null)
        throw new TransferError('MERGE_NOT_SPOKEN', { url });
      // A server of Ferry's would replace what it was not told to keep.
      if (clearing !== null && negotiated.ferry !== null) throw new TransferError('MERGE_NOT_STOCK', { url });
      // A Strapi would first move its uploads away, then refuse each file whose row did not come.
      if (negotiated.ferry === null && restore.assets && !isCleared(restore, fileType))
        throw new TransferError('FILES_WITHOUT_ROWS', { url });
      await requests.action('bootstrap');
    },
    async metadata() {
      const metadata = requests.read(parseMetadata, await requests.action('getMetadata'));
      version = metadata?.strapi?.version;
      if (negotiated?.ferry !== null || queuesItsMessages(version)) {
        depth = pipelineDepth;
        remote.limitLanes(depth);
      }
      return metadata;
    },
    async schemas() {
      return requests.read(parseSchemas, await requests.action('getSchemas'));
    },
    async prepare({ metadata, schemas }) {
      if (clearing?.clears === false) return;
      await requests.action('beforeTransfer', negotiated?.ferry == null ? undefined : { metadata, schemas });
    },
    async rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>> {
      await requests.start(step);
      const batcher = batcherOf(step);
      return {
        async write(rows: readonly RowOf[S][]) {
          for (const row of rows) await batcher.add(JSON.stringify(row));
        },
        async end() {
          await batcher.drain();
          return endStage(step);
        },
      };
    },
    async assetWriter(): Promise<AssetWriter> {
      // Start the stage even without assets: a push that never starts it leaves an uploads_backup_… behind.
      await requests.start('assets');
      assetsBegan = true;
      const batcher = batcherOf('assets');
      return {
        async write(asset) {
          if (negotiated === null) throw new TransferError('NO_TRANSFER', { request: 'assets.stream' });
          await sendAsset(asset, batcher, negotiated, ids);
        },
        async end() {
          await batcher.drain();
          return endStage('assets');
        },
      };
    },
    async commit() {
      await requests.action('close');
      await requests.leave();
    },
    rollback,
    async close() {
      // An earlier Strapi ends its process if its socket closes while it stores an asset.
      if (remote.pushProgress().progress.assetsAreOpen) await rollback();
      await remote.leave();
    },
    abort: (reason) => remote.abort(reason),
  };
}
