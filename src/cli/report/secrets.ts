import { stripVTControlCharacters } from 'node:util';
import { TransferError } from '../../protocol/errors.js';
import type { TransferResult } from '../../transfer/create-transfer.js';
import type { Report } from './report.js';

/** What stands where a secret stood. */
const hidden = '[hidden]';

/**
 * The report, with tokens and passwords taken out of everything that comes from outside: a server may repeat in a
 * message what it was sent. Codes that would steer the terminal go too.
 */
export function withoutSecrets(report: Report, given: readonly (string | undefined)[]): Report {
  const secrets = known(given);
  const clean = cleaner(secrets);
  // What was typed as an end may hold a short password by chance, as a part of a word.
  const cleanEnd = cleaner(secrets.filter((secret) => secret.length >= 8));
  return {
    ...report,
    began: (plan) => report.began({ ...plan, from: cleanEnd(plan.from), to: cleanEnd(plan.to) }),
    diagnostic: ({ message, origin, kind }) =>
      report.diagnostic({
        kind,
        message: clean(message),
        ...(origin === undefined ? {} : { origin: clean(origin) }),
      }),
    completed: (result) => report.completed(cleanAll(result, clean) as TransferResult),
    failed: (error) => report.failed(errorWithout(given, error)),
  };
}

/** The same of an error: its message, and its details. */
export function errorWithout(given: readonly (string | undefined)[], error: TransferError): TransferError {
  const clean = cleaner(known(given));
  const { code, message, details } = error;
  const cleaned = new TransferError(code, cleanAll(details, clean) as TransferError['details']);
  return Object.defineProperty(cleaned, 'message', { value: clean(message) });
}

/** Every text in a value, and in what it holds. */
function cleanAll(value: unknown, clean: (text: string) => string): unknown {
  if (typeof value === 'string') return clean(value);
  if (Array.isArray(value)) return value.map((inner) => cleanAll(inner, clean));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, cleanAll(inner, clean)]));
}

/** The longest first: one may be a part of another. */
const known = (given: readonly (string | undefined)[]): readonly string[] =>
  given
    .filter((secret) => secret !== undefined && secret !== '')
    .sort((a, b) => (b?.length ?? 0) - (a?.length ?? 0)) as readonly string[];

const cleaner = (secrets: readonly string[]) => (text: string) =>
  secrets.reduce((rest, secret) => rest.replaceAll(secret, hidden), withoutCodes(text));

function withoutCodes(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what must not get through.
  return stripVTControlCharacters(text).replace(/[\u0000-\u0008\u000b-\u001f\u007f-\u009f]/g, '');
}
