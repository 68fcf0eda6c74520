import type { MergeCounts, MergeMove, PlannedMerge } from '../../../machines/merge.machine.js';
import { concernOf } from '../../merge/concern.js';
import { type Matched, match } from '../../merge/matching.js';
import type { MergePlan } from '../../merge/plan.js';
import { type Planned, planMerge } from '../../merge/planner.js';
import { checkSelection, type Selected, select } from '../../merge/selection.js';
import { removeLeftScratch } from '../../ports/scratch-folder.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { fileType } from '../../protocol/clearing.js';
import type { Concern } from '../../protocol/concern.js';
import { messageOf, TransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import { createDirectoryDestination } from '../../stores/directory/destination.js';
import type { TransferSource } from '../../stores/store.js';
import { sourceOf } from '../ends.js';
import { createFilters } from '../filters.js';
import type { EmbeddedOptions } from '../options.js';
import { changesetTarget } from './changeset-target.js';
import { checkSchemas } from './check-schemas.js';
import { keepingOnly, PlannedFiles, withFilesOf } from './fetched-files.js';
import { linkOf } from './link-options.js';
import { localTarget } from './local-target.js';
import type { MergeOptions } from './options.js';
import { comingOf } from './planned-coming.js';
import { refusePlan } from './refusals.js';
import { createScratch } from './scratch.js';
import { serverTarget } from './server-target.js';
import { keepingFiles } from './stock/kept-files.js';

/** What a merge holds while it runs: everything that its chart does not. */
export interface MergeWork {
  readonly pulls: { readonly source: boolean; readonly destination: boolean };
  /** The options of one transfer of the merge. */
  transferOf(move: MergeMove): EmbeddedOptions;
  /** Opens the ends that are no servers, and closes them again. */
  check(signal: AbortSignal): Promise<void>;
  choose(): Promise<void>;
  compare(): Promise<void>;
  plan(): Promise<PlannedMerge>;
  planned(): MergePlan | null;
  /** Known once it is planned. */
  isStrapi(): boolean;
  probe(): Promise<void>;
  verify(): Promise<void>;
  close(): Promise<void>;
}

/** @throws TransferError INVALID_OPTION, and those of a wrong URL or token */
export function createMergeWork(options: MergeOptions): MergeWork {
  const { from, to, strategy = 'merge', onConflict = 'fail', allowMissingLinks = false } = options;
  const { onlyContentTypes, excludeContentTypes, changeset } = options;
  checkSelection(options);
  const { types } = createFilters({ onlyContentTypes, excludeContentTypes });
  const own = typeof to === 'string' && isServerUrl(to) ? serverTarget(options, to) : localTarget(options);
  const target = changeset === undefined ? own : changesetTarget(own, options, changeset);
  const pullsSource = typeof from === 'string' && isServerUrl(from);
  if (pullsSource) requireToken(options.fromToken ?? '', 'fromToken', checkAdminUrl(from).href);
  let source: TransferSource | null = null;
  let selected: Selected | null = null;
  let concern: Concern | null = null;
  let standing: TransferSource | null = null;
  let matched: Matched | null = null;
  let plan: MergePlan | null = null;

  const scratch = createScratch();
  let pulledSource = '';
  /** Of a server: the files that come; and where their bytes lie once they were pulled. */
  let files = new PlannedFiles();
  let filesFolder: string | null = null;

  const localSource = (path: string) => sourceOf(path, { limits: options.limits });
  const sourceThatComes = () =>
    pullsSource
      ? withFilesOf(localSource(pulledSource), () => (filesFolder === null ? null : localSource(filesFolder)))
      : sourceOf(from, options);

  return {
    pulls: { source: pullsSource, destination: target.isPulled },
    transferOf({ part, phase }) {
      if (part === 'changes') return target.carryOut(phase);
      if (part === 'destination') return target.pull(scratch.next(), concern);
      const link = { ...linkOf(options), from, fromToken: options.fromToken, fromProxy: options.fromProxy };
      if (part === 'files') {
        filesFolder = scratch.next();
        const to = keepingOnly(
          createDirectoryDestination({ path: filesFolder, limits: options.limits }),
          files,
          String(from),
        );
        return { ...link, to, only: ['files'] };
      }
      pulledSource = scratch.next();
      return { ...link, to: pulledSource, exclude: ['files'] };
    },
    async check(signal) {
      await removeLeftScratch();
      await target.check(signal);
      if (pullsSource) return;
      const looked = sourceThatComes();
      await looked.open();
      await looked.close();
    },
    async choose() {
      source = sourceThatComes();
      await source.open();
      selected = await select(source, { ...options, where: tellingOf(options.where) }, types);
      if (target.takesConcern) concern = await concernOf(selected);
    },
    async compare() {
      if (selected === null) throw new TransferError('UNEXPECTED', { reason: 'nothing was chosen' });
      standing = await target.standing(concern);
      matched = await match(selected, standing);
    },
    async plan() {
      if (selected === null || standing === null || matched === null)
        throw new TransferError('UNEXPECTED', { reason: 'nothing was compared' });
      const planned = await planMerge(selected, standing, matched, {
        onConflict,
        onlyAdds: strategy === 'add',
      });
      if (options.schemaStrategy !== 'ignore') {
        const [ours, theirs] = [selected.index.schemas, matched.index.schemas];
        const known = [...planned.types].filter(
          (type) => target.hasFixedTypes() || theirs === null || Object.hasOwn(theirs, type),
        );
        checkSchemas(known, ours, theirs);
      }
      refusePlan(
        target.isStock() ? keepingFiles(planned.plan) : planned.plan,
        target.name,
        allowMissingLinks,
      );
      plan = planned.plan;
      const changesNothing = planned.plan.documents.every(({ verb }) => verb === 'keep');
      if (changesNothing && changeset === undefined)
        return { counts: countsOf(plan), phases: 0, verifies: false, fetches: false };
      const carried = await target.prepare(comingOf(planned, options));
      plan = carried.plan;
      // A Strapi takes new files only. A changeset may be meant for others as well.
      const onlyNew = target.isStock() && changeset === undefined;
      if (pullsSource) files = await filesThatCome(planned, onlyNew);
      const { phases, verifies } = carried;
      return { counts: countsOf(plan), phases, verifies, fetches: !files.isEmpty };
    },
    planned: () => plan,
    isStrapi: () => target.isStock(),
    probe: () => target.probe(),
    verify: () => target.verify(),
    async close() {
      await Promise.allSettled([source?.close(), target.close()]);
      await scratch.remove();
    },
  };
}

/** @param onlyNew Those that stand keep their bytes. */
async function filesThatCome({ selected, decisions }: Planned, onlyNew: boolean): Promise<PlannedFiles> {
  const come = new Set(
    [...decisions.values()].flatMap(({ verb, coming }) =>
      coming.type === fileType && (verb === 'add' || (verb === 'replace' && !onlyNew))
        ? coming.rows.map(({ id }) => id)
        : [],
    ),
  );
  const files = new PlannedFiles();
  if (come.size === 0) return files;
  for await (const rows of selected.rows())
    for (const row of rows) if (row.type === fileType && come.has(row.id)) files.add(row);
  return files;
}

/** Tells what the user's own function throws as theirs. */
function tellingOf(where: MergeOptions['where']): MergeOptions['where'] {
  if (where === undefined) return undefined;
  return (row) => {
    try {
      return where(row);
    } catch (error) {
      const reason = `it throws for a row of ${row.type} (${messageOf(error)})`;
      throw new TransferError('INVALID_OPTION', { option: 'where', value: 'this function', reason }, error);
    }
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
