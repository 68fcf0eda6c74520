import { diffContent } from '../../diff/diff-content.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { TransferError, toTransferError } from '../../protocol/errors.js';
import { checkToken } from '../../protocol/token-fault.js';
import { checkRead, isEncrypted } from '../../transfer/end-names.js';
import { asTyped } from '../better-words.js';
import { type ComparedEnd, comparedEnd, type EndToCompare } from '../compared-end.js';
import type { Host } from '../host.js';
import { contentLimitWords, readLimits } from '../limits.js';
import { nameSetting, withNamedEnds } from '../profiles/named-ends.js';
import { proxyOf, proxySecrets } from '../proxies.js';
import { cleanerOf } from '../report/clean.js';
import { createDiffReport, type DiffReport, type SideName } from '../report/diff-report.js';
import { errorWithout } from '../report/secrets.js';
import { onEndingSignals } from '../signals.js';
import { tokensOf, tokenWarnings } from '../tokens.js';
import { wholeNumber } from '../whole-number.js';

export type DiffHost = Pick<Host, 'stdin' | 'stdout' | 'stderr' | 'env' | 'on' | 'off' | 'exit'>;

/**
 * Runs `strapi-ferry diff <from> <to>` and resolves with its exit code: 0 where the contents are equal and, as of diff(1),
 * 1 where they differ; where files cannot be read it compares the rest, and ends with their code. Errors have the codes of the table; one that is 1 there is told on stderr.
 */
export async function runDiff(
  from: string,
  to: string,
  given: Record<string, unknown>,
  host: DiffHost,
  terminal: DiffHost = host,
): Promise<number> {
  const report = createDiffReport({ from, to, isJson: given['json'] === true }, host);
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
    const flags = await withNamedEnds({ ...given, from, to }, endFlags, host.env, () =>
      nameSetting(given, terminal),
    );
    const named = [String(flags['from']), String(flags['to'])] as const;
    const limit = flags['show'] === undefined ? undefined : wholeNumber('--show', flags['show']);
    const limits = readLimits(flags['limit'], contentLimitWords);
    sides = sidesOf(named, flags, host);
    for (const warning of tokenWarnings(named)) report.warn(warning);
    const pass = passOver(report);
    for (const [at, side] of sides.entries()) {
      // A server may repeat what it was sent.
      const clean = cleanerOf([side.token, side.key, ...proxySecrets(host.env)]);
      ends.push(
        await comparedEnd(side, {
          limits,
          signal: stop.signal,
          onBrokenAsset: (error) => pass.over(sideNames[at] ?? 'to', error),
          onWarning: (text) => report.warn(clean(text)),
        }),
      );
    }
    const [left, right] = ends as [ComparedEnd, ComparedEnd];
    const closing = () => void Promise.all([left.source.close(), right.source.close()]);
    stop.signal.addEventListener('abort', closing, { once: true });
    stop.signal.throwIfAborted();
    const diff = await diffContent(left.source, right.source, {
      limit,
      onBrokenAsset: (side, error) => pass.over(side === 'left' ? 'from' : 'to', error),
    });
    report.completed(diff, pass.passed());
    return pass.passed()[0]?.row.exit ?? (diff.total === 0 ? 0 : 1);
  } catch (thrown) {
    const cause: unknown = stop.signal.aborted ? stop.signal.reason : thrown;
    const error = asTyped(toTransferError(cause), otherFlags);
    report.failed(
      errorWithout([...sides.flatMap(({ token, key }) => [token, key]), ...proxySecrets(host.env)], error),
    );
    return error.row.exit;
  } finally {
    stopListening();
    for (const { dispose } of ends) await dispose();
  }
}

/** Of options that are no flags of the same name. */
export const otherFlags = { limit: '--show' };

const endFlags = [
  { end: 'from', token: 'fromToken', key: 'fromKey', tokenFlag: '--from-token' },
  { end: 'to', token: 'toToken', key: 'toKey', tokenFlag: '--to-token' },
] as const;

const sideNames = ['from', 'to'] as const satisfies readonly SideName[];

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
    own: text(flags[`${sideNames[at]}Token`]),
    variable: areServers ? text(env[variables[at]]) : undefined,
  });
  const tokens = tokensOf([own(0), own(1)], text(flags['token']), env);
  return sideNames.map((name, at) => {
    const [end = '', token, variable] = [ends[at], tokens[at], variables[at]];
    if (isServerUrl(end) && token === undefined) {
      const url = checkAdminUrl(end).href;
      const flag = areServers ? `--${name}-token` : '--token';
      throw new TransferError('MISSING_TOKEN', { url, option: flag, variable });
    }
    checkToken(token, `--${name}-token`);
    const given = text(flags[`${name}Key`]);
    checkRead(end, given, { end: `<${name}>`, key: `--${name}-key` });
    const key = given ?? (isEncrypted(end) ? text(env['STRAPI_TRANSFER_FROM_KEY']) : undefined);
    return { end, token, key, proxy: proxyOf(end, env) };
  });
}

/** Files that cannot be read, before the comparison ends with the next. */
const mostBroken = 100;

function passOver(report: DiffReport) {
  const passed: TransferError[] = [];
  return {
    over(side: SideName, error: TransferError) {
      if (passed.length === mostBroken) throw error;
      const typed = asTyped(error, otherFlags);
      passed.push(typed);
      report.broken(side, typed);
    },
    passed: () => passed,
  };
}
