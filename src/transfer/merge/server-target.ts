import { createRemoteSource, type RemoteSource } from '../../client/remote-source.js';
import { match } from '../../merge/matching.js';
import { changesetOfPlan, plannedSource } from '../../merge/planned-source.js';
import { type Planned, planMerge } from '../../merge/planner.js';
import { checkAdminUrl } from '../../protocol/admin-url.js';
import { TransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import type { TransferSource } from '../../stores/store.js';
import { linkOf } from './link-options.js';
import { mergingServer } from './merging-server.js';
import type { MergeOptions } from './options.js';
import { checkStock } from './stock/check-stock.js';
import { oneWayLinks } from './stock/one-way-links.js';
import type { Phase, StockMerge } from './stock/stock-merge.js';
import { stockPhases } from './stock/stock-phases.js';
import { verifyStock } from './stock/verify-stock.js';
import type { CarryingOut, MergeTarget } from './target.js';

/** How many differences an error lists. */
const listed = 10;

/**
 * A server: one of Ferry's takes a merge as a whole; a Strapi in phases, each behind its guards.
 * @throws TransferError MISSING_TOKEN, and those of a wrong URL
 */
export function serverTarget(options: MergeOptions, url: string): MergeTarget {
  const { toToken: token = '', toProxy: proxy, strategy = 'merge', limits } = options;
  requireToken(token, 'toToken', checkAdminUrl(url).href);
  const server = { ...linkOf(options), url, token, proxy };
  const pulled: { readonly path: string; source: TransferSource | null }[] = [];
  let first: RemoteSource | null = null;
  let planned: Planned | null = null;
  let stock: { readonly merge: StockMerge; readonly phases: readonly Phase[] } | null = null;

  async function standing(): Promise<TransferSource> {
    const last = pulled.at(-1);
    if (last === undefined) throw new TransferError('UNEXPECTED', { reason: 'nothing was pulled' });
    if (last.source !== null) return last.source;
    const source = createDirectorySource({ path: last.path, limits });
    last.source = source;
    await source.open();
    return source;
  }

  /** A person may have thought about the plan: it must still be what follows from what stands. */
  async function stillStanding(plan: Planned): Promise<TransferSource> {
    const now = await standing();
    const again = await planMerge(plan.selected, now, await match(plan.selected, now), plan.options);
    if (JSON.stringify(changesetOfPlan(again)) !== JSON.stringify(changesetOfPlan(plan)))
      throw new TransferError('DESTINATION_CHANGED', { what: 'What the plan concerns', end: url });
    return now;
  }

  async function prepareStock(plan: Planned): Promise<CarryingOut> {
    const there = await standing();
    const version = (await there.metadata())?.strapi?.version ?? null;
    const merge: StockMerge = {
      ...{ strategy, version, plan: plan.plan, source: plan.selected.source, standing: there },
      ...{ to: server, loseLinks: options.loseLinks === true },
    };
    await checkStock(merge);
    stock = { merge, phases: stockPhases(merge) };
    return { phases: stock.phases.length, lost: await oneWayLinks(merge), verifies: true };
  }

  return {
    name: url,
    isPulled: true,
    check: async () => {},
    pull(path) {
      pulled.push({ path, source: null });
      const from = createRemoteSource(server);
      first ??= from;
      return { ...linkOf(options), from, to: path, exclude: ['files'] };
    },
    standing,
    async prepare(plan) {
      planned = plan;
      if (first?.isFerry() === true) return { phases: 1, lost: [], verifies: false };
      return prepareStock(plan);
    },
    carryOut(phase) {
      const plan = planned;
      if (plan === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const link = linkOf(options);
      const pushed = stock?.phases[phase];
      if (pushed !== undefined)
        return { ...link, ...pushed.transfer(() => (phase === 0 ? stillStanding(plan) : standing())) };
      return { ...link, from: plannedSource(plan, options), to: mergingServer(server) };
    },
    async verify() {
      if (stock === null) return;
      const { merge } = stock;
      const differences = await verifyStock({
        ...merge,
        before: merge.standing,
        after: await standing(),
      });
      if (differences.length === 0) return;
      const lines = differences.slice(0, listed).map((one) => `- ${one}`);
      if (differences.length > listed) lines.push(`- and ${differences.length - listed} more`);
      throw new TransferError('MERGE_DIFFERS', { url, count: differences.length, listed: lines.join('\n') });
    },
    async close() {
      await Promise.allSettled(pulled.map(({ source }) => source?.close()));
    },
  };
}
