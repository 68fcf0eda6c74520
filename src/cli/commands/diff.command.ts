import { describeDifference } from '../../diff/content-difference.js';
import { type ContentDiff, diffContent } from '../../diff/diff-content.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { checkRead, isEncrypted } from '../../transfer/end-names.js';
import { type ComparedEnd, comparedEnd, type EndToCompare } from '../compared-end.js';
import type { Host } from '../host.js';
import { contentLimitWords, readLimits } from '../limits.js';
import { errorWithout } from '../report/secrets.js';
import { wholeNumber } from '../whole-number.js';

/** What the command needs of the process it runs in. */
export type DiffHost = Pick<Host, 'stdout' | 'stderr' | 'env' | 'on' | 'off'>;

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
  const stop = new AbortController();
  const interrupt = () => stop.abort(new TransferError('ABORTED', { by: ' by Ctrl-C' }));
  const ends: ComparedEnd[] = [];
  let sides: readonly EndToCompare[] = [];
  for (const signal of ['SIGINT', 'SIGTERM'] as const) host.on(signal, interrupt);
  try {
    const limit = flags['show'] === undefined ? {} : { limit: wholeNumber('--show', flags['show']) };
    const limits = readLimits(flags['limit'], contentLimitWords);
    sides = [sideOf('a', a, flags, host), sideOf('b', b, flags, host)];
    for (const side of sides) ends.push(await comparedEnd(side, limits, stop.signal));
    const [left, right] = ends as [ComparedEnd, ComparedEnd];
    const closing = () => void Promise.all([left.source.close(), right.source.close()]);
    stop.signal.addEventListener('abort', closing, { once: true });
    stop.signal.throwIfAborted();
    const diff = await diffContent(left.source, right.source, limit);
    const exitCode = diff.total === 0 ? 0 : 1;
    report.completed(diff, exitCode);
    return exitCode;
  } catch (thrown) {
    const error = toTransferError(stop.signal.aborted ? stop.signal.reason : thrown);
    report.failed(
      errorWithout(
        sides.flatMap(({ token, key }) => [token, key]),
        error,
      ),
    );
    return error.row.exit;
  } finally {
    for (const signal of ['SIGINT', 'SIGTERM'] as const) host.off(signal, interrupt);
    for (const { dispose } of ends) await dispose();
  }
}

function sideOf(
  name: 'a' | 'b',
  end: string,
  flags: Record<string, unknown>,
  { env }: DiffHost,
): EndToCompare {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const token = text(flags[`${name}Token`]) ?? text(env['STRAPI_TRANSFER_TOKEN']);
  if (isServerUrl(end) && token === undefined) {
    const [flag, variable] = [`--${name}-token`, 'STRAPI_TRANSFER_TOKEN'];
    throw new TransferError('MISSING_TOKEN', { url: checkAdminUrl(end).href, flag, variable });
  }
  const given = text(flags[`${name}Key`]);
  checkRead(end, given, { end: `<${name}>`, key: `--${name}-key` });
  const key = given ?? (isEncrypted(end) ? text(env['STRAPI_TRANSFER_FROM_KEY']) : undefined);
  return { end, token, key };
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
