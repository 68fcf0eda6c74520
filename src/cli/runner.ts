import { sendIfHandled } from '../../machines/handles.js';
import { statePath } from '../../machines/remote.machine.js';
import type { Clock } from '../ports/clock.js';
import { TransferError } from '../protocol/errors.js';
import { diagnosticKinds } from '../protocol/messages.js';
import {
  createTransfer,
  type Transfer,
  type TransferActor,
  type TransferOptions,
  type TransferResult,
} from '../transfer/create-transfer.js';
import type { Merge, MergeOptions, MergeResult } from '../transfer/merge/create-merge.js';
import { type Wait, waitOf } from '../transfer/waits.js';
import { asFlags } from './flag-words.js';
import { mergeState } from './report/doing.js';
import { type Report, tickEvery } from './report/report.js';
import type { Steered } from './steering.js';

export interface Runner {
  /** One transfer to its end, told by the report. `begun` is given it before anything has happened. */
  transfer(options: TransferOptions, begun?: (transfer: Transfer) => void): Promise<TransferResult>;
  /** The same of a merge, and of each of its transfers. */
  merge(begin: (watch: MergeWatch) => Merge): Promise<MergeResult>;
  /** The report says `doing`. An abort sets off the signal, and rejects with ABORTED. */
  work<T>(doing: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Warns of something in the content that may not be wanted; once, however often it is found. */
  doubt(text: string): void;
  /** Ends what runs. False where nothing does. */
  abort(by: string): boolean;
  current(): Steered | null;
}

/** What a merge is to be given, to be told and steered. */
export type MergeWatch = Pick<MergeOptions, 'inspect' | 'onTransfer'>;

export interface RunnerSettings {
  readonly report: () => Report;
  readonly clock: Clock;
  readonly inspect: () => TransferOptions['inspect'];
}

export function createRunner({ report, clock, inspect }: RunnerSettings): Runner {
  let transfer: Transfer | null = null;
  let merge: Merge | null = null;
  let moving: TransferActor | null = null;
  let stop: AbortController | null = null;
  const doubts = new Set<string>();
  const doubt = (text: string) => {
    if (!doubts.has(text)) report().warn(asFlags(text));
    doubts.add(text);
  };
  return {
    doubt,
    async transfer(options, begun = () => {}) {
      const created = createTransfer({ ...options, inspect: inspect() });
      transfer = created;
      begun(created);
      created.actor.on('content.doubted', ({ text }) => doubt(text));
      listen(created.actor, report());
      const stopTicking = startTicking(report(), clock, () => waitOf(created.actor.getSnapshot()));
      try {
        return await created.done;
      } finally {
        stopTicking();
        transfer = null;
      }
    },
    async merge(begin) {
      const created = begin({
        inspect: inspect(),
        onTransfer(actor, move) {
          moving = actor;
          report().moves(move);
          actor.on('content.doubted', ({ text }) => doubt(text));
          listen(actor, report());
          actor.subscribe({
            complete() {
              moving = null;
              if (actor.getSnapshot().output?.outcome === 'completed') report().moved(move);
            },
            error() {
              moving = null;
            },
          });
        },
      });
      merge = created;
      const told = createStateTeller(report());
      created.actor.subscribe(({ value }) => told(mergeState(statePath(value))));
      const stopTicking = startTicking(report(), clock, () =>
        moving === null ? null : waitOf(moving.getSnapshot()),
      );
      try {
        return await created.done;
      } finally {
        stopTicking();
        merge = null;
      }
    },
    async work(doing, work) {
      const controller = new AbortController();
      stop = controller;
      report().working(doing);
      const stopTicking = startTicking(report(), clock, () => null);
      try {
        return await work(controller.signal);
      } catch (error) {
        throw controller.signal.aborted ? controller.signal.reason : error;
      } finally {
        stopTicking();
        stop = null;
      }
    },
    abort(by) {
      const isAside = transfer !== null || stop !== null;
      transfer?.abort(by);
      stop?.abort(new TransferError('ABORTED', { by }));
      // A merge that waits for its backup ends as that does.
      if (!isAside) merge?.abort(by);
      return isAside || merge !== null;
    },
    current: () => transfer ?? (merge === null ? null : steeredMerge(merge, moving)),
  };
}

/** Of a merge, its transfer of the moment can rest and be cut. */
function steeredMerge({ actor, abort }: Merge, moving: TransferActor | null): Steered {
  return {
    actor,
    abort,
    pause: () => moving !== null && sendIfHandled(moving, { type: 'pause' }),
    resume: () =>
      moving?.getSnapshot().context.pauseIsAsked === true && sendIfHandled(moving, { type: 'resume' }),
    cut: () => moving !== null && sendIfHandled(moving, { type: 'connection.cut' }),
  };
}

function listen(actor: TransferActor, report: Report): void {
  const told = createStateTeller(report);
  actor.subscribe((snapshot) => told(statePath(snapshot.value), snapshot.hasTag('paused')));
  for (const kind of diagnosticKinds) {
    actor.on(`diagnostic.${kind}`, (said) => report.diagnostic({ ...said, kind }));
  }
  actor.on('request.retried', ({ request, retry }) => report.retried(request, retry));
  actor.on('stage.started', ({ step }) => report.stageStarted(step));
  actor.on('stage.moved', ({ step, counts, totals }) => report.stageMoved(step, counts, totals));
  actor.on('stage.completed', ({ step, counts }) => report.stageCompleted(step, counts));
}

/** Each state once, however many snapshots have it. */
function createStateTeller(report: Report): (state: string, isPaused?: boolean) => void {
  let told = '';
  return (state, isPaused) => {
    if (state !== told) report.state(state, isPaused);
    told = state;
  };
}

function startTicking(report: Report, clock: Clock, wait: () => Wait | null): () => void {
  let timer: unknown;
  const tick = () => {
    report.tick(wait());
    timer = clock.setTimeout(tick, tickEvery);
  };
  tick();
  return () => clock.clearTimeout(timer);
}
