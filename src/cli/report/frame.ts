import type { StageTotals } from '../../../machines/stage.machine.js';
import { formatCount, formatWholeSeconds } from './format.js';
import type { Glyphs, Paint } from './paint.js';
import { fractionOf, timeLeft } from './stage-rows.js';
import { type StageRow, tableHead, tableRow } from './table.js';
import type { Wait } from './waits.js';

/** Everything that one drawing of the terminal shows. */
export interface View {
  readonly done: readonly StageRow[];
  readonly current: (StageRow & { readonly totals: StageTotals }) | null;
  /** The state of the transfer's chart. */
  readonly state: string;
  readonly isPaused: boolean;
  readonly wait: Wait | null;
  readonly waitedMs: number;
  /** Counts the drawings: moves the spinner. */
  readonly turn: number;
}

export interface FrameSettings {
  readonly width: number;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
}

const longestBar = 40;

/** The table so far, the bar of the stage in progress, and what goes on. */
export function frameOf(view: View, settings: FrameSettings): readonly string[] {
  const { done, current, turn } = view;
  const { width, paint, glyphs } = settings;
  const rows = current === null ? done : [...done, current];
  const fraction = current === null ? null : fractionOf(current.counts, current.totals);
  const spinner = glyphs.spinner[turn % glyphs.spinner.length] ?? '';
  return [
    ...(rows.length === 0 ? [] : [paint('dim', tableHead(width))]),
    ...done.map((row) => tableRow(row, width)),
    ...(current === null ? [] : [paint('cyan', tableRow(current, width))]),
    ...(current === null || fraction === null ? [] : [barLine(current, fraction, settings)]),
    `${paint('cyan', spinner)} ${saying(view, width - 2, glyphs)}`,
  ];
}

/** `━━━━━━━━━━━━━━━━━━━━──────────  61 %, 11 of 18, 2 s left` */
function barLine(
  { counts, totals, ms }: NonNullable<View['current']>,
  fraction: number,
  { width, paint, glyphs }: FrameSettings,
): string {
  const left = timeLeft(fraction, ms);
  const facts = [
    `${Math.floor(fraction * 100)} %`.padStart(5),
    ...(totals.count === undefined ? [] : [`${formatCount(counts.items)} of ${formatCount(totals.count)}`]),
    ...(left === null ? [] : [`${formatWholeSeconds(left)} left`]),
  ];
  // A narrow terminal has room for the bar, and for fewer of the facts.
  while (facts.length > 1 && facts.join(', ').length + 12 > width) facts.splice(1, 1);
  const words = facts.join(', ');
  const length = Math.max(4, Math.min(longestBar, width - words.length - 1));
  const full = Math.round(fraction * length);
  const bar = paint('cyan', glyphs.full.repeat(full)) + paint('dim', glyphs.empty.repeat(length - full));
  return `${bar} ${words}`;
}

/** The chart's states in words; a stage by its own name. */
const doings: Readonly<Record<string, string>> = {
  opening: 'opening both ends',
  comparing: 'comparing the schemas',
  preparing: 'preparing the destination',
  committing: 'putting the content in place',
  rollingBack: 'restoring what was there before',
  closing: 'closing both ends',
};

/** Milliseconds. A shorter wait is not shown. */
const shortestWait = 500;

function saying({ state, isPaused, wait, waitedMs }: View, width: number, { ellipsis }: Glyphs): string {
  if (wait !== null && waitedMs >= shortestWait) {
    const what = `waiting for ${wait.subject}`;
    const since = waitedMs < 1000 ? '' : `, ${formatWholeSeconds(waitedMs)}`;
    // If there is no room, cut the subject: the time matters more.
    const room = width - since.length;
    const shown = what.length <= room ? what : `${what.slice(0, room - ellipsis.length)}${ellipsis}`;
    return `${shown}${since}`;
  }
  const [first = '', stage] = state.split('.');
  const doing = doings[first] ?? (stage === undefined ? first : `moving ${stage}`);
  return `${isPaused ? 'paused before ' : ''}${doing}${ellipsis}`;
}
