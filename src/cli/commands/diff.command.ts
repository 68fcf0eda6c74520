import { type ContentDifference, describeDifference } from '../../diff/content-difference.js';
import { type ContentDiff, diffContent } from '../../diff/diff-content.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { checkToken } from '../../protocol/token-fault.js';
import { checkRead, isEncrypted } from '../../transfer/end-names.js';
import { type ComparedEnd, comparedEnd, type EndToCompare } from '../compared-end.js';
import type { Host } from '../host.js';
import { contentLimitWords, readLimits } from '../limits.js';
import { mentioningProxy } from '../proxy-hint.js';
import { cleanerOf } from '../report/clean.js';
import { formatCounted } from '../report/format.js';
import { errorWithout } from '../report/secrets.js';
import { onEndingSignals } from '../signals.js';
import { tokensOf, tokenWarnings } from '../tokens.js';
import { wholeNumber } from '../whole-number.js';

/** What the command needs of the process it runs in. */
export type DiffHost = Pick<Host, 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit'>;

/**
 * Runs `strapi-ferry diff <a> <b>` and resolves with its exit code: 0 where the contents are equal and, as of diff(1),
 * 1 where they differ; where files cannot be read it compares the rest, and ends with their code. Errors have the codes of the table; one that is 1 there is told on stderr.
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
    const pass = passOver(report);
    for (const [at, side] of sides.entries()) {
      // A server may repeat what it was sent.
      const clean = cleanerOf([side.token, side.key]);
      ends.push(
        await comparedEnd(side, {
          limits,
          signal: stop.signal,
          onBrokenAsset: (error) => pass.over(sideNames[at] ?? 'b', error),
          onWarning: (text) => report.warn(clean(text)),
        }),
      );
    }
    const [left, right] = ends as [ComparedEnd, ComparedEnd];
    const closing = () => void Promise.all([left.source.close(), right.source.close()]);
    stop.signal.addEventListener('abort', closing, { once: true });
    stop.signal.throwIfAborted();
    const diff = await diffContent(left.source, right.source, {
      ...limit,
      onBrokenAsset: (side, error) => pass.over(side === 'left' ? 'a' : 'b', error),
    });
    report.completed(diff, pass.passed());
    return pass.passed()[0]?.row.exit ?? (diff.total === 0 ? 0 : 1);
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
type SideName = (typeof sideNames)[number];

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
    checkToken(token, `--${name}-token`);
    const given = text(flags[`${name}Key`]);
    checkRead(end, given, { end: `<${name}>`, key: `--${name}-key` });
    const key = given ?? (isEncrypted(end) ? text(env['STRAPI_TRANSFER_FROM_KEY']) : undefined);
    return { end, token, key };
  });
}

/** Files that cannot be read, before the comparison ends with the next. */
const mostBroken = 100;

/** Tells of files that cannot be read, and lets the comparison go on without them. */
function passOver(report: DiffReport) {
  const passed: TransferError[] = [];
  return {
    over(side: SideName, error: TransferError) {
      if (passed.length === mostBroken) throw error;
      passed.push(error);
      report.broken(side, error);
    },
    passed: () => passed,
  };
}

interface DiffReport {
  warn(text: string): void;
  broken(side: SideName, error: TransferError): void;
  /** `broken`: the files that could not be read. */
  completed(diff: ContentDiff, broken: readonly TransferError[]): void;
  failed(error: TransferError): void;
}

function textReport(a: string, b: string, { stdout, stderr }: DiffHost): DiffReport {
  return {
    warn: (text) => stderr.write(`warning: ${text}\n`),
    broken: (side, { code, message }) => stderr.write(`${side === 'a' ? a : b}: ${code}: ${message}\n`),
    completed({ differences, total }, broken) {
      for (const difference of differences)
        stdout.write(`${describeDifference(difference, { left: a, right: b })}\n`);
      const rest = total - differences.length;
      const told = rest > 0 ? `, the first ${differences.length} are told` : '';
      const isArrow = differences.some(({ change }) => change === 'changed');
      const arrow = isArrow ? `; → leads from ${a} to ${b}` : '';
      const unread = broken.length === 0 ? '' : `; ${formatCounted(broken.length, 'file')} could not be read`;
      const what = formatCounted(total, 'difference');
      const isEqual = total === 0 && broken.length === 0;
      stdout.write(isEqual ? `${a} and ${b} are equal\n` : `${what}${told}${arrow}${unread}\n`);
    },
    failed: ({ code, message }) => stderr.write(`${code}: ${message}\n`),
  };
}

/** The end that has what the other lacks. */
const onlyIn = ({ change }: ContentDifference) =>
  change === 'changed' ? {} : { only: change === 'missing' ? 'a' : 'b' };

/** One difference a line, the `result` last, as of a transfer. */
function jsonReport({ stdout }: DiffHost): DiffReport {
  const print = (event: string, fields: object) => stdout.write(`${JSON.stringify({ event, ...fields })}\n`);
  return {
    warn: (text) => print('warning', { text }),
    broken: (side, { code, message, details }) => print('unreadable', { side, code, message, details }),
    completed({ differences, total }, broken) {
      for (const difference of differences) print('difference', { ...difference, ...onlyIn(difference) });
      const [first] = broken;
      const counts = { total, told: differences.length, unreadable: broken.length };
      if (first === undefined)
        print('result', { ok: true, exitCode: total === 0 ? 0 : 1, equal: total === 0, ...counts });
      else {
        const { code, message, details, row } = first;
        const error = { code, message, details };
        print('result', { ok: false, exitCode: row.exit, equal: false, ...counts, error });
      }
    },
    failed: ({ code, message, row, details }) =>
      print('result', { ok: false, exitCode: row.exit, error: { code, message, details } }),
  };
}
