import type { StageCounts } from '../../../machines/stage.machine.js';
import type { Stage } from '../../protocol/content.js';
import { formatBytes, formatCount, formatDuration, partCounted } from '../../protocol/format.js';
import type { TransferResult } from '../../transfer/create-transfer.js';
import type { SchemaLoss } from '../../transfer/fit.js';
import type { LeftOut } from '../../transfer/left-out.js';
import type { MergeResult } from '../../transfer/merge/create-merge.js';
import type { Removals } from '../../transfer/removals.js';
import { quoted } from '../quoted.js';
import { beyondLines, isCounted } from '../removal-words.js';
import type { Paint } from './paint.js';
import { planSum } from './plan-words.js';
import type { Merged } from './report.js';

export interface StageRow {
  readonly stage: Stage;
  readonly counts: StageCounts;
  readonly ms: number;
}

interface Column {
  readonly title: string;
  readonly width: number;
  /** Narrow terminals drop the column with the highest number first; 0 always stays. */
  readonly luxury: number;
  readonly cell: (row: StageRow) => string;
}

const columns: readonly Column[] = [
  { title: 'stage', width: 13, luxury: 0, cell: ({ stage }) => stage },
  { title: 'items', width: 10, luxury: 0, cell: ({ counts }) => formatCount(counts.items) },
  {
    title: 'size',
    width: 12,
    luxury: 2,
    cell: ({ stage, counts }) => (stage === 'assets' ? formatBytes(counts.bytes) : ''),
  },
  { title: 'time', width: 12, luxury: 1, cell: ({ ms }) => formatDuration(ms) },
  { title: 'rate', width: 14, luxury: 4, cell: rateOf },
  {
    title: 'left out',
    width: 11,
    luxury: 3,
    cell: ({ counts: { dropped, excluded } }) =>
      dropped + excluded === 0 ? '' : formatCount(dropped + excluded),
  },
];

/** A rate of the schemas would say nothing: they are read as one. */
function rateOf({ stage, counts, ms }: StageRow): string {
  const seconds = Math.max(ms, 1) / 1000;
  if (stage === 'schemas' || counts.items === 0) return '';
  if (stage === 'assets') return `${formatBytes(counts.bytes / seconds)}/s`;
  return `${formatCount(counts.items / seconds)}/s`;
}

function columnsOf(width: number): readonly Column[] {
  let shown = columns;
  for (let luxury = 4; luxury > 0 && widthOf(shown) > width; luxury -= 1) {
    shown = shown.filter((column) => column.luxury < luxury);
  }
  return shown;
}

const widthOf = (shown: readonly Column[]) => shown.reduce((sum, { width }) => sum + width, 0);

function lineOf(cells: readonly string[], shown: readonly Column[]): string {
  return cells
    .map((cell, at) => (at === 0 ? cell.padEnd(shown[at]?.width ?? 0) : cell.padStart(shown[at]?.width ?? 0)))
    .join('')
    .trimEnd();
}

/** `stage            items        size        time          rate  left out` */
export function tableHead(width: number): string {
  const shown = columnsOf(width);
  return lineOf(
    shown.map(({ title }) => title),
    shown,
  );
}

/** `assets              18    67.5 MiB       1.0 s    67.5 MiB/s` */
export function tableRow(row: StageRow, width: number): string {
  const shown = columnsOf(width);
  return lineOf(
    shown.map(({ cell }) => cell(row)),
    shown,
  );
}

const whyProtected = 'of users, roles, tokens and releases: every server keeps its own';

/**
 * What did not move and why, a line for each reason; with `verbose` one for each type too, without it a word on how to
 * see them.
 */
export function leftOutLines(
  rows: readonly StageRow[],
  { lostToSchemas: losses, leftOut: types }: Pick<TransferResult, 'lostToSchemas' | 'leftOut'>,
  verbose: boolean,
): readonly string[] {
  const named = (why: LeftOut['why']) => types.filter((type) => type.why === why).map(typeLine);
  const told = (why: LeftOut['why'], sum: readonly string[]) => {
    if (sum.length === 0 || named(why).length === 0) return sum;
    return verbose ? [...sum, ...named(why)] : sum.map((line) => `${line} (--verbose names the types)`);
  };
  const byFlags = ({ stage, counts }: StageRow) => counts.excluded - lostIn(stage, losses);
  return [
    ...told(
      'protected',
      leftOut(rows, ({ counts }) => counts.dropped, whyProtected),
    ),
    ...told('filtered', leftOut(rows, byFlags, 'that the flags leave out')),
  ];
}

/** `- admin::permission: 120 entities, 240 links` */
function typeLine({ type, entities, links }: LeftOut): string {
  const what = [partCounted(entities, 'entity', 'entities'), partCounted(links, 'link')].flat();
  return `- ${type}: ${what.join(', ')}`;
}

function leftOut(rows: readonly StageRow[], countOf: (row: StageRow) => number, reason: string) {
  const what = rows
    .filter((row) => countOf(row) > 0)
    .map((row) => `${formatCount(countOf(row))} ${row.stage}`);
  return what.length === 0 ? [] : [`left out: ${what.join(', ')} ${reason}`];
}

const lostIn = (stage: Stage, losses: readonly SchemaLoss[]) =>
  stage === 'entities' || stage === 'links' ? losses.reduce((sum, loss) => sum + loss[stage], 0) : 0;

export interface Sum {
  readonly rows: readonly StageRow[];
  readonly ms: number;
  readonly isDryRun: boolean;
  readonly reservations: readonly string[];
}

/** What the push removed beyond what it replaced: `removed: 12 rows of types of which the source has none: …` */
export function removedLines(removals: Removals | null, isDryRun: boolean): readonly string[] {
  if (removals === null) return [];
  const verb = isDryRun ? 'would remove' : 'removed';
  const head = isCounted(removals) ? verb : `${verb}, not counted`;
  return beyondLines(removals).map((line) => `${head}: ${line}`);
}

/** `backed up in 8.6 s, read back and equal: 4,648 items, 67.5 MiB of files in before.tar.gz` */
export function backupLine(path: string, rows: readonly StageRow[], ms: number, paint: Paint): string {
  return `${paint('bold', `backed up in ${formatDuration(ms)}`)}, read back and equal: ${movedOf(rows)} in ${path}`;
}

/** `read https://cms.example.com/admin in 2.1 s: 4,648 items, 67.5 MiB of files` */
export function readLine(end: string, rows: readonly StageRow[], ms: number): string {
  return `read ${end} in ${formatDuration(ms)}: ${movedOf(rows)}`;
}

/** `done in 3.2 s: 3 documents added, 1 replaced` */
export function mergedLine(
  { plan, isUnchanged, isUnverified }: Pick<MergeResult, 'plan' | 'isUnchanged' | 'isUnverified'>,
  { to, isDryRun, changeset }: Merged,
  ms: number,
  paint: Paint,
): string {
  const sum = planSum(plan);
  if (isDryRun) return `${paint('bold', 'dry run')}: nothing was changed; it would be ${sum}`;
  if (changeset !== undefined)
    return `${paint('bold', `planned in ${formatDuration(ms)}`)}, nothing was changed: ${sum}; strapi-ferry apply ${quoted(changeset)} --to ${quoted(to)} does exactly that`;
  if (isUnchanged) return `${paint('bold', 'nothing to do')}, nothing was changed: ${sum}`;
  const but = isUnverified ? ', and not compared with the plan' : '';
  return `${paint('bold', `done in ${formatDuration(ms)}`)}${but}: ${sum}`;
}

/** `done in 8.6 s: 4,648 items, 67.5 MiB of files` */
export function sumLine({ rows, ms, isDryRun, reservations }: Sum, paint: Paint): string {
  const what = movedOf(rows);
  const but = reservations.length === 0 ? '' : `, but ${reservations.join(', and ')}`;
  if (isDryRun) return `${paint('bold', 'dry run')}: nothing was changed; ${what} would move${but}`;
  return `${paint('bold', `done in ${formatDuration(ms)}`)}${but}: ${what}`;
}

function movedOf(rows: readonly StageRow[]): string {
  const moved = rows.filter(({ stage }) => stage !== 'schemas');
  const items = moved.reduce((sum, { counts }) => sum + counts.items, 0);
  const bytes = moved.reduce((sum, { counts }) => sum + counts.bytes, 0);
  return `${formatCount(items)} items, ${formatBytes(bytes)} of files`;
}
