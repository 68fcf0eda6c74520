import { type Changeset, changesetOf } from '../../merge/changeset.js';
import { checkStanding } from '../../merge/check-standing.js';
import { mergingDestination } from '../../merge/merging-destination.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { TransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import type { TransferSource } from '../../stores/store.js';
import { checkRead, checkWritten } from '../end-names.js';
import { sourceOf } from '../ends.js';
import { type Merge, runMerge } from './create-merge.js';
import { linkOf } from './link-options.js';
import { storeOf } from './local-target.js';
import { countsOf, type MergeWork } from './merge-work.js';
import { mergingServer } from './merging-server.js';
import type { ApplyOptions } from './options.js';

/**
 * Carries out a changeset, which `createMerge` with the option `changeset` has written, and begins at once: exactly what was
 * planned, or nothing (DESTINATION_CHANGED) where a row that it replaces, deletes or points to is not as it was then.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN before anything has begun
 */
export function applyChangeset(options: ApplyOptions): Merge {
  return runMerge(createApplyWork(options), options);
}

function createApplyWork(options: ApplyOptions): MergeWork {
  const { from, to, toToken: token = '', toProxy: proxy } = options;
  if (typeof from === 'string' && isServerUrl(from)) {
    const reason = 'a changeset is a folder or an archive';
    throw new TransferError('INVALID_OPTION', { option: 'from', value: from, reason });
  }
  checkRead(from, options.fromKey);
  if (typeof to === 'string') checkWritten(to, options.toKey);
  const server = typeof to === 'string' && isServerUrl(to) ? to : null;
  if (server !== null) requireToken(token, 'toToken', checkAdminUrl(server).href);
  let coming: TransferSource | null = null;
  let changeset: Changeset | null = null;

  return {
    pulls: { source: false, destination: false },
    transferOf() {
      if (coming === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was opened' });
      const link = linkOf(options);
      // It is open, and closed at the end.
      const opened = { ...coming, open: async () => {}, close: async () => {} };
      if (server !== null)
        return { ...link, from: opened, to: mergingServer({ ...link, url: server, token, proxy }) };
      const store = storeOf(options);
      return { ...link, from: opened, to: mergingDestination(store.destination(), () => store.source()) };
    },
    async check() {
      const source = sourceOf(from, options);
      await source.open();
      coming = source;
      changeset = changesetOf(await source.metadata(), source.name);
      if (changeset === null) throw new TransferError('NO_CHANGESET', { from: source.name });
    },
    async compare() {
      // A server looks itself.
      if (coming === null || changeset === null || server !== null) return;
      const standing = storeOf(options).source();
      try {
        await standing.open();
        await checkStanding(coming, standing, changeset);
      } finally {
        await standing.close();
      }
    },
    async plan() {
      if (changeset === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was read' });
      const counts = countsOf(changeset.plan);
      return { counts, phases: counts.add + counts.replace === 0 ? 0 : 1, verifies: false };
    },
    planned: () => changeset?.plan ?? null,
    probe: async () => {},
    verify: async () => {},
    async close() {
      await coming?.close();
    },
  };
}
