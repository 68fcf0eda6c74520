import type { MergePlan } from '../../merge/plan.js';
import { type TransferError, transferErrorOf } from '../../protocol/errors.js';
import type { TransferResult } from '../../transfer/create-transfer.js';
import type { MergeResult } from '../../transfer/merge/create-merge.js';
import { cleanedWithin, cleanerOf } from './clean.js';
import type { Merged, Report } from './report.js';

/**
 * The report, with tokens and passwords taken out of everything that comes from outside: a server may repeat in a
 * message what it was sent. Codes that would steer the terminal go too.
 */
export function withoutSecrets(report: Report, given: readonly (string | undefined)[]): Report {
  const clean = cleanerOf(given);
  // What was typed may hold a short password by chance, as a part of a word.
  const cleanTyped = cleanerOf(given.filter((secret) => secret !== undefined && secret.length >= 8));
  return {
    ...report,
    began: (plan) => report.began({ ...plan, from: cleanTyped(plan.from), to: cleanTyped(plan.to) }),
    backedUp: (path) => report.backedUp(cleanTyped(path)),
    diagnostic: ({ message, origin, kind }) =>
      report.diagnostic({
        kind,
        message: clean(message),
        ...(origin === undefined ? {} : { origin: clean(origin) }),
      }),
    working: (doing) => report.working(cleanTyped(doing)),
    note: (text) => report.note(cleanTyped(text)),
    warn: (text) => report.warn(cleanTyped(text)),
    planned: (plan) => report.planned(cleanedWithin(plan, cleanTyped) as MergePlan),
    merged: (result, how) =>
      report.merged(
        cleanedWithin(result, cleanTyped) as MergeResult,
        cleanedWithin(how, cleanTyped) as Merged,
      ),
    completed: (result) => report.completed(cleanedWithin(result, cleanTyped) as TransferResult),
    failed: (error) => report.failed(errorWithout(given, error)),
  };
}

export function errorWithout(
  given: readonly (string | undefined)[],
  { code, message, details }: TransferError,
): TransferError {
  const clean = cleanerOf(given);
  const cleaned = transferErrorOf(code, cleanedWithin(details, clean) as TransferError['details']);
  return Object.defineProperty(cleaned, 'message', { value: clean(message) });
}
