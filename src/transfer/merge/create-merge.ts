import { type ActorRefFrom, createActor, fromPromise } from 'xstate';
import { errorOf } from '../../../machines/failure.js';
import { sendIfHandled } from '../../../machines/handles.js';
import {
  type MergeCounts,
  type MergeMove,
  type MoveLogic,
  mergeMachine,
} from '../../../machines/merge.machine.js';
import { withImplementations } from '../../../machines/with-implementations.js';
import type { MergePlan } from '../../merge/plan.js';
import { type Clock, realClock } from '../../ports/clock.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { createTransferLogic } from '../transfer-logic.js';
import { createMergeWork, type MergeWork } from './merge-work.js';
import type { MergeOptions } from './options.js';

export type { ApplyOptions, ConfirmedMerge, MergeOptions, MergeStore } from './options.js';

/** What any merge is given. */
type RunOptions = Pick<MergeOptions, 'changeset' | 'clock' | 'confirm' | 'dryRun' | 'inspect' | 'onTransfer'>;

/** The running chart of a merge; see `mergeMachine`. */
export type MergeActor = ActorRefFrom<typeof mergeMachine>;

/** What a merge has done, or would do in a dry run. */
export interface MergeResult {
  readonly plan: MergePlan;
  readonly counts: MergeCounts;
  /** Nothing was changed: it was a dry run, the plan became a changeset, or nothing differs. */
  readonly isUnchanged: boolean;
  /** All is done, and an abort kept it from being compared with the plan. */
  readonly isUnverified: boolean;
}

/** A merge that has begun. */
export interface Merge {
  /** The running chart: to subscribe to, to inspect. */
  readonly actor: MergeActor;
  /** Resolves when it is done; rejects with a TransferError where it failed, was refused or was aborted. */
  readonly done: Promise<MergeResult>;
  /** Ends the merge; what it began is undone. `by` completes "was aborted". */
  abort(by?: string): void;
}

/**
 * Merges what is chosen of one end into the other, and begins at once: both ends are read, what would change is planned,
 * `confirm` is asked, then it is done. What does not come stays as it is.
 *
 * Documents are matched by documentId, their rows by locale and state; single types by their uid, locales by their code,
 * files by documentId, or else by name and hash. A document that comes replaces the one that stands as a whole, with the
 * links that it owns; links of other documents to it stay. Settings and webhooks are never merged.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN before anything has begun
 */
export function createMerge(options: MergeOptions): Merge {
  return runMerge(createMergeWork(options), options);
}

export function runMerge(work: MergeWork, options: RunOptions): Merge {
  const clock: Clock = options.clock ?? realClock;
  const { dryRun = false, changeset, confirm = () => true, onTransfer = () => {} } = options;
  const isPlanned = dryRun || changeset !== undefined;
  /** Failures are plain data in the chart: this keeps the cause of the last one. */
  let thrown: TransferError | null = null;
  const keepingCause = <T>(run: () => Promise<T>) =>
    run().catch((error) => {
      thrown = toTransferError(error);
      throw thrown;
    });
  const causing = <T>(run: () => Promise<T>) => fromPromise<T>(() => keepingCause(run));
  const logic = withImplementations(mergeMachine, {
    actors: {
      // Its snapshot holds more than the chart of a merge asks of one.
      move: createTransferLogic<MergeMove>(work.transferOf, onTransfer) as unknown as MoveLogic,
      checkEnds: fromPromise<void>(({ signal }) => keepingCause(() => work.check(signal))),
      choose: causing(work.choose),
      compare: causing(work.compare),
      plan: causing(work.plan),
      confirm: fromPromise<boolean>(async ({ signal }) => {
        const plan = work.planned();
        return plan !== null && (await confirm(plan, signal, { isStrapi: work.isStrapi() }));
      }),
      probe: causing(work.probe),
      verify: causing(work.verify),
      closeEnds: fromPromise(work.close),
    },
  });
  const { inspect } = options;
  const input = { pulls: work.pulls, dryRun };
  const actor = createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) });
  const done = new Promise<MergeResult>((resolve, reject) => {
    actor.subscribe({
      complete: () => {
        const { output, context } = actor.getSnapshot();
        const plan = work.planned();
        if (output?.outcome === 'completed' && plan !== null && output.counts !== null) {
          const { counts, isUnverified } = output;
          resolve({ plan, counts, isUnchanged: isPlanned || context.phases === 0, isUnverified });
        } else reject(errorOf(output?.failure ?? { code: 'UNEXPECTED' }, thrown));
      },
      error: (error) => reject(new TransferError('UNEXPECTED', { reason: String(error) }, error)),
    });
  });
  // A caller that listens to the actor alone need not handle this promise too.
  done.catch(() => {});
  actor.start();
  return {
    actor,
    done,
    abort: (by) => sendIfHandled(actor, { type: 'abort', ...(by === undefined ? {} : { by }) }),
  };
}
