import type { StageCounts } from '../../machines/stage.machine.js';
import type { RemoteOptions } from '../client/options.js';
import type { Stage } from '../protocol/content.js';
import type { ContentCounts } from './content-counts.js';
import type { DestinationLike, SourceLike } from './ends.js';
import type { FilterOptions } from './filters.js';
import type { SchemaLoss } from './fit.js';
import type { LeftOut } from './left-out.js';
import type { Removals } from './removals.js';
import type { ServerReports } from './reports.js';
import type { SchemaDifference } from './schema-diff.js';
import type { Finding } from './survey/survey.js';

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

/** The same for a transfer that is part of a machine of yours. */
export interface EmbeddedOptions extends Omit<TransferOptions, 'inspect'> {
  /** None: what inspects the root of your machine sees the transfer, too. */
  readonly inspect?: undefined;
}
