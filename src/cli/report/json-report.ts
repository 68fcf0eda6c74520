import { countsOf } from '../../transfer/merge/merge-work.js';
import { failedResult } from '../wrong-arguments.js';
import { countsByType } from './plan-words.js';
import { type Report, type ReportSettings, tickEvery } from './report.js';
import { createWaitWatch } from './stage-rows.js';

/** Milliseconds after which a wait is an event. */
const toldWait = 1000;

/** For programs: one event a line. The last one is the `result`. */
export function createJsonReport({ out, now }: Pick<ReportSettings, 'out' | 'now'>): Report {
  const started = now();
  const watch = createWaitWatch(now);
  let moved = Number.NEGATIVE_INFINITY;
  let waitTold = '';
  const print = (event: string, fields: Readonly<Record<string, unknown>>) => {
    out.write(`${JSON.stringify({ event, ms: Math.round(now() - started), ...fields })}\n`);
  };
  return {
    began({ to, backup }) {
      if (backup === true) print('backup.started', { path: to });
    },
    backedUp: (path) => print('backup.completed', { path }),
    state: (state) => print('state', { state }),
    working() {},
    tick(wait) {
      const waited = watch.see(wait);
      if (wait === null || waited < toldWait || wait.key === waitTold) return;
      waitTold = wait.key;
      print('wait', { end: wait.end, request: wait.request });
    },
    stageStarted: (stage) => print('stage.started', { stage }),
    stageMoved(stage, counts, totals) {
      if (now() - moved < tickEvery) return;
      moved = now();
      print('stage.progress', { stage, counts, totals });
    },
    stageCompleted: (stage, counts) => print('stage.completed', { stage, counts }),
    diagnostic: ({ kind, message, origin }) => print('diagnostic', { kind, message, origin }),
    retried: (request, retry) => print('retry', { request, retry }),
    note: (text) => print('note', { text }),
    warn: (text) => print('warning', { text }),
    pause() {},
    resume() {},
    moves: ({ part, phase }) => print('transfer.started', { part, phase }),
    moved: ({ part, phase }) => print('transfer.completed', { part, phase }),
    planned(plan) {
      const { documents, missing, lost, files } = plan;
      print('plan', { counts: countsOf(plan), types: countsByType(documents), lost, missing, files });
      for (const change of documents) print('change', { ...change });
    },
    merged: ({ plan: { lost }, counts, isUnchanged, isUnverified }, { isDryRun, changeset }) =>
      print('result', {
        ...{ ok: true, exitCode: 0, counts, unchanged: isUnchanged, lost },
        ...(isDryRun ? { dryRun: true } : {}),
        ...(isUnverified ? { unverified: true } : {}),
        ...(changeset === undefined ? {} : { changeset }),
      }),
    completed: ({ counts, differences, lostToSchemas, leftOut, reported, findings, notices, removals }) =>
      print('result', {
        ...{ ok: true, exitCode: 0, counts },
        ...{
          differences: differences.length,
          schemaDifferences: differences,
          lostToSchemas,
          leftOut,
          reported,
        },
        findings,
        ...(notices.length === 0 ? {} : { notices }),
        ...(removals === null ? {} : { removals }),
      }),
    failed: (error) => print('result', failedResult(error)),
    end() {},
  };
}
