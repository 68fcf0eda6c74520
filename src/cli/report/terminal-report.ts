import { Help } from 'commander';
import { doingOf } from './doing.js';
import { frameOf, type View } from './frame.js';
import { lostLines, planLines, planSum } from './plan-words.js';
import type { Report, ReportSettings } from './report.js';
import { missingLines, reservationsOf, warningsOf } from './reservations.js';
import { createScreen } from './screen.js';
import { createStageRows, createWaitWatch } from './stage-rows.js';
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

export function createTerminalReport(settings: ReportSettings): Report {
  const { out, err, verbose, paint, glyphs } = settings;
  const stopwatch = createStopwatch(settings.now);
  const { now } = stopwatch;
  const screen = createScreen(out);
  let rows = createStageRows(now);
  const watch = createWaitWatch(now);
  let started = now();
  let isDryRun = false;
  let ends = { from: '', to: '' };
  let mergeStarted = now();
  let isPaused = false;
  let view: Pick<View, 'doing' | 'wait' | 'waitedMs' | 'turn'> = {
    doing: doingOf('opening', false),
    wait: null,
    waitedMs: 0,
    turn: 0,
  };

  const draw = () => {
    if (isPaused) return;
    const { width } = screen;
    screen.draw(frameOf({ ...view, done: rows.done, current: rows.current() }, { width, paint, glyphs }));
  };
  const say = (text: string) => screen.print(wrapped(text, screen.width));
  const note = (mark: string, text: string) => screen.print(wrapped(`${mark} ${text}`, screen.width), err);
  const warn = (text: string) => note(paint('yellow', glyphs.warning), text);
  const leaveTable = () => {
    screen.clear();
    const current = rows.current();
    const shown = current === null ? rows.done : [...rows.done, current];
    if (shown.length === 0) return;
    screen.print(paint('dim', tableHead(screen.width)));
    for (const row of shown) screen.print(tableRow(row, screen.width));
  };

  return {
    began({ from, to, dryRun, backup, merges }) {
      rows = createStageRows(now);
      if (merges === true) {
        ends = { from, to };
        mergeStarted = now();
      }
      started = now();
      isDryRun = dryRun;
      const how = merges === true ? 'merge  ' : backup === true ? 'backup  ' : '';
      const what = `${dryRun ? 'dry run  ' : ''}${how}`;
      say(paint('bold', `${what}${from} ${glyphs.arrow} ${to}`));
    },
    backedUp(path) {
      leaveTable();
      say(`${paint('green', glyphs.done)} ${backupLine(path, rows.done, now() - started, paint)}`);
      // The events that follow belong to the transfer, not to its backup.
      rows = createStageRows(now);
    },
    state(state, isPaused = false) {
      view = { ...view, doing: doingOf(state, isPaused) };
    },
    working(doing) {
      view = { ...view, doing };
    },
    tick(wait) {
      view = { ...view, wait, waitedMs: watch.see(wait), turn: view.turn + 1 };
      draw();
    },
    stageStarted: (stage) => rows.start(stage),
    stageMoved: (_, counts, totals) => rows.move(counts, totals),
    stageCompleted: (stage, counts) => void rows.complete(stage, counts),
    diagnostic({ kind, message }) {
      if (kind !== 'info' || verbose) warn(`server ${kind}: ${message}`);
    },
    retried: (request, retry) => warn(`no answer to ${request} yet, asking again (${retry})`),
    note: (text) => say(paint('dim', text)),
    warn,
    pause() {
      isPaused = true;
      stopwatch.pause();
      screen.clear();
    },
    resume() {
      isPaused = false;
      stopwatch.resume();
    },
    moves() {
      rows = createStageRows(now);
      started = now();
    },
    moved({ part }) {
      if (part === 'changes') leaveTable();
      else {
        const end = part === 'destination' ? ends.to : ends.from;
        say(`${paint('green', glyphs.done)} ${readLine(end, rows.done, now() - started)}`);
      }
      rows = createStageRows(now);
    },
    planned(plan) {
      say(`${paint('bold', 'plan')}: ${planSum(plan)}`);
      for (const line of planLines(plan, verbose)) say(line);
    },
    merged(result, how) {
      screen.clear();
      for (const line of lostLines(result.plan, verbose)) warn(line);
      say(`${paint('green', glyphs.done)} ${mergedLine(result, how, now() - mergeStarted, paint)}`);
    },
    completed(result) {
      leaveTable();
      for (const line of leftOutLines(rows.done, result, verbose)) say(paint('dim', line));
      for (const line of missingLines(result.reported)) say(line);
      for (const warning of warningsOf(result)) warn(warning);
      for (const line of removedLines(result.removals, isDryRun)) say(line);
      const reservations = reservationsOf(result);
      const sum = sumLine({ rows: rows.done, ms: now() - started, isDryRun, reservations }, paint);
      const isWhole = reservations.length === 0;
      say(`${isWhole ? paint('green', glyphs.done) : paint('yellow', glyphs.warning)} ${sum}`);
    },
    failed(error) {
      leaveTable();
      note(paint('red', glyphs.failed), `${paint('red', error.code)}: ${error.message}`);
    },
    end: () => screen.clear(),
  };
}

/** Broken between words: a terminal would break in the middle of one. */
function wrapped(text: string, width: number): string {
  const help = new Help();
  help.minWidthToWrap = 20;
  return help.boxWrap(text, width);
}
