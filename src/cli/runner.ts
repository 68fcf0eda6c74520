import { statePath } from '../../machines/remote.machine.js';
import type { Clock } from '../ports/clock.js';
import { TransferError } from '../protocol/errors.js';
import { diagnosticKinds } from '../protocol/messages.js';
import {
  createTransfer,
  type Transfer,
  type TransferOptions,
  type TransferResult,
} from '../transfer/create-transfer.js';
import { type Wait, waitOf } from '../transfer/waits.js';
import { asFlags } from './flag-words.js';
import { type Report, tickEvery } from './report/report.js';

export interface Runner {
  /** One transfer to its end, told by the report. `begun` is given it before anything has happened. */
  transfer(options: TransferOptions, begun?: (transfer: Transfer) => void): Promise<TransferResult>;
  /** The report says `doing`. An abort sets off the signal, and rejects with ABORTED. */
  work<T>(doing: string, work: (signal: AbortSignal) => Promise<T>): Promise<T>;
  /** Warns of something in the content that may not be wanted; once, however often it is found. */
  doubt(text: string): void;
  /** Ends what runs. False where nothing does. */
  abort(by: string): boolean;
  current(): Transfer | null;
}

export interface RunnerSettings {
  readonly report: () => Report;
  readonly clock: Clock;
  readonly inspect: () => TransferOptions['inspect'];
}

export function createRunner({ report, clock, inspect }: RunnerSettings): Runner {
  let transfer: Transfer | null = null;
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
      const stopTicking = listen(created, report(), clock);
      try {
        return await created.done;
      } finally {
        stopTicking();
        transfer = null;
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
      transfer?.abort(by);
      stop?.abort(new TransferError('ABORTED', { by }));
      return transfer !== null || stop !== null;
    },
    current: () => transfer,
  };
}

function listen({ actor }: Transfer, report: Report, clock: Clock): () => void {
  let state = '';
  actor.subscribe((snapshot) => {
    const next = statePath(snapshot.value);
    if (next !== state) report.state(next, snapshot.hasTag('paused'));
    state = next;
  });
  for (const kind of diagnosticKinds) {
    actor.on(`diagnostic.${kind}`, (said) => report.diagnostic({ ...said, kind }));
  }
  actor.on('request.retried', ({ request, retry }) => report.retried(request, retry));
  actor.on('stage.started', ({ step }) => report.stageStarted(step));
  actor.on('stage.moved', ({ step, counts, totals }) => report.stageMoved(step, counts, totals));
  actor.on('stage.completed', ({ step, counts }) => report.stageCompleted(step, counts));

  return startTicking(report, clock, () => waitOf(actor.getSnapshot()));
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
