import { type Direction, tryToEnter } from '../../client/entry.js';
import { createRemoteSource, type RemoteSource } from '../../client/remote-source.js';
import { checkAdminUrl } from '../../protocol/admin-url.js';
import { alsoSaying, TransferError, toTransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import { createDirectorySource } from '../../stores/directory/source.js';
import type { TransferSource } from '../../stores/store.js';
import type { Coming } from './coming.js';
import { linkOf } from './link-options.js';
import { listed } from './listed.js';
import { mergingServer } from './merging-server.js';
import type { MergeOptions } from './options.js';
import { checkStock, checkVersion } from './stock/check-stock.js';
import { holdPlan, keysOf } from './stock/hold-plan.js';
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
  let coming: Coming | null = null;
  let stock: { readonly merge: StockMerge; readonly phases: readonly Phase[] } | null = null;
  /** What stood before the first phase. */
  let before: TransferSource | null = null;

  const changesIt = options.dryRun !== true && options.changeset === undefined;
  function tellWhy(thrown: unknown): never {
    const error = toTransferError(thrown);
    if (error.code !== 'FORBIDDEN' || !changesIt) throw error;
    throw alsoSaying(error, { scope: 'pull and push', why: 'A merge pulls what stands before it pushes.' });
  }

  async function standing(): Promise<TransferSource> {
    const last = pulled.at(-1);
    if (last === undefined) throw new TransferError('UNEXPECTED', { reason: 'nothing was pulled' });
    if (last.source !== null) return last.source;
    const source = createDirectorySource({ path: last.path, limits });
    last.source = source;
    await source.open();
    return source;
  }

  async function stillStanding(planned: Coming, merge: StockMerge, phase: number): Promise<TransferSource> {
    const now = await standing();
    await holdPlan({ coming: planned, merge }, now, phase);
    before ??= now;
    return now;
  }

  async function prepareStock(planned: Coming): Promise<CarryingOut> {
    const there = await standing();
    const version = (await there.metadata())?.strapi?.version ?? null;
    const sent = await planned.forStock(there);
    /** A changeset says what it loses here. */
    const known = keysOf(planned.plan.lost);
    const loseLinks = options.loseLinks === true || known !== '';
    const merge: StockMerge = { ...{ strategy, version, standing: there, to: server, loseLinks }, ...sent };
    const lost = await oneWayLinks(merge);
    if (known !== '' && known !== keysOf(lost))
      throw new TransferError('DESTINATION_CHANGED', { what: 'A link of a row that stays', end: url });
    await checkStock(merge);
    stock = { merge, phases: stockPhases(merge) };
    const shown = keepingFiles(planned.plan);
    const others = shown.lost.filter(({ because }) => because !== 'oneWay' && because !== 'moved');
    return { phases: stock.phases.length, plan: { ...shown, lost: [...others, ...lost] }, verifies: true };
  }

  return {
    name: url,
    isPulled: true,
    takesConcern: true,
    isStock: () => first?.isFerry() !== true,
    hasFixedTypes: () => first?.hasFixedTypes() !== false,
    async check(signal) {
      const scopes: readonly Direction[] = changesIt ? ['push', 'pull'] : ['pull'];
      for (const scope of scopes) await tryToEnter(server, scope, signal).catch(tellWhy);
    },
    pull(path, concern) {
      pulled.push({ path, source: null });
      const from = createRemoteSource({ ...server, ...(concern === null ? {} : { concern }) });
      first ??= from;
      return { ...linkOf(options), from, to: path, exclude: ['files'] };
    },
    standing,
    async prepare(planned) {
      coming = planned;
      if (first?.isFerry() === true) return { phases: 1, plan: planned.plan, verifies: false };
      return prepareStock(planned);
    },
    async probe() {
      if (stock !== null) await checkVersion(stock.merge);
    },
    carryOut(phase) {
      const planned = coming;
      if (planned === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const link = linkOf(options);
      const pushed = stock?.phases[phase];
      if (stock !== null && pushed !== undefined) {
        const { merge } = stock;
        return { ...link, ...pushed.transfer(() => stillStanding(planned, merge, phase)) };
      }
      return { ...link, from: planned.whole(), to: mergingServer(server) };
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
