import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MergeCounts, MergeMove, PlannedMerge } from '../../../machines/merge.machine.js';
import { createRemoteDestination } from '../../client/remote-destination.js';
import { schemasOf } from '../../merge/coming-schemas.js';
import { type Matched, match } from '../../merge/matching.js';
import { mergingDestination } from '../../merge/merging-destination.js';
import type { MergePlan } from '../../merge/plan.js';
import { plannedSource } from '../../merge/planned-source.js';
import { type Planned, planMerge } from '../../merge/planner.js';
import { type Selected, select } from '../../merge/selection.js';
import { nodeFiles } from '../../ports/node-files.js';
import { isServerUrl } from '../../protocol/admin-url.js';
import { alsoSaying, TransferError } from '../../protocol/errors.js';
import { standingSource } from '../../stores/standing-source.js';
import type { TransferSource } from '../../stores/store.js';
import { destinationOf, sourceOf } from '../ends.js';
import { createFilters } from '../filters.js';
import type { EmbeddedOptions } from '../options.js';
import { compareSchemas, describeDifferences } from '../schema-diff.js';
import type { MergeOptions } from './options.js';
import { refusePlan } from './refusals.js';

/** What a merge holds while it runs: everything that its chart does not. */
export interface MergeWork {
  readonly pulls: { readonly source: boolean; readonly destination: boolean };
  /** The options of one transfer of the merge. */
  transferOf(move: MergeMove): EmbeddedOptions;
  /** Opens the ends that are no servers, and closes them again. */
  check(): Promise<void>;
  compare(): Promise<void>;
  plan(): Promise<PlannedMerge>;
  planned(): MergePlan | null;
  close(): Promise<void>;
}

/** @throws TransferError INVALID_OPTION, and those of a wrong URL or token */
export function createMergeWork(options: MergeOptions): MergeWork {
  const { from, to, strategy = 'merge', onConflict = 'fail', allowMissingLinks = false } = options;
  const { onlyContentTypes, excludeContentTypes } = options;
  const { types } = createFilters({ onlyContentTypes, excludeContentTypes });
  const pulls = {
    source: typeof from === 'string' && isServerUrl(from),
    destination: typeof to === 'string' && isServerUrl(to),
  };
  const name = typeof to === 'string' ? to : to.destination().name;
  const opened: TransferSource[] = [];
  let selected: Selected | null = null;
  let standing: TransferSource | null = null;
  let matched: Matched | null = null;
  let planned: Planned | null = null;

  /** What is pulled from servers lies in a folder of its own. */
  let folder: string | null = null;
  const pulledTo = (part: 'source' | 'destination', phase: number) => {
    folder ??= mkdtempSync(join(tmpdir(), 'strapi-ferry-merge-'));
    return join(folder, `${part}-${phase}`);
  };

  async function open(source: TransferSource): Promise<TransferSource> {
    await source.open();
    opened.push(source);
    return source;
  }

  const sourceThatComes = () =>
    pulls.source ? sourceOf(pulledTo('source', 0), { limits: options.limits }) : sourceOf(from, options);

  const standingAt = (phase: number): TransferSource => {
    if (typeof to !== 'string') return to.source();
    return pulls.destination
      ? sourceOf(pulledTo('destination', phase), { limits: options.limits })
      : standingSource({ path: to, key: options.toKey, limits: options.limits ?? {} });
  };

  const serverOf = (url: string) => ({
    ...linkOf(options),
    ...{ url, token: options.toToken, proxy: options.toProxy, strategy: 'merge' as const },
  });

  /** Only the types that come count, and where the destination has them: a store takes new ones. */
  function checkSchemas({ types, matched: { index } }: Planned): void {
    const [ours, theirs] = [selected?.index.schemas ?? null, index.schemas];
    if (ours === null || theirs === null || options.schemaStrategy === 'ignore') return;
    const known = [...types].filter((type) => pulls.destination || Object.hasOwn(theirs, type));
    const differences = compareSchemas(schemasOf(known, ours), schemasOf(known, theirs));
    if (differences.length === 0) return;
    const error = new TransferError('SCHEMA_MISMATCH', { differences: describeDifferences(differences) });
    throw alsoSaying(error, { schemaDifferences: differences });
  }

  return {
    pulls,
    transferOf({ part, phase }) {
      const link = linkOf(options);
      if (part === 'source')
        return {
          ...link,
          from,
          fromToken: options.fromToken,
          fromProxy: options.fromProxy,
          to: pulledTo(part, phase),
        };
      if (part === 'destination')
        return {
          ...link,
          ...{ from: to as string, fromToken: options.toToken, fromProxy: options.toProxy },
          ...{ to: pulledTo(part, phase), exclude: ['files'] },
        };
      if (planned === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was planned' });
      const comes = plannedSource(planned, options);
      if (typeof to !== 'string') {
        const into = mergingDestination(to.destination(), () => to.source());
        return { ...link, from: comes, to: into };
      }
      if (pulls.destination) return { ...link, from: comes, to: createRemoteDestination(serverOf(to)) };
      const settings = { ...options, force: true, restore: createFilters().restore };
      const into = mergingDestination(destinationOf(to, settings), () => standingAt(0));
      return { ...link, from: comes, to: into };
    },
    async check() {
      const local = [
        ...(pulls.source ? [] : [sourceThatComes()]),
        ...(pulls.destination ? [] : [standingAt(0)]),
      ];
      for (const source of local) {
        await source.open();
        await source.close();
      }
    },
    async compare() {
      selected = await select(await open(sourceThatComes()), options, types);
      standing = await open(standingAt(0));
      matched = await match(selected, standing);
    },
    async plan() {
      if (selected === null || standing === null || matched === null)
        throw new TransferError('UNEXPECTED', { reason: 'nothing was compared' });
      planned = await planMerge(selected, standing, matched, { onConflict, onlyAdds: strategy === 'add' });
      checkSchemas(planned);
      refusePlan(planned.plan, name, allowMissingLinks);
      const counts = countsOf(planned.plan);
      return { counts, phases: counts.add + counts.replace === 0 ? 0 : 1, verifies: false };
    },
    planned: () => planned?.plan ?? null,
    async close() {
      await Promise.allSettled(opened.map((source) => source.close()));
      if (folder !== null) await nodeFiles.remove(folder);
    },
  };
}

/** What the pulls and the pushes of a merge have in common. */
function linkOf(options: MergeOptions): Omit<EmbeddedOptions, 'from' | 'to'> {
  const { checksums, clock, ids, limits, retryMessageOptions, connectionOptions } = options;
  const { onDiagnostic, onRetry, throttle } = options;
  return {
    ...{ checksums, clock, ids, limits, retryMessageOptions, connectionOptions },
    ...{ onDiagnostic, onRetry, throttle },
    // The schemas of what comes are compared when it is planned.
    schemaStrategy: 'ignore',
  };
}

export function countsOf({ documents, lost, files }: MergePlan): MergeCounts {
  const count = (verb: string) => documents.filter((document) => document.verb === verb).length;
  const rows = documents.flatMap((document) => document.rows);
  return {
    add: count('add'),
    replace: count('replace'),
    keep: count('keep'),
    deletedRows: rows.filter(({ verb }) => verb === 'delete').length,
    lostLinks: lost.reduce((sum, each) => sum + each.count, 0),
    files: files.count,
  };
}
