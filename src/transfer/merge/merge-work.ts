import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { MergeCounts, MergeMove, PlannedMerge } from '../../../machines/merge.machine.js';
import { schemasOf } from '../../merge/coming-schemas.js';
import { type Matched, match } from '../../merge/matching.js';
import type { MergePlan } from '../../merge/plan.js';
import { type Planned, planMerge } from '../../merge/planner.js';
import { checkSelection, type Selected, select } from '../../merge/selection.js';
import { nodeFiles } from '../../ports/node-files.js';
import { checkAdminUrl, isServerUrl } from '../../protocol/admin-url.js';
import { alsoSaying, messageOf, TransferError } from '../../protocol/errors.js';
import { requireToken } from '../../protocol/token-fault.js';
import type { TransferSource } from '../../stores/store.js';
import { sourceOf } from '../ends.js';
import { createFilters } from '../filters.js';
import type { EmbeddedOptions } from '../options.js';
import { compareSchemas, describeDifferences } from '../schema-diff.js';
import { changesetTarget } from './changeset-target.js';
import { linkOf } from './link-options.js';
import { localTarget } from './local-target.js';
import type { MergeOptions } from './options.js';
import { refusePlan } from './refusals.js';
import { serverTarget } from './server-target.js';
import { keepingFiles } from './stock/kept-files.js';

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
  let standing: TransferSource | null = null;
  let matched: Matched | null = null;
  let plan: MergePlan | null = null;

  /** What is pulled from servers lies in a folder of its own. */
  let folder: string | null = null;
  let pulls = 0;
  const nextFolder = () => {
    folder ??= mkdtempSync(join(tmpdir(), 'strapi-ferry-merge-'));
    pulls += 1;
    return join(folder, `pull-${pulls}`);
  };
  let pulledSource = '';

  const sourceThatComes = () =>
    pullsSource ? sourceOf(pulledSource, { limits: options.limits }) : sourceOf(from, options);

  /** Only the types that come count, and where the destination has them: all but a Strapi take new ones. */
  function checkSchemas({ types, matched: { index } }: Planned): void {
    const [ours, theirs] = [selected?.index.schemas ?? null, index.schemas];
    if (ours === null || theirs === null || options.schemaStrategy === 'ignore') return;
    const known = [...types].filter((type) => target.isStock() || Object.hasOwn(theirs, type));
    const differences = compareSchemas(schemasOf(known, ours), schemasOf(known, theirs));
    if (differences.length === 0) return;
    const error = new TransferError('SCHEMA_MISMATCH', { differences: describeDifferences(differences) });
    throw alsoSaying(error, { schemaDifferences: differences });
  }

  return {
    pulls: { source: pullsSource, destination: target.isPulled },
    transferOf({ part, phase }) {
      if (part === 'changes') return target.carryOut(phase);
      if (part === 'destination') return target.pull(nextFolder());
      const { fromToken, fromProxy } = options;
      pulledSource = nextFolder();
      return { ...linkOf(options), from, fromToken, fromProxy, to: pulledSource };
    },
    async check() {
      await target.check();
      if (pullsSource) return;
      const looked = sourceThatComes();
      await looked.open();
      await looked.close();
    },
    async compare() {
      source = sourceThatComes();
      await source.open();
      selected = await select(source, { ...options, where: tellingOf(options.where) }, types);
      standing = await target.standing();
      matched = await match(selected, standing);
    },
    async plan() {
      if (selected === null || standing === null || matched === null)
        throw new TransferError('UNEXPECTED', { reason: 'nothing was compared' });
      const planned = await planMerge(selected, standing, matched, {
        onConflict,
        onlyAdds: strategy === 'add',
      });
      checkSchemas(planned);
      refusePlan(
        target.isStock() ? keepingFiles(planned.plan) : planned.plan,
        target.name,
        allowMissingLinks,
      );
      plan = planned.plan;
      const changesNothing = planned.plan.documents.every(({ verb }) => verb === 'keep');
      if (changesNothing && changeset === undefined)
        return { counts: countsOf(plan), phases: 0, verifies: false };
      const carried = await target.prepare(planned);
      plan = carried.plan;
      return { counts: countsOf(plan), phases: carried.phases, verifies: carried.verifies };
    },
    planned: () => plan,
    probe: () => target.probe(),
    verify: () => target.verify(),
    async close() {
      await Promise.allSettled([source?.close(), target.close()]);
      if (folder !== null) await nodeFiles.remove(folder);
    },
  };
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
