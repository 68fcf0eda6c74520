import { formatWholeSeconds } from './format.js';
import type { Report, ReportSettings } from './report.js';
import { missingLines, reservationsOf, warningsOf } from './reservations.js';
import { createStageRows, createWaitWatch } from './stage-rows.js';
import { backupLine, leftOutLines, removedLines, sumLine, tableHead, tableRow } from './table.js';

/** Milliseconds after which a log says what is waited for, and says it again. */
const longWait = 10_000;

/** Columns of a log, which has no terminal that could tell. */
const logWidth = 80;

/** For a log: each stage is one line of the table when it has ended, and nothing is drawn twice. */
export function createLogReport({ out, err, now, verbose, paint }: ReportSettings): Report {
  let rows = createStageRows(now);
  const watch = createWaitWatch(now);
  let started = now();
  let isDryRun = false;
  let told = 0;
  const say = (text: string) => out.write(`${text}\n`);
  const note = (text: string) => err.write(`${text}\n`);

  return {
    began({ to, dryRun, backup }) {
      rows = createStageRows(now);
      if (backup === true) say(`backing up to ${to}`);
      started = now();
      isDryRun = dryRun;
    },
    backedUp: (path) => say(backupLine(path, rows.done, now() - started, paint)),
    state(name) {
      if (verbose) note(`state: ${name}`);
    },
    tick(wait) {
      const waited = watch.see(wait);
      if (waited < longWait) told = 0;
      if (wait === null || waited < (told + 1) * longWait) return;
      told = Math.floor(waited / longWait);
      note(`waiting for ${wait.subject}, ${formatWholeSeconds(waited)}`);
    },
    stageStarted: (stage) => rows.start(stage),
    stageMoved: (_, counts, totals) => rows.move(counts, totals),
    stageCompleted(stage, counts) {
      const row = rows.complete(stage, counts);
      if (rows.done.length === 1) say(tableHead(logWidth));
      say(tableRow(row, logWidth));
    },
    diagnostic({ kind, message }) {
      if (kind !== 'info' || verbose) note(`server ${kind}: ${message}`);
    },
    retried: (request, retry) => note(`no answer to ${request} yet, asking again (${retry})`),
    note,
    warn: (text) => note(`warning: ${text}`),
    pause() {},
    resume() {},
    completed(result) {
      for (const line of leftOutLines(rows.done, result.lostToSchemas)) say(line);
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
