import { describeDifference } from '../diff/content-difference.js';
import { type ContentDiff, diffContent } from '../diff/diff-content.js';
import { TransferError, toTransferError } from '../protocol/errors.js';
import { createDirectorySource } from '../stores/directory/source.js';
import type { Output } from './host.js';

/** What the command needs of the process it runs in. */
export interface DiffHost {
  readonly stdout: Output;
  readonly stderr: Output;
}

/**
 * Runs `strapi-ferry diff <a> <b>` and resolves with its exit code: 0 where the contents are equal and, as of diff(1),
 * 1 where they differ. Errors have the codes of the table; one that is 1 there is told on stderr.
 */
export async function runDiff(
  a: string,
  b: string,
  flags: Record<string, unknown>,
  host: DiffHost,
): Promise<number> {
  const report = flags['json'] === true ? jsonReport(host) : textReport(a, b, host);
  try {
    const [left, right] = [folderOf('a', a), folderOf('b', b)];
    const diff = await diffContent(left, right, limitOf(flags['limit']));
    const exitCode = diff.total === 0 ? 0 : 1;
    report.completed(diff, exitCode);
    return exitCode;
  } catch (thrown) {
    const error = toTransferError(thrown);
    report.failed(error);
    return error.row.exit;
  }
}

/** A server gives its rows once, and changes while it is read: it is pulled first, and the folder compared. */
function folderOf(option: string, path: string) {
  if (/^[a-z][a-z0-9+.-]+:/i.test(path)) {
    const reason =
      'only folders are compared; make one with strapi-ferry transfer --from <url> --to <folder>';
    throw new TransferError('INVALID_OPTION', { option, value: path, reason });
  }
  return createDirectorySource({ path });
}

function limitOf(limit: unknown): { readonly limit?: number } {
  if (limit === undefined) return {};
  // Number('') is 0, Number('0x10') is 16: only digits are meant.
  if (typeof limit === 'string' && /^\d+$/.test(limit)) return { limit: Number(limit) };
  const reason = 'it must be a whole number';
  throw new TransferError('INVALID_OPTION', { option: '--limit', value: limit, reason });
}

interface DiffReport {
  completed(diff: ContentDiff, exitCode: number): void;
  failed(error: TransferError): void;
}

function textReport(a: string, b: string, { stdout, stderr }: DiffHost): DiffReport {
  return {
    completed({ differences, total }) {
      for (const difference of differences) stdout.write(`${describeDifference(difference)}\n`);
      const rest = total - differences.length;
      const told = rest > 0 ? `, the first ${differences.length} are told` : '';
      stdout.write(total === 0 ? `${a} and ${b} are equal\n` : `${total} differences${told}\n`);
    },
    failed: ({ code, message }) => stderr.write(`${code}: ${message}\n`),
  };
}

/** One difference a line, the `result` last, as of a transfer. */
function jsonReport({ stdout }: DiffHost): DiffReport {
  const tell = (event: string, fields: object) => stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    completed({ differences, total }, exitCode) {
      for (const difference of differences) tell('difference', difference);
      tell('result', { ok: true, exitCode, equal: total === 0, total, told: differences.length });
    },
    failed: ({ code, message, row, details }) =>
      tell('result', { ok: false, exitCode: row.exit, error: { code, message, details } }),
  };
}
