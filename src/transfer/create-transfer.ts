import { type ActorOptions, type ActorRefFrom, type AnyActorLogic, createActor, fromPromise } from 'xstate';
import { errorOf } from '../../machines/failure.js';
import type { Comparison, SourceFinding } from '../../machines/findings.js';
import { sendIfHandled } from '../../machines/handles.js';
import type { ReportedCounts } from '../../machines/reported-counts.js';
import type { StageCounts } from '../../machines/stage.machine.js';
import { type TransferOutput, transferMachine } from '../../machines/transfer.machine.js';
import { noConnection } from '../../machines/transfer-setup.js';
import { withImplementations } from '../../machines/with-implementations.js';
import type { RemoteOptions } from '../client/options.js';
import { type Clock, realClock } from '../ports/clock.js';
import type { Metadata, Schemas, Stage } from '../protocol/content.js';
import { alsoSaying, TransferError } from '../protocol/errors.js';
import { checkDelay } from '../protocol/retry.js';
import type { ContentCounts } from './content-counts.js';
import { dryRunOf } from './dry-run.js';
import { checkDifferent } from './end-names.js';
import { type DestinationLike, destinationOf, isRemote, type SourceLike, sourceOf } from './ends.js';
import { createFilters, type FilterOptions } from './filters.js';
import { createFit, type Fit, type SchemaLoss } from './fit.js';
import { createLeftOutCounts, type LeftOut } from './left-out.js';
import { type Removals, removalsOf } from './removals.js';
import { createKeptReports, reportDetails, type ServerReports } from './reports.js';
import { compareSchemas, describeDifferences, type SchemaDifference } from './schema-diff.js';
import { createStageLogic } from './stage-actors.js';
import { type Finding, type Survey, survey } from './survey/survey.js';

/** From where to where, what of it, and how patiently. */
export interface TransferOptions extends FilterOptions, Omit<RemoteOptions, 'url' | 'token' | 'proxy'> {
  /** Where the content comes from: a store, the admin URL of a server, or the path of a folder or archive. */
  readonly from: SourceLike;
  /**
   * Where it goes. What stands there is replaced; a folder only where it is empty or an export (NOT_REPLACEABLE). The
   * path of an archive that Ferry cannot write, such as `backup.zip`, is refused (INVALID_OPTION).
   */
  readonly to: DestinationLike;
  /** Transfer token of the server in `from`. */
  readonly fromToken?: string | undefined;
  /** Transfer token of the server in `to`. */
  readonly toToken?: string | undefined;
  /** An HTTP proxy on the way to the server in `from`: see `proxy` of {@link RemoteOptions}. */
  readonly fromProxy?: string | undefined;
  /** An HTTP proxy on the way to the server in `to`. */
  readonly toProxy?: string | undefined;
  /** Password of the encrypted archive in `from`; refused (INVALID_OPTION) where `from` is none by its name. */
  readonly fromKey?: string | undefined;
  /** Password of the encrypted archive in `to`; refused (INVALID_OPTION) where `to` is none by its name. */
  readonly toKey?: string | undefined;
  /**
   * Replace what a folder or an archive holds. Where the schemas differ it changes nothing: `schemaStrategy` says what
   * then happens. @defaultValue false
   */
  readonly force?: boolean | undefined;
  /**
   * `strict` stops where the schemas of the two ends differ, before anything is changed, with SCHEMA_MISMATCH; its
   * details hold all the differences as `schemaDifferences`. `ignore` goes on: what the destination lacks is left out,
   * and told in the result (`lostToSchemas`). @defaultValue 'strict'
   */
  readonly schemaStrategy?: 'strict' | 'ignore' | undefined;
  /** Reads the source to its end, compares the schemas, and changes nothing. @defaultValue false */
  readonly dryRun?: boolean | undefined;
  /**
   * What a server reports, a warning or an error (a file that it lacks, rows that it cannot read), fails the transfer with
   * SERVER_REPORTED before it is committed: a folder or an archive stays as it was. A Strapi that is pushed to rolls its
   * database back, but may have deleted its uploads by then. What a server reports during the commit is in the result
   * alone. @defaultValue false
   */
  readonly strict?: boolean | undefined;
  /**
   * Push a folder or an archive although rows of it name files that it does not hold; otherwise that is refused before a
   * server is cleared (MISSING_FILES). @defaultValue false
   */
  readonly allowMissingFiles?: boolean | undefined;
  /**
   * What stands at the server in `to`, where a backup or another pull has counted it (`countContent`): gives
   * `removals` of the result its numbers. @defaultValue not counted
   */
  readonly destinationCounts?: ContentCounts | undefined;
  /** Milliseconds of rest after each item, for a server that has other work to do. @defaultValue 0 */
  readonly throttle?: number | undefined;
}

/** What a transfer that is completed has moved. */
export interface TransferResult {
  readonly counts: Readonly<Partial<Record<Stage, StageCounts>>>;
  /** Where the schemas differ; empty where they match or one end has none. */
  readonly differences: readonly SchemaDifference[];
  /** What did not arrive since the schemas differ, by type; empty where all of it did. */
  readonly lostToSchemas: readonly SchemaLoss[];
  /** What filters left out, by type: types that never move, and those that the user left out. */
  readonly leftOut: readonly LeftOut[];
  /** What servers reported: warnings and errors that did not end the transfer. */
  readonly reported: ServerReports;
  /** What a look through the source found before a server was cleared: it was not refused, and may not be what is wanted. */
  readonly findings: readonly Finding[];
  /**
   * What to know of the folder or archive that was written, a sentence each: that it can be read with other limits only,
   * or holds names that not every system has. Empty where there is nothing.
   */
  readonly notices: readonly string[];
  /** What the push deletes at a server, or would delete in a dry run; null where the destination is none. */
  readonly removals: Removals | null;
}

/** The running chart of a transfer; see `transferMachine`. */
export type TransferActor = ActorRefFrom<typeof transferMachine>;

/** A transfer that has begun. */
export interface Transfer {
  /** The running chart: to subscribe to, to inspect. */
  readonly actor: TransferActor;
  /** Resolves when the content has moved; rejects with a TransferError where it failed or was aborted. */
  readonly done: Promise<TransferResult>;
  /** What has moved so far, by stage. */
  progress(): Readonly<Partial<Record<Stage, StageCounts>>>;
  /** Ends the transfer; the destination stays, or becomes again, what it was. `by` completes "was aborted". */
  abort(by?: string): void;
  /**
   * Rests before the next stage, until `resume`. The connections stay open for as long as the servers allow it.
   * False where it is too late: nothing is left that it could rest before.
   */
  pause(): boolean;
  /** Goes on. False where it was not asked to pause. */
  resume(): boolean;
  /**
   * Cuts the sockets to its servers without a closing handshake, to see what happens: the transfer fails with
   * CONNECTION_CLOSED. False where no end is a server, or the transfer is being closed already.
   */
  cut(): boolean;
}

/**
 * Moves content from one end to the other and begins at once.
 * @throws TransferError INVALID_URL, INVALID_OPTION, MISSING_TOKEN, SAME_SERVER before anything has begun
 */
export function createTransfer(options: TransferOptions): Transfer {
  const { logic, input, found, differences } = prepareTransfer(options);
  const clock: Clock = options.clock ?? realClock;
  const inspect: ActorOptions<AnyActorLogic>['inspect'] = options.inspect;
  const actor = createActor(logic, { input, clock, ...(inspect === undefined ? {} : { inspect }) });

  const done = new Promise<TransferResult>((resolve, reject) => {
    actor.subscribe({
      complete: () => {
        const { output } = actor.getSnapshot();
        if (output?.outcome === 'completed') resolve(found(output));
        else reject(withDifferences(errorOf(output?.failure ?? { code: 'UNEXPECTED' }), differences()));
      },
      error: (error) => reject(new TransferError('UNEXPECTED', { reason: String(error) }, error)),
    });
  });
  // A caller that listens to the actor alone need not handle this promise too.
  done.catch(() => {});
  actor.start();

  return {
    actor,
    done,
    progress: () => actor.getSnapshot().context.counts,
    abort: (by) => actor.send({ type: 'abort', ...(by === undefined ? {} : { by }) }),
    pause: () => sendIfHandled(actor, { type: 'pause' }),
    resume: () => actor.getSnapshot().context.pauseIsAsked && sendIfHandled(actor, { type: 'resume' }),
    cut: () => sendIfHandled(actor, { type: 'connection.cut' }),
  };
}

/** Adds all differences to the error of a mismatch, for programs: the chart holds only the text for people. */
function withDifferences(error: TransferError, differences: readonly SchemaDifference[]): TransferError {
  if (error.code !== 'SCHEMA_MISMATCH') return error;
  return alsoSaying(error, { schemaDifferences: differences });
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

/** The transfer chart with everything provided that this transfer needs: what `createTransfer` runs. */
export function prepareTransfer(options: TransferOptions) {
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
    const { findings, rows, totals } = await survey({
      ...{ source, filters, metadata: work.metadata, schemas: work.schemas },
      destination: {
        name: destination.name,
        schemas: work.theirs,
        locales: options.destinationCounts?.locales ?? null,
      },
      allowMissingFiles: options.allowMissingFiles === true,
    });
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
  return {
    logic,
    input,
    found,
    /** Where the schemas differ, once they were compared. */
    differences: () => work.differences,
  };
}
