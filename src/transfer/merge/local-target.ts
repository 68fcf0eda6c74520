import { mergingDestination } from '../../merge/merging-destination.js';
import { TransferError } from '../../protocol/errors.js';
import { standingSource } from '../../stores/standing-source.js';
import type { TransferSource } from '../../stores/store.js';
import { destinationOf } from '../ends.js';
import { createFilters } from '../filters.js';
import type { Coming } from './coming.js';
import { linkOf } from './link-options.js';
import type { MergeOptions, MergeStore } from './options.js';
import type { MergeTarget } from './target.js';

/** A store, or a folder or archive by its path. */
export function localTarget(options: MergeOptions): MergeTarget {
  const store = storeOf(options);
  const opened: TransferSource[] = [];
  let coming: Coming | null = null;
  let isClosed = false;
  return {
    name: store.destination().name,
    isPulled: false,
    takesConcern: store.source().concerning !== undefined,
    isStock: () => false,
    hasFixedTypes: () => false,
    async check() {
      const source = store.source();
      await source.open();
      await source.close();
    },
    pull() {
      throw new TransferError('UNEXPECTED', { reason: 'a store is not pulled' });
    },
    async standing(concern) {
      const whole = store.source();
      const source = (concern && whole.concerning?.(concern)) ?? whole;
      await source.open();
      // The merge may have been aborted, and its ends closed.
      if (isClosed) await source.close();
      else opened.push(source);
      return source;
    },
    async prepare(planned) {
      coming = planned;
      return { phases: 1, plan: planned.plan, verifies: false };
    },
    probe: async () => {},
    carryOut() {
      if (coming === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const to = mergingDestination(store.destination(), () => store.source());
      return { ...linkOf(options), from: coming.whole(), to };
    },
    verify: async () => {},
    async close() {
      isClosed = true;
      await Promise.allSettled(opened.map((source) => source.close()));
    },
  };
}

/** The store that a merge changes. */
function storeOf(options: MergeOptions): MergeStore {
  const { to, toKey: key, limits } = options;
  if (typeof to !== 'string') return to;
  const settings = { ...options, force: true, restore: createFilters().restore };
  return {
    source: () => standingSource({ path: to, key, limits }),
    destination: () => destinationOf(to, settings),
  };
}
