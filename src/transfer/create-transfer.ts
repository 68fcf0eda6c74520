import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor } from 'xstate';
import { errorOf } from '../../machines/failure.js';
import { sendIfHandled } from '../../machines/handles.js';
import type { StageCounts } from '../../machines/stage.machine.js';
import type { transferMachine } from '../../machines/transfer.machine.js';
import { type Clock, realClock } from '../ports/clock.js';
import type { Stage } from '../protocol/content.js';
import { alsoSaying, TransferError } from '../protocol/errors.js';
import type { TransferOptions, TransferResult } from './options.js';
import { prepareWatched } from './prepare-transfer.js';
import type { SchemaDifference } from './schema-diff.js';

export type { TransferOptions, TransferResult } from './options.js';

/** The running chart of a transfer; see `transferMachine`. */
export type TransferActor = ActorRefFrom<typeof transferMachine>;

/** A transfer that has begun. */
export interface Transfer {
  /** The running chart: to subscribe to, to inspect. */
  readonly actor: TransferActor;
  /** Resolves when the content has moved; rejects with a TransferError where it failed or was aborted. */
  readonly done: Promise<TransferResult>;
  /** What has moved so far, by stage. */
  progress(): Readonly<Partial<Record<Stage, StageCounts>>>;
  /** Ends the transfer; the destination stays, or becomes again, what it was. `by` completes "was aborted". */
  abort(by?: string): void;
  /**
   * Rests before the next stage, until `resume`. The connections stay open for as long as the servers allow it.
   * False where it is too late: nothing is left that it could rest before.
   */
  pause(): boolean;
  /** Goes on. False where it was not asked to pause. */
  resume(): boolean;
  /**
   * Cuts the sockets to its servers without a closing handshake, to see what happens: the transfer fails with
   * CONNECTION_CLOSED. False where no end is a server, or the transfer is being closed already.
   */
  cut(): boolean;
}

/**
 * Moves content from one end to the other and begins at once.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN, SAME_SERVER before anything has begun
 */
export function createTransfer(options: TransferOptions): Transfer {
  const { logic, input, found, differences } = prepareWatched(options);
  const clock: Clock = options.clock ?? realClock;
  const inspect: ActorOptions<AnyActorLogic>['inspect'] = options.inspect;
  const actor = createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) });

  const done = new Promise<TransferResult>((resolve, reject) => {
    actor.subscribe({
      complete: () => {
        const { output } = actor.getSnapshot();
        if (output?.outcome === 'completed') resolve(found(output));
        else reject(withDifferences(errorOf(output?.failure ?? { code: 'UNEXPECTED' }), differences()));
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
    progress: () => actor.getSnapshot().context.counts,
    abort: (by) => actor.send({ type: 'abort', ...(by === undefined ? {} : { by }) }),
    pause: () => sendIfHandled(actor, { type: 'pause' }),
    resume: () => actor.getSnapshot().context.pauseIsAsked && sendIfHandled(actor, { type: 'resume' }),
    cut: () => sendIfHandled(actor, { type: 'connection.cut' }),
  };
}

/** Adds all differences to the error of a mismatch, for programs: the chart holds only the text for people. */
function withDifferences(error: TransferError, differences: readonly SchemaDifference[]): TransferError {
  if (error.code !== 'SCHEMA_MISMATCH') return error;
  return alsoSaying(error, { schemaDifferences: differences });
}
