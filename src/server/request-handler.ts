import type { Direction, LifecycleRequest, NamedStage } from '../../machines/lifecycle.machine.js';
import { mergingDestination } from '../merge/merging-destination.js';
import type { Ids } from '../ports/ids.js';
import { isStep, type Step, steps } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { initParams, type KnownInitParams } from '../protocol/init-params.js';
import type { RestoreOptions } from '../protocol/messages.js';
import { ferryOffer } from '../protocol/negotiation.js';
import { restoreNothing } from '../protocol/restore.js';
import { parseMetadata, parseSchemas } from '../protocol/validate.js';
import type { TransferDestination, TransferSource } from '../stores/store.js';
import { keepingDestination } from './keeping-destination.js';
import type { PulledTransfer, PullPump } from './pull-pump.js';
import { createPushReceiver, type PushLimits, type PushReceiver } from './push-receiver.js';
import type { ServedStores } from './served-stores.js';

/** An `init` that is in work: a client that leaves before the answer leaves no store open. */
interface Beginning {
  /** Null until it is chosen. */
  store: ServedTransfer['store'] | null;
  isLeft: boolean;
  settled: Promise<unknown>;
}

/** The transfer that a session carries out, from `init` to `end`. */
interface ServedTransfer {
  readonly transferID: string;
  readonly startedAt: number;
  readonly checksums: boolean;
  readonly store: TransferSource | TransferDestination;
  readonly pump: PullPump | null;
  readonly destination: TransferDestination | null;
  /** Null until the destination is prepared. */
  receiver: PushReceiver | null;
  readonly strategy: string;
  readonly merges: boolean;
  readonly restore: RestoreOptions;
  /** The stages that may come. */
  readonly steps: readonly Step[];
}

export interface RequestHandlerOptions {
  readonly direction: Direction;
  readonly stores: ServedStores;
  readonly ids: Ids;
  /** Milliseconds since the epoch, for `status`. */
  readonly now: () => number;
  readonly limits: PushLimits;
  /** What sends the batches of a pull. */
  readonly pump: (transfer: PulledTransfer) => PullPump;
}

/** Rows or assets, and the bytes of assets. */
export interface Moved {
  readonly items: number;
  readonly bytes: number;
}
/** What was moved, by stage; a stage that was not begun is absent. */
export type MovedByStep = Partial<Record<Step, Moved>>;

/** The server's role: carries out the requests that the lifecycle accepted, and returns the data of each answer. */
export interface RequestHandler {
  /** @param commits Of `close`: there is something to commit. */
  carryOut(request: LifecycleRequest, content: unknown, commits?: boolean): Promise<unknown>;
  readonly transfer: ServedTransfer | null;
  /** What was taken or confirmed, by stage. */
  readonly counts: Readonly<MovedByStep>;
  moved(step: Step, items: number, bytes: number): void;
  /** Undoes what was not committed and lets go of the stores. */
  cleanUp(): Promise<void>;
}

export function createRequestHandler(options: RequestHandlerOptions): RequestHandler {
  const { direction, stores, ids, now } = options;
  let transfer: ServedTransfer | null = null;
  const counts: MovedByStep = {};
  let beginning: Beginning | null = null;

  function moved(step: Step, items: number, bytes: number): void {
    const before = counts[step] ?? { items: 0, bytes: 0 };
    counts[step] = { items: before.items + items, bytes: before.bytes + bytes };
  }

  const begun = () => {
    if (transfer === null) throw new TransferError('NO_TRANSFER', { request: 'a message' });
    return transfer;
  };

  async function destinationFor(params: KnownInitParams): Promise<TransferDestination | null> {
    const destination = (await stores.destination?.()) ?? null;
    if (destination === null) return null;
    if (destination.honoursRestore === true) return destination;
    return isMerge(params)
      ? mergingDestination(destination, stores.source)
      : keepingDestination(destination, stores.source, params.restore);
  }

  async function sourceFor({ ferry, concern }: KnownInitParams): Promise<TransferSource | null> {
    const source = (await stores.source?.()) ?? null;
    if (ferry === undefined || concern === undefined) return source;
    return source?.concerning?.(concern) ?? source;
  }

  /** Strapi's protocol has no merge, so a client that is not Ferry's is refused as a Strapi refuses it. */
  const isMerge = ({ ferry, strategy }: KnownInitParams) => ferry !== undefined && strategy === 'merge';

  async function openFor(current: Beginning, store: ServedTransfer['store']): Promise<void> {
    const left = () => new TransferError('ABORTED', { because: 'the client left' });
    if (current.isLeft) throw left();
    current.store = store;
    await store.open();
    if (!current.isLeft) return;
    // It need not have heeded a `close` during its `open`.
    await store.close();
    throw left();
  }

  async function init(content: unknown, current: Beginning): Promise<unknown> {
    const params = initParams(content);
    const source = direction === 'pull' ? await sourceFor(params) : null;
    const destination = direction === 'push' ? await destinationFor(params) : null;
    const store = source ?? destination;
    if (store === null) {
      const because = direction === 'push' ? 'it is read-only' : 'it is there for pushes only';
      throw new TransferError('NOT_SERVED', { direction, because });
    }
    await openFor(current, store);
    const { checksums, strategy } = params;
    const isFerry = params.ferry !== undefined;
    transfer = {
      ...{ transferID: ids.uuid(), startedAt: now(), checksums, store, destination },
      strategy: isMerge(params) ? 'restore' : strategy,
      merges: isMerge(params),
      restore: params.restore,
      pump: source && options.pump({ source, checksums, isFerry }),
      receiver: null,
      steps: steps.filter((step) => step !== 'assets' || params.restore.assets || isMerge(params)),
    };
    return {
      transferID: transfer.transferID,
      checksums: true,
      ...(direction === 'push' && params.assetEncoding === 'base64' ? { assetEncoding: 'base64' } : {}),
      ...(isFerry
        ? { ferry: source?.fixedTypes === true ? { ...ferryOffer, fixedTypes: true } : ferryOffer }
        : {}),
    };
  }

  function checkStrategy(): void {
    const { strategy } = begun();
    if (direction === 'pull' || strategy === 'restore') return;
    const wire = { check: 'strategy', strategy, validStrategies: ['restore'] };
    throw new TransferError('INVALID_STRATEGY', { strategy, wire });
  }

  /** Schemas and metadata come with a push of ferry's clients only; otherwise the store keeps what it has. */
  async function prepare(content: unknown, restore: RestoreOptions): Promise<PushReceiver | null> {
    const current = begun();
    const { destination, checksums } = current;
    if (destination === null) return null;
    const { metadata, schemas } = Object(content) as { metadata?: unknown; schemas?: unknown };
    await destination.prepare({
      steps: current.steps,
      metadata: parseMetadata(metadata),
      schemas: parseSchemas(schemas),
      restore,
      strategy: current.merges ? 'merge' : 'restore',
    });
    current.receiver = createPushReceiver(destination, { checksums, limits: options.limits, moved });
    return current.receiver;
  }

  /**
   * `beforeTransfer` is optional in the protocol, but a destination must be prepared before it is written. A Strapi
   * deletes nothing without it.
   */
  const prepareUnasked = () => {
    const { destination, restore } = begun();
    return prepare(null, destination?.honoursRestore === true ? restoreNothing : restore);
  };

  async function startStep(step: NamedStage): Promise<unknown> {
    const current = begun();
    if (!isStep(step)) throw new TransferError('INVALID_STEP', { request: `${step}.start` });
    if (current.pump !== null) return { ok: true, ...current.pump.prepare(step) };
    if (!current.steps.includes(step)) throw new TransferError('STAGE_NOT_INCLUDED', { stage: step });
    const receiver = current.receiver ?? (await prepareUnasked());
    await receiver?.start(step);
    return { ok: true };
  }

  async function endStep(step: NamedStage): Promise<unknown> {
    const current = begun();
    current.pump?.stop();
    if (current.pump !== null || !isStep(step)) return { ok: true };
    const receiver = current.receiver ?? (await prepareUnasked());
    return { ok: true, stats: await receiver?.end(step) };
  }

  async function carryOut(request: LifecycleRequest, content: unknown, commits = false): Promise<unknown> {
    switch (request.type) {
      case 'request.init': {
        const current: Beginning = { store: null, isLeft: false, settled: Promise.resolve() };
        beginning = current;
        const answer = init(content, current).finally(() => {
          beginning = null;
        });
        current.settled = answer.catch(() => {});
        return answer;
      }
      case 'request.bootstrap':
        checkStrategy();
        return null;
      case 'request.getMetadata':
        return begun().store.metadata();
      case 'request.getSchemas':
        return begun().store.schemas();
      case 'request.beforeTransfer':
        await prepare(content, begun().restore);
        return null;
      case 'request.stepStart':
        return startStep(request.step);
      case 'request.stepStream':
        if (isStep(request.step)) await begun().receiver?.stream(request.step, content);
        return null;
      case 'request.stepEnd':
        return endStep(request.step);
      case 'request.rollback':
        await begun().receiver?.abort();
        await begun().destination?.rollback();
        return null;
      case 'request.close':
        if (commits) await begun().destination?.commit();
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

  /** The store is closed first: its `open` may wait for long, and hold a connection of a database. */
  async function giveUp(current: Beginning | null): Promise<void> {
    if (current === null) return;
    current.isLeft = true;
    try {
      await current.store?.close();
    } finally {
      await current.settled;
    }
  }

  async function cleanUp(): Promise<void> {
    await giveUp(beginning);
    const current = transfer;
    transfer = null;
    current?.pump?.stop();
    await current?.receiver?.abort();
    // A destination that is closed without a commit rolls back.
    await current?.store.close();
  }

  return {
    carryOut,
    counts,
    moved,
    get transfer() {
      return transfer;
    },
    cleanUp,
  };
}
