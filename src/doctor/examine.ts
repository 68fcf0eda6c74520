import { type Clock, realClock } from '../ports/clock.js';
import { checkAdminUrl } from '../protocol/admin-url.js';
import { type TransferError, toTransferError } from '../protocol/errors.js';
import { checkDelay } from '../protocol/retry.js';
import { parseProxy } from '../transport/proxy/proxy.js';
import { proxyFor } from '../transport/proxy/proxy-variable.js';
import type { OpenSocket } from '../transport/socket.js';
import type { Check, CheckResult } from './check.js';
import { createExamination, type Examination } from './examination.js';
import { type Network, nodeNetwork } from './network.js';
import { networkChecks } from './network-checks.js';
import { networkThrough } from './network-through-proxy.js';
import { routeChecks } from './route-checks.js';
import { serverChecks } from './server-checks.js';
import type { Scope } from './test-connection.js';
import { tokenChecks } from './token-checks.js';

export interface ExamineOptions {
  readonly url: string;
  /** A transfer token; the checks that need one are skipped without it. */
  readonly token?: string | undefined;
  /** What the token is meant for: it is a failure if the token lacks a scope of these. @defaultValue either will do */
  readonly wanted?: readonly Scope[] | undefined;
  /** Milliseconds that each answer may take. @defaultValue 10000 */
  readonly timeLimit?: number | undefined;
  /** Environment variables that may name a proxy, through which all checks then go. @defaultValue none */
  readonly env?: Readonly<Record<string, string | undefined>> | undefined;
  readonly onCheck?: ((result: CheckResult) => void) | undefined;
  /** Ends the examination, which then throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  readonly clock?: Clock | undefined;
  /** Milliseconds since the epoch. */
  readonly now?: (() => number) | undefined;
  readonly network?: Network | undefined;
  readonly open?: ((scope: Scope) => OpenSocket) | undefined;
}

export interface Diagnosis {
  readonly checks: readonly CheckResult[];
  readonly error: TransferError | null;
}

const checks: readonly Check[] = [...networkChecks, ...routeChecks, ...tokenChecks, ...serverChecks];

/**
 * Says what is wrong between this machine and a server, one check after the other. Changes nothing at the server.
 * @throws TransferError INVALID_URL, INVALID_OPTION, or the reason of `signal`
 */
export async function examine(options: ExamineOptions): Promise<Diagnosis> {
  const { signal = new AbortController().signal, timeLimit = 10_000 } = options;
  checkDelay('timeLimit', timeLimit);
  const adminUrl = checkAdminUrl(options.url);
  const proxy = proxyFor(adminUrl, options.env ?? {});
  const examination = createExamination({
    adminUrl,
    proxyVariable: proxy,
    proxy: proxy?.address,
    token: options.token ?? null,
    wanted: options.wanted ?? [],
    clock: options.clock ?? realClock,
    now: options.now ?? Date.now,
    network:
      options.network ??
      (proxy === null ? nodeNetwork : networkThrough(parseProxy(proxy.address), adminUrl.href)),
    timeLimit,
    signal,
    open: options.open,
  });
  const results: CheckResult[] = [];
  for (const check of checks) {
    const result = await resultOf(check, examination, results);
    signal.throwIfAborted();
    results.push(result);
    options.onCheck?.(result);
  }
  return { checks: results, error: results.find(({ error }) => error !== undefined)?.error ?? null };
}

async function resultOf(
  { name: check, needs, after = [], look }: Check,
  examination: Examination,
  before: readonly CheckResult[],
): Promise<CheckResult> {
  const missing = before.find(
    (one) =>
      (one.status === 'failed' && [...needs, ...after].includes(one.check)) ||
      (one.status === 'unchecked' && needs.includes(one.check)),
  );
  if (missing !== undefined) {
    return { check, status: 'unchecked', message: `${missing.check} comes first` };
  }
  try {
    return { check, ...(await look(examination)) };
  } catch (thrown) {
    const error = toTransferError(thrown);
    return { check, status: 'failed', message: error.message, error };
  }
}
