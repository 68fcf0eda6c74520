import { createRemoteSource, type RemoteSource } from '../../client/remote-source.js';
import { plannedSource } from '../../merge/planned-source.js';
import type { Planned } from '../../merge/planner.js';
import { checkAdminUrl } from '../../protocol/admin-url.js';
import { TransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import type { TransferSource } from '../../stores/store.js';
import { linkOf } from './link-options.js';
import { listed } from './listed.js';
import { mergingServer } from './merging-server.js';
import type { MergeOptions } from './options.js';
import { checkStock, checkVersion } from './stock/check-stock.js';
import { holdPlan } from './stock/hold-plan.js';
import { keepingFiles } from './stock/kept-files.js';
import { oneWayLinks } from './stock/one-way-links.js';
import type { Phase, StockMerge } from './stock/stock-merge.js';
import { stockPhases } from './stock/stock-phases.js';
import { verifyStock } from './stock/verify-stock.js';
import type { CarryingOut, MergeTarget } from './target.js';

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
  /** What stood before the first phase. */
  let before: TransferSource | null = null;

  async function standing(): Promise<TransferSource> {
    const last = pulled.at(-1);
    if (last === undefined) throw new TransferError('UNEXPECTED', { reason: 'nothing was pulled' });
    if (last.source !== null) return last.source;
    const source = createDirectorySource({ path: last.path, limits });
    last.source = source;
    await source.open();
    return source;
  }

  async function stillStanding(plan: Planned, merge: StockMerge, phase: number): Promise<TransferSource> {
    const now = await standing();
    await holdPlan({ planned: plan, merge }, now, phase);
    before ??= now;
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
    const shown = keepingFiles(plan.plan);
    return {
      phases: stock.phases.length,
      plan: { ...shown, lost: [...shown.lost, ...(await oneWayLinks(merge))] },
      verifies: true,
    };
  }

  return {
    name: url,
    isPulled: true,
    isStock: () => first?.isFerry() !== true,
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
      if (first?.isFerry() === true) return { phases: 1, plan: plan.plan, verifies: false };
      return prepareStock(plan);
    },
    async probe() {
      if (stock !== null) await checkVersion(stock.merge);
    },
    carryOut(phase) {
      const plan = planned;
      if (plan === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const link = linkOf(options);
      const pushed = stock?.phases[phase];
      if (stock !== null && pushed !== undefined) {
        const { merge } = stock;
        return { ...link, ...pushed.transfer(() => stillStanding(plan, merge, phase)) };
      }
      return { ...link, from: plannedSource(plan, options), to: mergingServer(server) };
    },
    async verify() {
      if (stock === null) return;
      const { merge } = stock;
      const differences = await verifyStock({
        ...merge,
        before: before ?? merge.standing,
        after: await standing(),
      });
      if (differences.length === 0) return;
      throw new TransferError('MERGE_DIFFERS', {
        url,
        count: differences.length,
        listed: listed(differences, (one) => one),
      });
    },
    async close() {
      await Promise.allSettled(pulled.map(({ source }) => source?.close()));
    },
  };
}
