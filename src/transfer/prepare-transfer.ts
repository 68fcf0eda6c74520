import { fromPromise } from 'xstate';
import type { Comparison, SourceFinding } from '../../machines/findings.js';
import type { ReportedCounts } from '../../machines/reported-counts.js';
import { type TransferInput, type TransferOutput, transferMachine } from '../../machines/transfer.machine.js';
import { noConnection } from '../../machines/transfer-setup.js';
import { withImplementations } from '../../machines/with-implementations.js';
import { changesetOf } from '../merge/changeset.js';
import { isServerUrl } from '../protocol/admin-url.js';
import type { Metadata, Schemas } from '../protocol/content.js';
import { TransferError } from '../protocol/errors.js';
import { checkDelay } from '../protocol/retry.js';
import { dryRunOf } from './dry-run.js';
import { checkDifferent } from './end-names.js';
import { destinationOf, isRemote, sourceOf } from './ends.js';
import { createFilters } from './filters.js';
import { createFit, type Fit } from './fit.js';
import { createLeftOutCounts } from './left-out.js';
import type { EmbeddedOptions, TransferOptions, TransferResult } from './options.js';
import { type Removals, removalsOf } from './removals.js';
import { createKeptReports, reportDetails } from './reports.js';
import { compareSchemas, describeDifferences, type SchemaDifference } from './schema-diff.js';
import { createStageLogic } from './stage-actors.js';
import { type Finding, type Survey, survey } from './survey/survey.js';

/** The chart of one transfer, and what it is to be started with. */
export interface PreparedTransfer {
  /** The transfer chart with everything provided. It runs once: a second start ends with ALREADY_RUN. */
  readonly logic: typeof transferMachine;
  readonly input: TransferInput;
  /** What the transfer has moved and found, once it is completed. */
  found(output: Pick<TransferOutput, 'counts' | 'reported'>): TransferResult;
  /** Where the schemas differ, once they were compared. */
  differences(): readonly SchemaDifference[];
}

/**
 * The transfer chart with everything provided that one transfer needs, for a machine of yours that runs it once;
 * `transferLogic` runs as often as it is started.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN, SAME_SERVER
 */
export const prepareTransfer = (options: EmbeddedOptions): PreparedTransfer => prepareWatched(options);

/** The same; `inspect` sees what runs beside the charts, too. */
export function prepareWatched(options: TransferOptions): PreparedTransfer {
  const { dryRun = false, throttle = 0, strict = false } = options;
  // Nothing is replaced in a dry run, so it may look at everything.
  const force = dryRun || options.force === true;
  const ignored = dryRun || options.schemaStrategy === 'ignore';
  checkDelay('throttle', throttle);
  const filters = createFilters(options);
  const source = sourceOf(options.from, options);
  const given = destinationOf(options.to, { ...options, force, restore: filters.restore });
  const destination = dryRun ? dryRunOf(given) : given;
  if (isRemote(source) && isRemote(destination)) checkDifferent(source.name, destination.name);

  const reports = createKeptReports();
  const leftOut = createLeftOutCounts(filters);
  const work = {
    metadata: null as Metadata | null,
    schemas: null as Schemas | null,
    fit: null as Fit | null,
    differences: [] as readonly SchemaDifference[],
    removals: null as Removals | null,
    /** The schemas of a server in `to`. */
    theirs: null as Schemas | null,
    findings: [] as readonly Finding[],
    totals: {} as Survey['totals'],
    /** How far this process has come itself: a chart that was restored stands further. */
    seen: 'nothing' as 'nothing' | 'opening' | 'opened' | 'clearing' | 'prepared',
  };
  const goesOnFrom = (seen: 'opened' | 'prepared') => {
    if (work.seen !== seen) throw new TransferError('NOT_RESUMABLE');
  };

  /** @param rows Of the source, by type; null where they are not known. */
  const removalsTo = (rows: Readonly<Record<string, number>> | null) => {
    if (destination.keepsRest === true) return null;
    const found = { source: work.schemas, destination: work.theirs, sourceRows: rows };
    return removalsOf({ filters: options, ...found, counts: options.destinationCounts ?? null });
  };

  const openEnds = fromPromise<void>(async ({ signal }) => {
    // The source is read first: a destination may want to know its types, and a source that cannot be read
    // should leave the destination alone.
    work.seen = 'opening';
    await source.open();
    work.metadata = await source.metadata();
    work.schemas = await source.schemas();
    assertWhole(work.metadata, source.name, options.to);
    if (work.schemas !== null) filters.checkTypes(work.schemas);
    // If it was aborted before this, the ends are being closed: a destination opened now would stay open.
    signal.throwIfAborted();
    await destination.open({ types: Object.keys(work.schemas ?? {}) });
    work.seen = 'opened';
  });

  const compare = fromPromise<Comparison>(async () => {
    goesOnFrom('opened');
    // A store's schemas are replaced with its content; a server's are its code.
    if (isRemote(destination)) {
      await destination.metadata();
      const theirs = await destination.schemas();
      work.theirs = theirs;
      if (options.schemaStrategy === 'strict')
        assertComparable([source.name, work.schemas], [destination.name, theirs]);
      if (work.schemas !== null && theirs !== null) {
        work.differences = compareSchemas(work.schemas, theirs);
        if (work.differences.length > 0) work.fit = createFit(work.schemas, theirs);
      }
      work.removals = removalsTo(null);
    }
    return {
      differences: work.differences.length,
      listed: describeDifferences(work.differences),
      ignored,
    };
  });

  const checkSource = fromPromise<readonly SourceFinding[]>(async () => {
    goesOnFrom('opened');
    // Only a server is cleared before it is written: every other destination is old or new.
    if (!isRemote(destination) || source.rereads !== true) return [];
    const {
      findings: all,
      rows,
      totals,
    } = await survey({
      ...{ source, filters, metadata: work.metadata, schemas: work.schemas },
      destination: {
        name: destination.name,
        schemas: work.theirs,
        locales: options.destinationCounts?.locales ?? null,
      },
      allowMissingFiles: options.allowMissingFiles === true,
    });
    // Where nothing is cleared, the locales stay.
    const findings = destination.keepsRest === true ? all.filter(({ kind }) => kind !== 'locales') : all;
    if (strict) assertUndoubted(findings);
    work.findings = findings;
    work.totals = totals;
    work.removals = removalsTo(rows);
    return findings;
  });

  const prepareDestination = fromPromise<void>(async () => {
    goesOnFrom('opened');
    work.seen = 'clearing';
    await destination.prepare({ steps: filters.steps, metadata: work.metadata, schemas: work.schemas });
    work.seen = 'prepared';
  });

  const rollBack = fromPromise<TransferError['details'] | undefined>(async () => {
    // This process does not know what another one has done.
    if (work.seen === 'nothing') return undefined;
    const isUntouched = work.seen === 'opening' || work.seen === 'opened';
    const leftovers = await destination.rollback().catch(() => ({ stands: 'unknown' as const }));
    return { at: destination.name, stands: isUntouched ? 'untouched' : 'asBefore', ...leftovers };
  });

  const closeEnds = fromPromise<void, { readonly completed: boolean }>(async ({ input }) => {
    await Promise.allSettled([source.close(input), destination.close()]);
  });

  const logic = withImplementations(transferMachine, {
    actors: {
      source: source.remote?.logic ?? noConnection,
      destination: destination.remote?.logic ?? noConnection,
      openEnds,
      compareSchemas: compare,
      checkSource,
      describeReports: fromPromise<TransferError['details'], ReportedCounts>(async ({ input }) =>
        reportDetails(input, reports, filters.types),
      ),
      prepareDestination,
      handOverSchemas: fromPromise(async () => {
        goesOnFrom('prepared');
        return Object.keys(work.schemas ?? {}).length;
      }),
      stage: createStageLogic({
        source,
        destination,
        filters,
        leftOut,
        fit: () => work.fit,
        totals: (step) => work.totals[step],
        goesOn: () => goesOnFrom('prepared'),
      }),
      commit: fromPromise<void>(async () => {
        goesOnFrom('prepared');
        await destination.commit();
      }),
      rollBack,
      closeEnds,
    },
    actions: {
      keepReport: ({ event }) => {
        if (event.type === 'diagnostic.warning') reports.keep({ ...event, kind: 'warning' });
        if (event.type === 'diagnostic.error') reports.keep({ ...event, kind: 'error' });
      },
    },
  });
  const input = {
    steps: filters.steps,
    types: filters.types,
    throttle,
    strict,
    source: source.remote?.input ?? null,
    destination: destination.remote?.input ?? null,
  };
  /** What a transfer that is completed tells. */
  const found = ({ counts, reported }: Pick<TransferOutput, 'counts' | 'reported'>): TransferResult => ({
    counts,
    differences: work.differences,
    lostToSchemas: work.fit?.losses() ?? [],
    leftOut: leftOut.list(),
    reported: { ...reported, messages: reports.messages() },
    notices: destination.notices?.() ?? [],
    removals: work.removals,
    findings: work.findings,
  });
  return { logic: runningOnce(logic), input, found, differences: () => work.differences };
}

/** A chart whose actors have opened their ends once has nothing left to open. */
function runningOnce(logic: PreparedTransfer['logic']): PreparedTransfer['logic'] {
  const { start } = logic;
  let hasRun = false;
  logic.start = (snapshot) => {
    if (hasRun) throw new TransferError('ALREADY_RUN');
    hasRun = true;
    start(snapshot);
  };
  return logic;
}

/** A server that is pushed to keeps nothing beside what comes. @throws TransferError IS_CHANGESET */
function assertWhole(metadata: Metadata | null, from: string, to: TransferOptions['to']): void {
  if (typeof to !== 'string' || !isServerUrl(to) || changesetOf(metadata, from) === null) return;
  throw new TransferError('IS_CHANGESET', { from, to });
}

function assertUndoubted(findings: readonly Finding[]): void {
  // Do not warn of what the user left out.
  const doubts = findings.filter(({ kind }) => kind !== 'filesLeftOut');
  const listed = doubts.map(({ text }) => `- ${text}`).join('\n');
  if (doubts.length > 0) throw new TransferError('CONTENT_DOUBTFUL', { listed });
}

function assertComparable(...ends: readonly (readonly [string, Schemas | null])[]): void {
  const without = ends.find(([, schemas]) => schemas === null || Object.keys(schemas).length === 0);
  if (without !== undefined) throw new TransferError('NOTHING_TO_COMPARE', { end: without[0] });
}
