import { beganAt, type Found, mainOf, numbersIn, objectIn, runs } from './ends.js';
import { type Band, isAfterwards, isPaused, lastWorked, phaseName, phaseOf } from './phases.js';
import type { View } from './timeline.js';

export type RowStatus =
  | 'waits'
  | 'moves'
  | 'paused'
  | 'done'
  | 'failed'
  | 'aborted'
  | 'skipped'
  | 'notReached';

/** A line of the progress: a stage, or what comes before and after the stages. */
export interface ProgressRow {
  readonly phase: string;
  readonly name: string;
  readonly isStage: boolean;
  readonly status: RowStatus;
  readonly items: number;
  readonly bytes: number;
  /** Rows of types that are never moved, or were left out. */
  readonly leftOut: number;
  /** Null if the source does not know them. */
  readonly totalItems: number | null;
  readonly totalBytes: number | null;
  /** Milliseconds so far; null before it begins. */
  readonly took: number | null;
  /** A second; null before there is one. */
  readonly itemRate: number | null;
  readonly byteRate: number | null;
  /** Milliseconds; null where the source does not know the total, or nothing moves. */
  readonly left: number | null;
}

const stages = ['entities', 'assets', 'links', 'configuration'] as const;
const before = ['opening', 'comparing', 'checking', 'preparing'] as const;

export interface ProgressInput {
  readonly views: readonly View[];
  readonly bands: readonly Band[];
  /** Place in `entries` of the moment that is shown. */
  readonly place: number;
  /** Milliseconds since the epoch, of the moment that is shown. */
  readonly now: number;
  /** Whether more can come. */
  readonly canGoOn: boolean;
}

/** The way of the transfer that began last, from its connection to its commit; empty if a server alone reports. */
export function progressOf(input: ProgressInput): readonly ProgressRow[] {
  const main = mainOf(input.views);
  if (main === null || !runs(main.actor.actor, 'transfer') || main.actor.step === null) return [];
  return [
    ...before.map((phase) => plainRow(phase, main, input)),
    ...stages.map((stage) => stageRow(stage, main, input)),
    plainRow('committing', main, input),
  ];
}

const order: readonly string[] = [...before, 'schemas', ...stages, 'done', 'committing'];

function plainRow(phase: string, main: Found, { bands, place, now, canGoOn }: ProgressInput): ProgressRow {
  const current = phaseOf(main.actor.step?.value ?? '');
  const told = bands.filter((one) => one.place <= place);
  const own = told.findLast((one) => one.phase === phase);
  const reached = isAfterwards(current) ? lastWorked(bands, place) : current;
  const isPast = order.indexOf(phase) < order.indexOf(reached);
  let status: RowStatus = 'waits';
  if (isPast || isDone(main, reached)) status = 'done';
  else if (phase === reached && isAfterwards(current)) status = wrong(main);
  else if (phase === reached)
    status = isPaused(main.actor.step?.value ?? '') ? 'paused' : canGoOn ? 'moves' : 'failed';
  else if (isAfterwards(current) || !canGoOn) status = 'notReached';
  const took = own === undefined ? null : Math.min(own.to ?? now, now) - own.from;
  return {
    ...empty,
    phase,
    name: phaseName(phase),
    status,
    took: status === 'moves' || status === 'done' || status === 'failed' ? took : null,
  };
}

const empty = {
  isStage: false,
  items: 0,
  bytes: 0,
  leftOut: 0,
  totalItems: null,
  totalBytes: null,
  took: null,
  itemRate: null,
  byteRate: null,
  left: null,
};

/** Whether the transfer has committed: nothing went wrong, and it closes or has ended. */
const isDone = ({ actor: { step } }: Found, reached: string): boolean =>
  reached === 'committing' && isAfterwards(phaseOf(step?.value ?? '')) && failureOf(step?.context) === '';

const failureOf = (context: unknown): string => {
  const { code } = objectIn(objectIn(context as never)['failure']);
  return typeof code === 'string' ? code : '';
};

const wrong = ({ actor: { step } }: Found): RowStatus =>
  failureOf(step?.context) === 'ABORTED' ? 'aborted' : 'failed';

function stageRow(stage: string, main: Found, { bands, place, now, canGoOn }: ProgressInput): ProgressRow {
  const { view, actor } = main;
  const value = actor.step?.value ?? '';
  const context = actor.step?.context;
  const runner = view.state.actors.findLast(
    (one) =>
      runs(one.actor, 'stage') &&
      one.actor.parent === actor.actor.actor &&
      objectIn(one.actor.input)['step'] === stage,
  );
  const moved = numbersIn(objectIn(context?.['counts'])[stage] ?? runner?.step?.context?.['counts']);
  const totals = numbersIn(runner?.step?.context?.['totals']);
  const steps = context?.['steps'];
  const status = stageStatus();
  const began = runner === undefined ? null : beganAt({ view, actor: runner });
  const isMoving = status === 'moves';
  const until = isMoving ? now : view.history.epoch + (runner?.step?.ms ?? 0);
  const took = began === null ? null : Math.max(0, until - began);
  const { items = 0, bytes = 0 } = moved;
  const [totalItems, totalBytes] = [totals['count'] ?? null, totals['bytes'] ?? null];
  const rate = (count: number) => (took === null || took < 1 || count === 0 ? null : (count * 1000) / took);
  const [done, all] = totalBytes !== null && totalBytes > 0 ? [bytes, totalBytes] : [items, totalItems];
  const pace = rate(done);
  return {
    phase: stage,
    name: stage,
    isStage: true,
    status,
    items,
    bytes,
    leftOut: (moved['dropped'] ?? 0) + (moved['excluded'] ?? 0),
    totalItems,
    totalBytes,
    took,
    itemRate: rate(items),
    byteRate: rate(bytes),
    left: isMoving && all !== null && pace !== null ? (Math.max(0, all - done) * 1000) / pace : null,
  };

  function stageStatus(): RowStatus {
    if (Array.isArray(steps) && !steps.includes(stage)) return 'skipped';
    const current = phaseOf(value);
    const isOver = isAfterwards(current);
    const reached = isOver ? lastWorked(bands, place) : current;
    // The transfer goes on before the stage's chart has told of its own end.
    if (order.indexOf(stage) < order.indexOf(reached)) return 'done';
    if (runner?.step?.value === 'completed') return 'done';
    if (runner !== undefined && runner.step?.status !== 'active') return wrong(main);
    if (runner !== undefined) return isOver ? wrong(main) : canGoOn ? 'moves' : 'failed';
    if (current === stage && isPaused(value)) return 'paused';
    return isOver || !canGoOn ? 'notReached' : 'waits';
  }
}

/** What a part of the way says of itself. */
export const statusWords: Readonly<Record<RowStatus, string>> = {
  waits: 'to come',
  moves: 'running',
  paused: 'paused',
  done: 'done',
  failed: 'failed',
  aborted: 'aborted',
  skipped: 'left out',
  notReached: 'not reached',
};

export interface Totals {
  readonly items: number;
  readonly bytes: number;
  /** Of the stage that moves. */
  readonly row: ProgressRow | null;
}

export function totalsOf(rows: readonly ProgressRow[]): Totals {
  const sum = (of: (row: ProgressRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  return {
    items: sum(({ items }) => items),
    bytes: sum(({ bytes }) => bytes),
    row: rows.find(({ isStage, status }) => isStage && status === 'moves') ?? null,
  };
}
