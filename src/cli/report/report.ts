import type { MergeMove } from '../../../machines/merge.machine.js';
import type { StageCounts, StageTotals } from '../../../machines/stage.machine.js';
import type { MergePlan } from '../../merge/plan.js';
import type { Stage } from '../../protocol/content.js';
import type { TransferError } from '../../protocol/errors.js';
import type { Diagnostic } from '../../protocol/messages.js';
import type { TransferResult } from '../../transfer/create-transfer.js';
import type { MergeResult } from '../../transfer/merge/create-merge.js';
import type { Wait } from '../../transfer/waits.js';
import type { Output } from '../host.js';
import type { Glyphs, Paint } from './paint.js';

interface Plan {
  readonly from: string;
  readonly to: string;
  readonly dryRun: boolean;
  readonly backup?: true;
  /** What stands at the destination stays, beside what comes. */
  readonly merges?: true;
}

/** How a merge ended. */
export interface Merged {
  readonly to: string;
  readonly isDryRun: boolean;
  /** Where the plan was written to. */
  readonly changeset?: string | undefined;
}

/** What a run tells while it goes on. Three implementations: for a terminal, for a log, for a program. */
export interface Report {
  /** A backup begins, or the transfer itself: the events that follow belong to it. */
  began(plan: Plan): void;
  /** The backup is made, and what was read back is what came. */
  backedUp(path: string): void;
  /** The state of the transfer's chart. `isPaused`: a user has asked for a rest. */
  state(name: string, isPaused?: boolean): void;
  /** Work beside a transfer begins, such as reading the backup back; `doing` says so in words. */
  working(doing: string): void;
  /** Called {@link tickEvery}: what the transfer waits for at this moment. */
  tick(wait: Wait | null): void;
  stageStarted(stage: Stage): void;
  stageMoved(stage: Stage, counts: StageCounts, totals: StageTotals): void;
  stageCompleted(stage: Stage, counts: StageCounts): void;
  diagnostic(diagnostic: Diagnostic): void;
  retried(request: string, retry: number): void;
  /** A note beside the transfer: where its charts can be seen. */
  note(text: string): void;
  /** Something that the user should think about before it goes on. */
  warn(text: string): void;
  /** Something is asked: what is drawn makes room until the next tick after `resume`, and no time is counted. */
  pause(): void;
  resume(): void;
  /** A transfer of a merge begins: the events that follow belong to it. */
  moves(move: MergeMove): void;
  moved(move: MergeMove): void;
  /** What a merge does, before it is confirmed. */
  planned(plan: MergePlan): void;
  merged(result: MergeResult, how: Merged): void;
  completed(result: TransferResult): void;
  failed(error: TransferError): void;
  /** Restores the terminal: called last, after any ending. */
  end(): void;
}

export interface ReportSettings {
  readonly out: Output;
  readonly err: Output;
  /** Milliseconds. */
  readonly now: () => number;
  readonly verbose: boolean;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
}

/** Milliseconds between two looks at the transfer: what moves more often flickers, and costs more than it tells. */
export const tickEvery = 100;
