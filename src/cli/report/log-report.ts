import { formatCount, formatWholeSeconds } from '../../protocol/format.js';
import { doingOf } from './doing.js';
import { lostLines, planLines, planSum } from './plan-words.js';
import type { Report, ReportSettings } from './report.js';
import { missingLines, reservationsOf, warningsOf } from './reservations.js';
import { createStageRows, createWaitWatch, progressOf, timeLeft } from './stage-rows.js';
import { createStopwatch } from './stopwatch.js';
import {
  backupLine,
  leftOutLines,
  mergedLine,
  readLine,
  removedLines,
  sumLine,
  tableHead,
  tableRow,
} from './table.js';

/** Milliseconds: a log that says nothing for so long says how far it has come. */
const longSilence = 10_000;

/** Milliseconds of a wait that is worth a line. */
const longWait = 5_000;

/** Columns of a log, which has no terminal that could tell. */
const logWidth = 80;

/** For a log: each stage is one line of the table when it has ended, and nothing is drawn twice. */
export function createLogReport({ out, err, now: clock, verbose, paint }: ReportSettings): Report {
  const stopwatch = createStopwatch(clock);
  const { now } = stopwatch;
  let rows = createStageRows(now);
  const watch = createWaitWatch(now);
  let started = now();
  let isDryRun = false;
  let ends = { from: '', to: '' };
  let merge = { started: now(), isPull: false };
  let told = now();
  let doing = doingOf('opening', false);
  let since = now();
  const say = (text: string) => {
    told = now();
    out.write(`${text}\n`);
  };
  const note = (text: string) => {
    told = now();
    err.write(`${text}\n`);
  };
  const begin = (next: string) => {
    if (next === doing) return;
    doing = next;
    since = now();
    if (verbose) note(doing);
  };
  /** `entities: 12,000 of 40,000, 30 %, 25 s left`; without a total `links: 4,067, 12 s`. */
  const progress = () => {
    const current = rows.current();
    if (current === null) return `${doing}, ${formatWholeSeconds(now() - since)}`;
    const { stage, counts, totals, ms } = current;
    const known = progressOf(counts, totals);
    if (known === null) return `${stage}: ${formatCount(counts.items)}, ${formatWholeSeconds(ms)}`;
    const left = timeLeft(known.fraction, ms);
    const ending = left === null ? '' : `, ${formatWholeSeconds(left)} left`;
    return `${stage}: ${known.words}, ${Math.floor(known.fraction * 100)} %${ending}`;
  };

  return {
    began({ from, to, dryRun, backup, merges }) {
      rows = createStageRows(now);
      if (merges === true) {
        ends = { from, to };
        merge = { started: now(), isPull: false };
      }
      if (backup === true) say(`backing up to ${to}`);
      started = now();
      isDryRun = dryRun;
    },
    backedUp: (path) => say(backupLine(path, rows.done, now() - started, paint)),
    state: (name, isPaused = false) => begin(doingOf(name, isPaused)),
    working: begin,
    tick(wait) {
      const waited = watch.see(wait);
      if (now() - told < longSilence) return;
      const isLong = wait !== null && waited >= longWait;
      note(isLong ? `waiting for ${wait.subject}, ${formatWholeSeconds(waited)}` : progress());
    },
    stageStarted: (stage) => rows.start(stage),
    stageMoved: (_, counts, totals) => rows.move(counts, totals),
    stageCompleted(stage, counts) {
      const row = rows.complete(stage, counts);
      if (merge.isPull) return;
      if (rows.done.length === 1) say(tableHead(logWidth));
      say(tableRow(row, logWidth));
    },
    diagnostic({ kind, message }) {
      if (kind !== 'info' || verbose) note(`server ${kind}: ${message}`);
    },
    retried: (request, retry) => note(`no answer to ${request} yet, asking again (${retry})`),
    note,
    warn: (text) => note(`warning: ${text}`),
    pause: stopwatch.pause,
    resume: stopwatch.resume,
    moves({ part }) {
      rows = createStageRows(now);
      started = now();
      merge = { ...merge, isPull: part !== 'changes' };
    },
    moved({ part }) {
      if (part !== 'changes')
        say(readLine(part === 'destination' ? ends.to : ends.from, rows.done, now() - started));
      merge = { ...merge, isPull: false };
    },
    planned(plan) {
      say(`plan: ${planSum(plan)}`);
      for (const line of planLines(plan, verbose)) say(line);
    },
    merged(result, how) {
      for (const line of lostLines(result.plan, verbose)) note(line);
      say(mergedLine(result, how, now() - merge.started, paint));
    },
    completed(result) {
      for (const line of leftOutLines(rows.done, result, verbose)) say(line);
      for (const line of missingLines(result.reported)) say(line);
      for (const warning of warningsOf(result)) note(warning);
      for (const line of removedLines(result.removals, isDryRun)) say(line);
      const reservations = reservationsOf(result);
      say(sumLine({ rows: rows.done, ms: now() - started, isDryRun, reservations }, paint));
    },
    failed: (error) => note(`${paint('red', error.code)}: ${error.message}`),
    end() {},
  };
}
