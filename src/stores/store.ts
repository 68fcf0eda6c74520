import type { Concern } from '../protocol/concern.js';
import type { Asset, Metadata, RowOf, RowStep, Schemas, StageStats, Step } from '../protocol/content.js';
import type { TransferError } from '../protocol/errors.js';
import type { RestoreOptions } from '../protocol/messages.js';

/**
 * Where content comes from. A transfer calls `open`, then reads metadata and schemas, then each stage once in the
 * protocol's order (twice where `rereads` allows it), then `close`; `close` may come at any moment (an abort) and makes what is pending reject.
 * Every store, a user's too, passes the contract suite of `src/testing/store-contract.ts`.
 */
export interface TransferSource {
  /** For people: the URL or the path. Holds no secret. */
  readonly name: string;
  /** Pins what is read: the whole transfer sees the content that stood here. */
  open(): Promise<void>;
  /** Of the content that was pinned; null where there is none. */
  metadata(): Promise<Metadata | null>;
  /** Of the content that was pinned; null where there are none. */
  schemas(): Promise<Schemas | null>;
  /** Batches of rows in the order that they are stored. Stopping the iteration frees what it holds. */
  rows<S extends RowStep>(step: S): AsyncIterable<readonly RowOf[S][]>;
  /**
   * The same rows as JSON, where they are stored so: a server hands them on, and need not hold them as
   * objects. Lines that `rows` would refuse are refused here too.
   */
  rowTexts?(step: RowStep): AsyncIterable<readonly string[]>;
  /**
   * The same as they are stored, and not looked at: for a copy, whose reader checks them. Only of a source that keeps lines.
   */
  storedTexts?(step: RowStep): AsyncIterable<readonly string[]>;
  /** One after the other: each is read, or given up, before the next is taken. */
  assets(): AsyncIterable<Asset>;
  /**
   * Whether its stages can be read more than once. A transfer then looks through them before it has a server cleared,
   * for what could not be given when its turn comes, and for what is not whole. @defaultValue false
   */
  readonly rereads?: boolean;
  /** Its store takes no types but those that it has, as a Strapi: its code has them. @defaultValue false */
  readonly fixedTypes?: boolean;
  /** What is known beforehand of a stage, for progress. May be asked once the stage has begun. */
  totals?(step: Step): { readonly count?: number; readonly bytes?: number } | undefined;
  /**
   * A source of the same content that looks for what a merge has to know of it, and gives no more: rows, links and the greatest
   * ids, which its metadata tell. Optional: all that is given is good as well.
   */
  concerning?(concern: Concern): TransferSource;
  /**
   * Lets go of what was pinned. What is pending rejects with ABORTED. No error where it is closed already.
   * `completed`: whether all that was wanted was read; a server is told only then that its pull is over.
   * @defaultValue true
   */
  close(how?: { readonly completed: boolean }): Promise<void>;
}

/**
 * Told of an asset that cannot be read (MISSING_ASSET, MISSING_ASSET_DESCRIPTION), which is then passed over. Throwing
 * ends the reading. A source without one throws the error itself.
 */
export type OnBrokenAsset = (error: TransferError) => void;

/** Takes the rows of one stage. */
export interface RowWriter<S extends RowStep> {
  /** Resolves when more may be written: this is the back-pressure. */
  write(rows: readonly RowOf[S][]): Promise<void>;
  /** The same, of rows that are JSON already: a store that keeps lines writes them as they are. Optional. */
  writeTexts?(texts: readonly string[]): Promise<void>;
  /** The stage is complete. Answers what arrived, where the store counts it. */
  end(): Promise<StageStats | undefined>;
}

/** Takes the assets of the assets stage, one at a time. */
export interface AssetWriter {
  /** Reads the asset's stream to its end. A size or checksum that does not fit rejects. */
  write(asset: Asset): Promise<void>;
  /** The stage is complete. Answers what arrived, where the store counts it. */
  end(): Promise<StageStats | undefined>;
}

/** What is about to come, as far as the other end knows it. */
export interface TransferPlan {
  /** The stages that will come. */
  readonly steps: readonly Step[];
  /** The source's; null where it has none. */
  readonly metadata: Metadata | null;
  /** The source's; null where it has none. */
  readonly schemas: Schemas | null;
  /** What of the content that stands here it replaces; absent: all of it. */
  readonly restore?: RestoreOptions;
  /** `merge`: what comes is changed in what stands, as the changeset in the metadata says. @defaultValue 'restore' */
  readonly strategy?: 'restore' | 'merge';
}

/** What stands at a destination after a rollback, and what the rollback could not undo, named for people. */
export interface Leftovers {
  /**
   * `untouched`: nothing there was changed; `asBefore`: all that was changed is undone; `rollsBack`: the server undoes
   * it on its own, and did not say so; `silent`: the server did not answer afterwards; `unknown`: no answer says
   * what became of it; `new`: it was committed. @defaultValue 'asBefore'
   */
  readonly stands?: 'untouched' | 'asBefore' | 'rollsBack' | 'silent' | 'unknown' | 'new';
  /** Folders on the server that hold the uploads from before. */
  readonly uploads?: readonly string[];
  /** The uploads from before are deleted already. */
  readonly uploadsDeleted?: true;
  /** Files that another upload provider held are deleted, or some of them: no copy was kept. */
  readonly filesDeleted?: true;
  /** The server was about to delete them when the connection was lost. */
  readonly uploadsMayBeDeleted?: true;
  /** The server was asked to clear them, and the connection was lost before it could say that it did. */
  readonly uploadsUnknown?: true;
  /** New files lie among the uploads, and no row names them: a rollback removes rows alone. */
  readonly newFilesStay?: true;
}

/**
 * Where content goes. **Old or new, never between**: until `commit` has resolved, a reader of this store sees what
 * was there before; after it, the new content. This holds after a failure or a kill too.
 */
export interface TransferDestination {
  /** For people: the URL or the path. Holds no secret. */
  readonly name: string;
  /**
   * Whether it carries out `restore` and `strategy` of the plan by itself: what is not replaced stays. For another
   * destination a server copies what stays from the store's source. @defaultValue false
   */
  readonly honoursRestore?: boolean;
  /** `types`: the uids that the source knows, where it was read before. */
  open(about?: { readonly types: readonly string[] }): Promise<void>;
  /** Of the content that stands here now; null where there is none. */
  metadata(): Promise<Metadata | null>;
  /** Of the content that stands here now; null where there are none. */
  schemas(): Promise<Schemas | null>;
  /** Makes room for new content (what `beforeTransfer` does). */
  prepare(plan: TransferPlan): Promise<void>;
  /** Begins a stage of rows. A stage that has ended may begin again, and goes on where it ended. */
  rowWriter<S extends RowStep>(step: S): Promise<RowWriter<S>>;
  /** Begins the stage of assets. */
  assetWriter(): Promise<AssetWriter>;
  /** Puts what was written in the place of what stood here. Does nothing where nothing was prepared. */
  commit(): Promise<void>;
  /** Undoes `prepare` and all writing. No error where nothing was begun. */
  rollback(): Promise<Leftovers | undefined>;
  /**
   * What to know of the content that was committed, a sentence each: that it can be read with other limits only, or not on
   * every system. Optional.
   */
  notices?(): readonly string[];
  /** After commit or rollback; without either it rolls back. */
  close(): Promise<void>;
}
