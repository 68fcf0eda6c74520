import { noCounts, type StageCounts, type StageTotals } from '../../../machines/stage.machine.js';
import type { Stage } from '../../protocol/content.js';
import { formatBytes, formatCount } from '../../protocol/format.js';
import type { Wait } from '../../transfer/waits.js';
import type { StageRow } from './table.js';

export interface StageRows {
  readonly done: readonly StageRow[];
  /** The stage in progress; its time is that of the moment. */
  current(): (StageRow & { readonly totals: StageTotals }) | null;
  start(stage: Stage): void;
  move(counts: StageCounts, totals: StageTotals): void;
  complete(stage: Stage, counts: StageCounts): StageRow;
}

export function createStageRows(now: () => number): StageRows {
  const done: StageRow[] = [];
  let current: { stage: Stage; counts: StageCounts; totals: StageTotals } | null = null;
  let started = now();
  return {
    done,
    current: () => (current === null ? null : { ...current, ms: now() - started }),
    start(stage) {
      started = now();
      current = { stage, counts: noCounts, totals: {} };
    },
    move(counts, totals) {
      if (current !== null) current = { ...current, counts, totals };
    },
    complete(stage, counts) {
      const row = { stage, counts, ms: now() - started };
      done.push(row);
      current = null;
      return row;
    },
  };
}

export interface WaitWatch {
  see(wait: Wait | null): number;
}

export function createWaitWatch(now: () => number): WaitWatch {
  let key: string | null = null;
  let since = now();
  return {
    see(wait) {
      if ((wait?.key ?? null) !== key) {
        key = wait?.key ?? null;
        since = now();
      }
      return now() - since;
    },
  };
}

/** How far a stage has come, in one unit: bytes where their total is known, else items. */
export interface Progress {
  readonly fraction: number;
  /** `9 of 18`, `47.7 MiB of 95.4 MiB` */
  readonly words: string;
}

/** Null where no total is known. */
export function progressOf(counts: StageCounts, { count = 0, bytes = 0 }: StageTotals): Progress | null {
  const passed = counts.items + counts.dropped + counts.excluded;
  const [done, all, format] = bytes > 0 ? [counts.bytes, bytes, formatBytes] : [passed, count, formatCount];
  if (all === 0) return null;
  return { fraction: Math.min(1, done / all), words: `${format(done)} of ${format(all)}` };
}

/** Milliseconds left at the average rate so far; null where too little has moved to tell. */
export function timeLeft(fraction: number, ms: number): number | null {
  return ms < 1000 || fraction <= 0.01 || fraction >= 1 ? null : (ms / fraction) * (1 - fraction);
}
