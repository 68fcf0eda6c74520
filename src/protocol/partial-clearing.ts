import { fileType, internalModels, isContentType } from './clearing.js';
import { TransferError } from './errors.js';
import type { RestoreOptions } from './messages.js';
import { isProtectedType } from './protected-types.js';

/** A document, as a Strapi deletes it: with all of its locales and states. */
export interface NamedDocument {
  readonly type: string;
  readonly documentId: string;
}

type NonEmpty<T> = readonly [T, ...T[]];

/** A column that no type has: a Strapi that reads `params` answers with an error that names it. */
export const unknownColumn = 'ferry_probe';

/**
 * What a Strapi puts to its database, for each type of `include`. An empty one deletes the whole type, and beside `filters`
 * or `_q` an older Strapi does not read it: so there are these two forms, and no other key.
 */
type Where =
  | { readonly documentId: { readonly $in: NonEmpty<string> } }
  | { readonly [unknownColumn]: { readonly $in: NonEmpty<string> } };

interface PartialRestore extends RestoreOptions {
  readonly configuration: { readonly coreStore: false; readonly webhook: false };
  readonly entities: {
    readonly include: NonEmpty<string>;
    readonly params?: { readonly where: Where };
  };
}

const configuration = { coreStore: false, webhook: false } as const;

/**
 * What a push deletes of a stock Strapi that keeps the rest: nothing, or documents by their name. Nothing but the functions
 * here makes one, so none can name no documents at all, a component (its whole table would be deleted), a file, or a type that is never
 * moved. Documents are deleted without files: with them a Strapi empties its whole media library.
 */
export class PartialClearing {
  /** What `init` tells the server. */
  readonly restore: RestoreOptions;
  /** Whether the server is asked to delete anything. */
  readonly clears: boolean;
  /** A look-alike is none. */
  readonly #made = true;

  private constructor(restore: PartialRestore, clears: boolean) {
    this.restore = restore;
    this.clears = clears && this.#made;
  }

  /** Rows come, and files where it is said; nothing is deleted. */
  static nothing({ files }: { readonly files: boolean }): PartialClearing {
    // A Strapi that stores files reads here whether it may note their URL in their rows.
    return new PartialClearing({ assets: files, configuration, entities: { include: [fileType] } }, false);
  }

  /**
   * These documents. A documentId that several of their types have is deleted in each of them.
   * @throws TransferError MERGE_NOT_CLEARABLE
   */
  static documents(documents: readonly NamedDocument[]): PartialClearing {
    for (const { documentId, type } of documents)
      if (documentId === '') throw notClearable(type, 'a row of it has no documentId');
    const $in = nonEmpty(documents.map(({ documentId }) => documentId));
    return PartialClearing.#of(nonEmpty(documents.map(({ type }) => type)), { documentId: { $in } });
  }

  /**
   * Asks whether the server reads `params` at all. One that does not deletes the whole type, in a transaction that must be
   * rolled back.
   * @throws TransferError MERGE_NOT_CLEARABLE
   */
  static probe(type: string): PartialClearing {
    return PartialClearing.#of([type], { [unknownColumn]: { $in: [''] } });
  }

  static #of(include: NonEmpty<string>, where: Where): PartialClearing {
    for (const type of include) assertClearable(type);
    return new PartialClearing(
      { assets: false, configuration, entities: { include, params: { where } } },
      true,
    );
  }
}

/** @throws TransferError MERGE_NOT_CLEARABLE */
export function assertClearable(type: string): void {
  if (!isContentType(type)) throw notClearable(type, 'it is a component');
  if (isProtectedType(type) || internalModels.includes(type)) throw notClearable(type, 'it is never moved');
  if (type === fileType) throw notClearable(type, 'a Strapi deletes files all at once, or none');
}

function nonEmpty(words: readonly string[]): NonEmpty<string> {
  const [first, ...rest] = new Set(words);
  if (first === undefined) throw notClearable('a type', 'no document of it is named');
  return [first, ...rest];
}

const notClearable = (type: string, reason: string) =>
  new TransferError('MERGE_NOT_CLEARABLE', { type, reason });
