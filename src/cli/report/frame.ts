import type { StageTotals } from '../../../machines/stage.machine.js';
import { formatWholeSeconds } from '../../protocol/format.js';
import type { Wait } from '../../transfer/waits.js';
import type { Glyphs, Paint } from './paint.js';
import { type Progress, progressOf, timeLeft } from './stage-rows.js';
import { type StageRow, tableHead, tableRow } from './table.js';

export interface View {
  readonly done: readonly StageRow[];
  readonly current: (StageRow & { readonly totals: StageTotals }) | null;
  readonly doing: string;
  readonly wait: Wait | null;
  readonly waitedMs: number;
  readonly turn: number;
}

export interface FrameSettings {
  readonly width: number;
  readonly paint: Paint;
  readonly glyphs: Glyphs;
}

const longestBar = 40;

export function frameOf(view: View, settings: FrameSettings): readonly string[] {
  const { done, current, turn } = view;
  const { width, paint, glyphs } = settings;
  const rows = current === null ? done : [...done, current];
  const progress = current === null ? null : progressOf(current.counts, current.totals);
  const spinner = glyphs.spinner[turn % glyphs.spinner.length] ?? '';
  return [
    ...(rows.length === 0 ? [] : [paint('dim', tableHead(width))]),
    ...done.map((row) => tableRow(row, width)),
    ...(current === null ? [] : [paint('cyan', tableRow(current, width))]),
    ...(current === null || progress === null ? [] : [barLine(progress, current.ms, settings)]),
    `${paint('cyan', spinner)} ${saying(view, width - 2, glyphs)}`,
  ];
}

/** `━━━━━━━━━━━━━━━━━━━━──────────  61 %, 41.2 MiB of 67.5 MiB, 2 s left` */
function barLine(
  { fraction, words: progress }: Progress,
  ms: number,
  { width, paint, glyphs }: FrameSettings,
): string {
  const left = timeLeft(fraction, ms);
  const facts = [
    `${Math.floor(fraction * 100)} %`.padStart(5),
    progress,
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

/** Milliseconds. A shorter wait is not shown. */
const shortestWait = 500;

function saying({ doing, wait, waitedMs }: View, width: number, { ellipsis }: Glyphs): string {
  if (wait === null || waitedMs < shortestWait) return `${doing}${ellipsis}`;
  const what = `waiting for ${wait.subject}`;
  const since = waitedMs < 1000 ? '' : `, ${formatWholeSeconds(waitedMs)}`;
  // If there is no room, cut the subject: the time matters more.
  const room = width - since.length;
  const shown = what.length <= room ? what : `${what.slice(0, room - ellipsis.length)}${ellipsis}`;
  return `${shown}${since}`;
}
