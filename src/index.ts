export { createDispatcher, createRemoteDestination, createRemoteSource } from './client/index.js';
export {
  type ContentDifference,
  type DifferenceCount,
  describeDifference,
  type SideNames,
} from './diff/content-difference.js';
export { type ContentDiff, type DiffOptions, diffContent } from './diff/diff-content.js';
export type {
  Collision,
  DocumentChange,
  LostLink,
  MergePlan,
  MissingLink,
  RowChange,
  RowVerb,
} from './merge/plan.js';
export type { OnConflict } from './merge/planner.js';
export type { DocumentName, Selection } from './merge/selection.js';
export type { Clock } from './ports/clock.js';
export type { Ids } from './ports/ids.js';
export { type ErrorCode, exitCodes, TransferError } from './protocol/errors.js';
export { createDirectoryDestination, createDirectorySource, createMemoryStore } from './stores/index.js';
export { type ContentCounts, type CountedEnd, countContent } from './transfer/content-counts.js';
export { createTransfer, type Transfer, type TransferActor } from './transfer/create-transfer.js';
export type { DestinationLike, SourceLike } from './transfer/ends.js';
export type { ContentGroup, FilterOptions } from './transfer/filters.js';
export type { SchemaLoss } from './transfer/fit.js';
export type { LeftOut } from './transfer/left-out.js';
export { applyChangeset } from './transfer/merge/apply-changeset.js';
export {
  type ApplyOptions,
  type ConfirmedMerge,
  createMerge,
  type Merge,
  type MergeActor,
  type MergeOptions,
  type MergeResult,
  type MergeStore,
} from './transfer/merge/create-merge.js';
export type { EmbeddedOptions, TransferOptions, TransferResult } from './transfer/options.js';
export { type PreparedTransfer, prepareTransfer } from './transfer/prepare-transfer.js';
export type { RelationField } from './transfer/relations.js';
export {
  type CountedType,
  type LostFiles,
  type LostLinks,
  type Removals,
  type RemovalsInput,
  removalsOf,
} from './transfer/removals.js';
export type { ServerReport, ServerReports } from './transfer/reports.js';
export type { SchemaDifference } from './transfer/schema-diff.js';
export type { Finding } from './transfer/survey/survey.js';
export {
  type TransferLogic,
  type TransferLogicEvent,
  type TransferLogicOutput,
  type TransferLogicSnapshot,
  transferLogic,
} from './transfer/transfer-logic.js';
export { type Wait, type WaitingTransfer, waitOf } from './transfer/waits.js';
