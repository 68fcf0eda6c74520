import type { Direction, LifecycleRequest } from '../../machines/lifecycle.machine.js';
import type { Ids } from '../ports/ids.js';
import type { Step } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { initParams } from '../protocol/init-params.js';
import { ferryOffer } from '../protocol/negotiation.js';
import { parseMetadata, parseSchemas } from '../protocol/validate.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';
import { createPushReceiver, type PushLimits, type PushReceiver } from './push-receiver.js';
import type { ServedStores } from './served-stores.js';

/** The transfer that a session carries out, from `init` to `end`. */
export interface ServedTransfer {
  readonly transferID: string;
  readonly startedAt: number;
  readonly checksums: boolean;
  /** The client is ferry's too. */
  readonly isFerry: boolean;
  readonly source: TransferSource | null;
  readonly destination: TransferDestination | null;
  readonly receiver: PushReceiver | null;
  readonly steps: readonly Step[];
  prepared: boolean;
  committed: boolean;
}

export interface ExchangeOptions {
  readonly direction: Direction;
  readonly stores: ServedStores;
  readonly ids: Ids;
  /** Milliseconds since the epoch, for `status`. */
  readonly now: () => number;
  readonly limits: PushLimits;
}

/** The server's role: carries out what the lifecycle let through, and gives the data of the answer. */
export interface ServerExchange {
  carryOut(request: LifecycleRequest, content: unknown): Promise<unknown>;
  readonly transfer: ServedTransfer | null;
  /** Rows and assets that were taken, by stage. */
  readonly counts: Readonly<Record<string, number>>;
  /** Undoes what was not committed and lets go of the stores. */
  cleanUp(): Promise<void>;
}

export function createServerExchange(options: ExchangeOptions): ServerExchange {
  const { direction, stores, ids, now } = options;
  let transfer: ServedTransfer | null = null;
  const counts: Record<string, number> = {};

  const begun = () => {
    if (transfer === null) throw new TransferError('NO_TRANSFER', { request: 'a message' });
    return transfer;
  };
  const store = () => {
    const { source, destination } = begun();
    const either = source ?? destination;
    if (either === null) throw new TransferError('NO_TRANSFER', { request: 'a message' });
    return either;
  };

  async function init(content: unknown): Promise<unknown> {
    const params = initParams(content);
    const source = direction === 'pull' ? (stores.source?.() ?? null) : null;
    const destination = direction === 'push' ? (stores.destination?.() ?? null) : null;
    await (source ?? destination)?.open();
    const isFerry = params.ferry !== undefined;
    transfer = {
      transferID: ids.uuid(),
      startedAt: now(),
      checksums: params.checksums,
      isFerry,
      source,
      destination,
      receiver:
        destination === null
          ? null
          : createPushReceiver(destination, { checksums: params.checksums, limits: options.limits }),
      steps: params.steps,
      prepared: false,
      committed: false,
    };
    return {
      transferID: transfer.transferID,
      checksums: true,
      ...(direction === 'push' && params.assetEncoding === 'base64' ? { assetEncoding: 'base64' } : {}),
      ...(isFerry ? { ferry: ferryOffer } : {}),
    };
  }

  /** Schemas and metadata come with a push of ferry's clients only; otherwise the store keeps what it has. */
  async function prepare(content: unknown): Promise<void> {
    const current = begun();
    if (current.destination === null) return;
    const { metadata, schemas } = Object(content) as { metadata?: unknown; schemas?: unknown };
    await current.destination.prepare({
      steps: current.steps,
      metadata: parseMetadata(metadata),
      schemas: parseSchemas(schemas),
    });
    current.prepared = true;
  }

  async function startStep(step: Step): Promise<unknown> {
    const current = begun();
    if (current.receiver === null) return { ok: true };
    // `beforeTransfer` is optional in the protocol; a version to write into is not.
    if (!current.prepared) await prepare(null);
    await current.receiver.start(step);
    return { ok: true };
  }

  async function endStep(step: Step): Promise<unknown> {
    const { receiver, prepared } = begun();
    if (receiver === null) return { ok: true };
    if (!prepared) await prepare(null);
    const stats = await receiver.end(step);
    counts[step] = stats.finished;
    return { ok: true, stats };
  }

  async function carryOut(request: LifecycleRequest, content: unknown): Promise<unknown> {
    switch (request.type) {
      case 'request.init':
        return init(content);
      case 'request.bootstrap':
        return null;
      case 'request.getMetadata':
        return store().metadata();
      case 'request.getSchemas':
        return store().schemas();
      case 'request.beforeTransfer':
        await prepare(content);
        return null;
      case 'request.stepStart':
        return startStep(request.step);
      case 'request.stepStream':
        await begun().receiver?.stream(request.step, content);
        return null;
      case 'request.stepEnd':
        return endStep(request.step);
      case 'request.rollback':
        begun().receiver?.abort();
        await begun().destination?.rollback();
        return null;
      case 'request.close':
        await begun().destination?.commit();
        begun().committed = true;
        return null;
      case 'request.end':
        await cleanUp();
        return { ok: true };
      case 'request.status':
        return status();
    }
  }

  function status(): unknown {
    if (transfer === null) return { active: false, kind: null, elapsed: null, startedAt: null };
    const { startedAt } = transfer;
    return { active: true, kind: direction, startedAt, elapsed: now() - startedAt };
  }

  async function cleanUp(): Promise<void> {
    const current = transfer;
    transfer = null;
    current?.receiver?.abort();
    await current?.source?.close();
    // A destination that is closed without a commit rolls back.
    await current?.destination?.close();
  }

  return {
    carryOut,
    counts,
    get transfer() {
      return transfer;
    },
    cleanUp,
  };
}
