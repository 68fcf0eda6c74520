import type { StageCounts, StageTotals } from '../../machines/stage.machine.js';
import type { Stage } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import type { Diagnostic } from '../protocol/messages.js';
import type { TransferResult } from '../transfer/create-transfer.js';
import { formatBytes, formatDuration, formatStage } from './format.js';

/** What a run tells while it goes on. Three implementations: for a terminal, for a log, for a program. */
export interface Report {
  state(name: string): void;
  stageStarted(stage: Stage): void;
  stageMoved(stage: Stage, counts: StageCounts, totals: StageTotals): void;
  stageCompleted(stage: Stage, counts: StageCounts): void;
  diagnostic(diagnostic: Diagnostic): void;
  retried(request: string, retry: number): void;
  completed(result: TransferResult): void;
  failed(error: TransferError): void;
}

export interface Output {
  write(text: string): unknown;
  readonly isTTY?: boolean;
  readonly columns?: number;
}

export interface ReportSettings {
  readonly out: Output;
  readonly err: Output;
  readonly now: () => number;
  readonly verbose: boolean;
}

/** A line redrawn more often than this flickers, and costs more than it tells. */
const redrawEvery = 100;

/** Lines for people: on a terminal the stage in progress is redrawn, elsewhere each stage is one line. */
export function createTextReport({ out, err, now, verbose }: ReportSettings): Report {
  const started = now();
  let stageStarted = started;
  let drawn = Number.NEGATIVE_INFINITY;
  let open = false;

  const line = (to: Output, text: string) => {
    if (open) out.write('\r\u001B[2K');
    open = false;
    to.write(`${text}\n`);
  };
  const redraw = (text: string, isDue = now() - drawn >= redrawEvery) => {
    if (out.isTTY !== true || !isDue) return;
    drawn = now();
    open = true;
    out.write(`\r\u001B[2K${text.slice(0, (out.columns ?? 80) - 1)}`);
  };

  return {
    state: (name) => redraw(`${name}…`, true),
    stageStarted() {
      stageStarted = now();
    },
    stageMoved(stage, counts, totals) {
      const done = totals.bytes ? `${Math.min(100, Math.floor((100 * counts.bytes) / totals.bytes))} % ` : '';
      redraw(`${done}${formatStage(stage, counts, now() - stageStarted)}`);
    },
    stageCompleted: (stage, counts) => line(out, formatStage(stage, counts, now() - stageStarted)),
    diagnostic({ kind, message }) {
      if (kind !== 'info' || verbose) line(err, `server ${kind}: ${message}`);
    },
    retried(request, retry) {
      line(err, `no answer to ${request} yet, asking again (${retry})`);
    },
    completed({ counts, differences }) {
      const bytes = counts.assets?.bytes ?? 0;
      if (differences.length > 0)
        line(err, `went on although the schemas differ in ${differences.length} places`);
      line(out, `done in ${formatDuration(now() - started)}, ${formatBytes(bytes)} of files`);
    },
    failed: (error) => line(err, `${error.code}: ${error.message}`),
  };
}

/** One event a line, for programs. The last one is the `result`. */
export function createJsonReport({ out, now }: ReportSettings): Report {
  const started = now();
  let told = Number.NEGATIVE_INFINITY;
  const tell = (event: string, fields: Readonly<Record<string, unknown>>) => {
    out.write(`${JSON.stringify({ event, ms: Math.round(now() - started), ...fields })}\n`);
  };
  return {
    state: (state) => tell('state', { state }),
    stageStarted: (stage) => tell('stage.started', { stage }),
    stageMoved(stage, counts, totals) {
      if (now() - told < redrawEvery) return;
      told = now();
      tell('stage.progress', { stage, counts, totals });
    },
    stageCompleted: (stage, counts) => tell('stage.completed', { stage, counts }),
    diagnostic: ({ kind, message, origin }) => tell('diagnostic', { kind, message, origin }),
    retried: (request, retry) => tell('retry', { request, retry }),
    completed: ({ counts, differences }) =>
      tell('result', { ok: true, exitCode: 0, counts, differences: differences.length }),
    failed: ({ code, message, row, details }) =>
      tell('result', { ok: false, exitCode: row.exit, error: { code, message, details } }),
  };
}
