import { describeDifference } from '../../diff/content-difference.js';
import { type ContentDiff, diffContent } from '../../diff/diff-content.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { checkRead, isEncrypted } from '../../transfer/end-names.js';
import { type ComparedEnd, comparedEnd, type EndToCompare } from '../compared-end.js';
import type { Host } from '../host.js';
import { contentLimitWords, readLimits } from '../limits.js';
import { mentioningProxy } from '../proxy-hint.js';
import { errorWithout } from '../report/secrets.js';
import { onEndingSignals } from '../signals.js';
import { tokensOf, tokenWarnings } from '../tokens.js';
import { wholeNumber } from '../whole-number.js';

/** What the command needs of the process it runs in. */
export type DiffHost = Pick<Host, 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit'>;

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
  const ends: ComparedEnd[] = [];
  let sides: readonly EndToCompare[] = [];
  const stopListening = onEndingSignals(host, {
    first(aborted) {
      stop.abort(aborted);
      return true;
    },
    last: (aborted) => report.failed(aborted),
  });
  try {
    const limit = flags['show'] === undefined ? {} : { limit: wholeNumber('--show', flags['show']) };
    const limits = readLimits(flags['limit'], contentLimitWords);
    sides = sidesOf([a, b], flags, host);
    for (const warning of tokenWarnings([a, b])) report.warn(warning);
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
    const cause: unknown = stop.signal.aborted ? stop.signal.reason : thrown;
    const error = mentioningProxy(toTransferError(cause), host.env);
    report.failed(
      errorWithout(
        sides.flatMap(({ token, key }) => [token, key]),
        error,
      ),
    );
    return error.row.exit;
  } finally {
    stopListening();
    for (const { dispose } of ends) await dispose();
  }
}

const sideNames = ['a', 'b'] as const;

/** The two ends with their tokens and passwords. Of two servers each may have a transfer's variable of its own. */
function sidesOf(
  ends: readonly [string, string],
  flags: Record<string, unknown>,
  { env }: DiffHost,
): readonly EndToCompare[] {
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  const areServers = ends.every(isServerUrl);
  const variables = areServers
    ? (['STRAPI_TRANSFER_FROM_TOKEN', 'STRAPI_TRANSFER_TO_TOKEN'] as const)
    : (['STRAPI_TRANSFER_TOKEN', 'STRAPI_TRANSFER_TOKEN'] as const);
  const own = (at: 0 | 1) => ({
    end: ends[at],
    own: text(flags[`${sideNames[at]}Token`]) ?? (areServers ? text(env[variables[at]]) : undefined),
  });
  const tokens = tokensOf([own(0), own(1)], '--a-token and --b-token', env);
  return sideNames.map((name, at) => {
    const [end = '', token, variable] = [ends[at], tokens[at], variables[at]];
    if (isServerUrl(end) && token === undefined) {
      const url = checkAdminUrl(end).href;
      throw new TransferError('MISSING_TOKEN', { url, flag: `--${name}-token`, variable });
    }
    const given = text(flags[`${name}Key`]);
    checkRead(end, given, { end: `<${name}>`, key: `--${name}-key` });
    const key = given ?? (isEncrypted(end) ? text(env['STRAPI_TRANSFER_FROM_KEY']) : undefined);
    return { end, token, key };
  });
}

interface DiffReport {
  warn(text: string): void;
  completed(diff: ContentDiff, exitCode: number): void;
  failed(error: TransferError): void;
}

function textReport(a: string, b: string, { stdout, stderr }: DiffHost): DiffReport {
  return {
    warn: (text) => stderr.write(`warning: ${text}\n`),
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
    warn: (text) => tell('warning', { text }),
    completed({ differences, total }, exitCode) {
      for (const difference of differences) tell('difference', difference);
      tell('result', { ok: true, exitCode, equal: total === 0, total, told: differences.length });
    },
    failed: ({ code, message, row, details }) =>
      tell('result', { ok: false, exitCode: row.exit, error: { code, message, details } }),
  };
}
