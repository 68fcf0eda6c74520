import type { Metadata, RowStep, Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { type Lock, lock, type Recovery } from './place/lock.js';
import { leaveToTheNext, type Place } from './place/place.js';
import type { AssetWriter, RowWriter, TransferDestination, TransferPlan } from './store.js';

interface LocalDraft {
  rowWriter<S extends RowStep>(step: S): RowWriter<S>;
  assetWriter(): AssetWriter;
}

export interface LocalKind<Draft extends LocalDraft> {
  readonly path: string;
  readonly recovery: Recovery;
  /** Runs `work`, whose failures become errors of this store. */
  asStore<T>(work: () => Promise<T>): Promise<T>;
  place(): Promise<Place>;
  /** Throws where what stands there may not be replaced. Nothing was made on the disk yet. */
  refuse(place: Place): Promise<void>;
  /** The same with the lock: a killed commit may be finished in between, which brings an export. */
  refuseLocked(place: Place): Promise<void>;
  metadata(place: Place): Promise<Metadata | null>;
  schemas(place: Place): Promise<Schemas | null>;
  /** Calls `begun` once there is something on the disk that a rollback has to remove. */
  prepare(place: Place, plan: TransferPlan, begun: (draft: Draft) => void): Promise<void>;
  /** Calls `assertMay` right before it replaces; resolves with the notices. */
  commit(place: Place, draft: Draft, assertMay: () => Promise<void>): Promise<readonly string[]>;
  rollback(place: Place, draft: Draft): Promise<void>;
}

/** A destination that is written beside its path, with the lock of its place held from `open` to `close`. */
export function createLocalDestination<Draft extends LocalDraft>(
  kind: LocalKind<Draft>,
): TransferDestination {
  const { path } = kind;
  const failed = (reason: string) => new TransferError('STORE_FAILED', { path, reason });
  let held: { readonly place: Place; readonly lock: Lock } | undefined;
  let draft: Draft | undefined;
  let notices: readonly string[] = [];
  let isGivenUp = false;
  let isCommitted = false;
  let last: Promise<unknown> = Promise.resolve();

  /** Runs calls one after the other: a `close` during `open` has to find what it must close. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  function holding() {
    if (held === undefined) throw failed('it is not open');
    return held;
  }

  function writing(): Draft {
    if (draft === undefined) throw failed('nothing was prepared to be written');
    return draft;
  }

  async function open(): Promise<void> {
    const place = await kind.place();
    await kind.refuse(place);
    const taken = await lock(place, kind.recovery);
    try {
      await kind.refuseLocked(place);
    } catch (error) {
      await taken.release();
      throw error;
    }
    held = { place, lock: taken };
  }

  async function prepare(plan: TransferPlan): Promise<void> {
    const { place } = holding();
    await rollback();
    isGivenUp = false;
    isCommitted = false;
    await kind.prepare(place, plan, (begun) => {
      draft = begun;
    });
  }

  async function commit(): Promise<void> {
    if (draft === undefined) return;
    const { place, lock } = holding();
    notices = await kind.commit(place, draft, async () => {
      if (isGivenUp) throw new TransferError('ABORTED', { when: 'before it was committed' });
      await lock.assertHeld();
    });
    draft = undefined;
    isCommitted = true;
  }

  async function rollback(): Promise<void> {
    const undone = draft;
    draft = undefined;
    if (undone !== undefined) await kind.rollback(holding().place, undone);
  }

  return {
    name: path,
    open: () => kind.asStore(() => inTurn(open)),
    metadata: () => kind.asStore(async () => kind.metadata(holding().place)),
    schemas: () => kind.asStore(async () => kind.schemas(holding().place)),
    prepare: (plan) => kind.asStore(() => inTurn(() => prepare(plan))),
    rowWriter: <S extends RowStep>(step: S) => kind.asStore(async () => writing().rowWriter(step)),
    assetWriter: () => kind.asStore(async () => writing().assetWriter()),
    commit: () => kind.asStore(() => inTurn(commit)),
    notices: () => notices,
    async rollback() {
      isGivenUp = true;
      await kind.asStore(() => inTurn(rollback));
      // An abort may come while the new content takes its place.
      return isCommitted ? { stands: 'new' } : undefined;
    },
    close: () => {
      isGivenUp = true;
      return inTurn(async () => {
        // The next process that opens the store removes what cannot be removed now.
        await leaveToTheNext(rollback);
        await held?.lock.release();
        held = undefined;
      });
    },
  };
}
