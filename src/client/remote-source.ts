import type { Concern } from '../protocol/concern.js';
import type { RowOf, RowStep, Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import type { BatchMessage } from '../protocol/messages.js';
import { type Negotiated, offerPull } from '../protocol/negotiation.js';
import { withoutPreamble } from '../protocol/server-words.js';
import { parseMetadata, parseSchemas, parseStartAnswer } from '../protocol/validate.js';
import { envelopeFault } from '../stores/export/row-envelope.js';
import type { TransferSource } from '../stores/store.js';
import { readAssets } from './asset-reader.js';
import { type BatchQueue, createBatchQueue } from './batch-queue.js';
import { checkRemoteOptions, type RemoteOptions } from './options.js';
import { createRemote, type Remote } from './remote.js';
import { createRequests } from './requests.js';

/**
 * A Strapi answers `start` of assets only after a scan of all its files, which can take minutes: its own client
 * waits this long for this one answer.
 */
const assetScanRetry = { retryMessageTimeout: 120_000, retryMessageMaxRetries: 30 };

export interface RemoteSourceOptions extends RemoteOptions {
  /**
   * What alone is wanted of a server of Ferry's that can look for it, such as the plugin of a Strapi: its metadata then hold
   * `concern`. Any other server gives all, and so does each where it is more than 32 KiB of JSON. @defaultValue all
   */
  readonly concern?: Concern | undefined;
}

export interface RemoteSource extends TransferSource {
  /** The charts of this end, for a transfer that runs them as its child. */
  readonly remote: Remote;
  /** Whether the server is Ferry's; null before it was asked. */
  isFerry(): boolean | null;
  /** Whether the server takes no types but its own, as a Strapi does; null before it was asked. */
  hasFixedTypes(): boolean | null;
  /** Cuts the connection; everything that waits rejects with `reason`. */
  abort(reason: TransferError): void;
}

/**
 * A server whose content is pulled.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN
 */
export function createRemoteSource(options: RemoteSourceOptions): RemoteSource {
  const checked = checkRemoteOptions(options, 'pull');
  const { url, ids } = checked;
  let queue: BatchQueue | null = null;
  let negotiated: Negotiated | null = null;
  const totals = new Map<Step, { count?: number; bytes?: number }>();
  /** The stage whose batches are still to come. */
  let due: Step | null = null;
  /** The server's last report of an error: the batch that ends a failed stage may hold no reason. */
  let reported: string | null = null;
  let lastWhole: string | null = null;

  const remote = createRemote({
    ...checked,
    direction: 'pull',
    // A server answers the few requests of a pull one by one; the batches are its own requests.
    lanes: 1,
    ...(options.inspect === undefined ? {} : { inspect: options.inspect }),
    onDiagnostic(diagnostic) {
      if (diagnostic.kind === 'error') reported = withoutPreamble(diagnostic.message);
      options.onDiagnostic?.(diagnostic);
    },
    onRetry: options.onRetry ?? (() => {}),
    // A Strapi serialises the growing batch again for every row, and reads nothing from its sockets then: 5.6 s
    // for 4,000 links, with no pong in all that time.
    batchKeepsBusy: () => due !== null && due !== 'assets' && negotiated?.ferry == null,
    onLost: (error) => queue?.fail(error),
    async onBatch(batch, confirm) {
      if (batch.ended) due = null;
      // After the last batch the stage's end is asked for: it must not overtake the confirmation.
      if (batch.ended) confirm();
      await queue?.push(batch);
      if (!batch.ended) confirm();
    },
  });
  const requests = createRequests(remote, ids);

  /** The batches of one stage: start, the server's batches until the last, end. */
  async function* batches(step: Step): AsyncGenerator<readonly unknown[]> {
    const current = createBatchQueue();
    queue = current;
    due = step;
    reported = null;
    const retry = step === 'assets' && !checked.retryIsGiven ? assetScanRetry : undefined;
    const { id, totals: known } = requests.read(parseStartAnswer, await requests.start(step, retry));
    totals.set(step, {
      ...(known?.totalCount === undefined ? {} : { count: known.totalCount }),
      ...(known?.totalBytes === undefined ? {} : { bytes: known.totalBytes }),
    });
    try {
      for (;;) {
        const batch = await current.take();
        if (id !== undefined && batch.id !== id) {
          throw new TransferError('INVALID_MESSAGE', {
            url,
            reason: `a batch of another stage came in ${step}`,
          });
        }
        // The rest of a stage that failed never comes, and a Strapi would never answer its end.
        if (batch.error !== null) {
          const last = step === 'assets' ? lastFileNote(lastWhole) : '';
          const answer = reasonOf(batch.error, reported).replace(/\.$/, '');
          throw new TransferError('PEER_STAGE_FAILED', { url, stage: step, answer, last, lastWhole });
        }
        if (batch.items !== null) yield batch.items;
        if (batch.ended) break;
      }
    } finally {
      due = null;
    }
    queue = null;
    await requests.end(step);
  }

  /** A row without its type, its id or its data goes no further: what takes rows relies on those. */
  async function* rows<S extends RowStep>(step: S): AsyncGenerator<readonly RowOf[S][]> {
    for await (const batch of batches(step)) {
      const fault = batch.map((row) => envelopeFault(step, row)).find((one) => one !== undefined);
      if (fault !== undefined)
        throw new TransferError('INVALID_MESSAGE', { url, reason: `a batch of ${step} is wrong: ${fault}` });
      yield batch as readonly RowOf[S][];
    }
  }

  return {
    name: url,
    remote,
    isFerry: () => negotiated && negotiated.ferry !== null,
    hasFixedTypes: () => negotiated && (negotiated.ferry === null || negotiated.ferry.fixedTypes === true),
    async open() {
      await remote.open();
      const { concern } = options;
      negotiated = await requests.init(offerPull({ checksums: checked.checksums, concern }));
      await requests.action('bootstrap');
    },
    async metadata() {
      return requests.read(parseMetadata, await requests.action('getMetadata'));
    },
    async schemas() {
      return requests.read(parseSchemas, await requests.action('getSchemas'));
    },
    rows,
    assets: () =>
      readAssets(batches('assets'), {
        url,
        checksums: negotiated?.checksums === true,
        onWhole: (filename) => {
          lastWhole = filename;
        },
      }),
    totals: (step) => totals.get(step),
    async close({ completed } = { completed: true }) {
      // A transfer that ended says so; one that is given up is cut, since a Strapi may be busy sending.
      if (completed && remote.rests()) {
        try {
          await requests.action('close');
          await requests.leave();
        } catch {
          // Ignore a failed goodbye: all content has been read.
        }
      } else {
        // Cut a pull that is given up midway: a server that is busy sending would answer a closing handshake late.
        remote.abort(new TransferError('ABORTED'));
      }
      await remote.leave();
    },
    abort: (reason) => remote.abort(reason),
  };
}

/** Why a stage failed: by the batch that ended it, else by the last report of an error, else by the error code. */
function reasonOf({ message, details, code }: NonNullable<BatchMessage['error']>, reported: string | null) {
  const inner = (details as { message?: unknown } | undefined)?.message;
  const words = [message, inner, reported, code].find((text) => typeof text === 'string' && text !== '');
  return typeof words === 'string' ? words : 'it gave no reason';
}

/** Names the last file that arrived: a Strapi does not say which file failed. */
const lastFileNote = (filename: string | null): string =>
  filename === null
    ? 'No file had come whole before.'
    : `The last file that came whole is ${filename}: the one that it could not read comes after it.`;
