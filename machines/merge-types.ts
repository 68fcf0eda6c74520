import type { ActorLogic, AnyActorRef, DoneActorEvent, EventObject, Snapshot } from 'xstate';
import type { Failure } from './failure.js';

/** Which transfer of a merge runs: a pull of an end that is a server, of the files that come of it, or what comes. */
export interface MergeMove {
  readonly part: 'source' | 'destination' | 'files' | 'changes';
  /** Of the changes: a Strapi takes files first, then documents. Counts from 0. */
  readonly phase: number;
}

/** How a transfer of a merge ended. */
export interface MoveOutcome {
  readonly failure: Failure | null;
}

/** Runs one transfer of a merge. It takes `abort`, and ends when it has undone what it began. */
export interface MoveLogic
  extends ActorLogic<Snapshot<MoveOutcome>, MergeCommand, MergeMove, AnyActorRef['system'], EventObject> {}

/** What a merge will do, in numbers of documents. */
export interface MergeCounts {
  readonly add: number;
  readonly replace: number;
  readonly keep: number;
  /** Rows of replaced documents that the source does not have. */
  readonly deletedRows: number;
  /** Links of rows that stay, which are removed. */
  readonly lostLinks: number;
  readonly files: number;
}

/** What the planning has found. */
export interface PlannedMerge {
  readonly counts: MergeCounts;
  /** How many transfers carry it out; 0 where nothing changes. */
  readonly phases: number;
  /** What stands afterwards is to be read again, and held against the plan. */
  readonly verifies: boolean;
  /** Files come, and their bytes are still at a server. */
  readonly fetches: boolean;
}

/** What a merge is given; see `createMerge`. */
export interface MergeInput {
  /** Ends that are pulled into a folder first, since a server gives its rows once. */
  readonly pulls: { readonly source: boolean; readonly destination: boolean };
  /** The plan is made, and nothing is changed. @defaultValue false */
  readonly dryRun?: boolean | undefined;
}

/** What a user may send to a merge. */
export type MergeCommand =
  /** Ends it; `by` completes "was aborted". */
  { type: 'abort'; by?: string };

/** How XState tells of the merge's own actors. */
export type MergeActorEvent =
  | DoneActorEvent<MoveOutcome, 'move'>
  | DoneActorEvent<PlannedMerge, 'plan'>
  | DoneActorEvent<boolean, 'confirm'>;

/** What moves a merge. */
export type MergeEvent = MergeCommand | MergeActorEvent;

/** What a merge tells on its way: give these names to `actor.on`. */
export type MergeEmitted = { type: 'merge.planned'; counts: MergeCounts; phases: number };

/** How a merge ended. */
export type MergeOutput =
  | {
      readonly outcome: 'completed';
      readonly failure: null;
      readonly counts: MergeCounts | null;
      /** All is done, and an abort kept it from being held against the plan. */
      readonly isUnverified: boolean;
    }
  | {
      readonly outcome: 'failed' | 'aborted';
      readonly failure: Failure;
      readonly counts: MergeCounts | null;
    };

/** What a merge knows: numbers and failures, never a row or a token. */
export interface MergeContext {
  readonly pulls: MergeInput['pulls'];
  readonly dryRun: boolean;
  readonly verifies: boolean;
  readonly fetches: boolean;
  readonly counts: MergeCounts | null;
  readonly phases: number;
  readonly phase: number;
  /** A user wants it to end; null where none does. */
  readonly abortIsAsked: Failure | null;
  readonly failure: Failure | null;
}

/** Tags by which other code asks about a state. */
export type MergeTag = 'moving';
