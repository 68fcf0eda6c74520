import { fileType, isCleared, restoreFor } from '../protocol/clearing.js';
import type { Schemas } from '../protocol/content.js';
import type { ContentCounts } from './content-counts.js';
import { createFilters, type FilterOptions } from './filters.js';
import { type RelationField, relationFields } from './relations.js';

/** A content type, and how many rows of it stand at the destination; null where it was not read. */
export interface CountedType {
  readonly type: string;
  readonly rows: number | null;
}

/** Links that rows of a type that stays lose, since the rows that they point to are replaced. */
export interface LostLinks extends RelationField {
  /** Null where the destination was not read. */
  readonly count: number | null;
}

/** Files of the media library that a push deletes. */
export interface LostFiles {
  /** Null where the destination was not read. */
  readonly count: number | null;
  /**
   * Those that another upload provider than the server's disk holds, by provider: the server deletes them one by one,
   * and keeps no copy. Null where the destination was not read.
   */
  readonly elsewhere: Readonly<Record<string, number>> | null;
  /** Whether the rows of the files stay: they then name files that are gone, unless the source has them too. */
  readonly rowsStay: boolean;
}

/** What a push to a server deletes. */
export interface Removals {
  /** Types whose rows are deleted, and replaced by the source's. */
  readonly replaced: readonly CountedType[];
  /**
   * Types whose rows are deleted, and of which the source has none: they are empty afterwards. Those that the source's
   * schemas lack; where both ends were counted, those of which it has no rows, too.
   */
  readonly emptied: readonly CountedType[];
  /** Links of what stays to what is replaced: they are gone afterwards. */
  readonly links: readonly LostLinks[];
  /** Null where no file is deleted. */
  readonly files: LostFiles | null;
  /** Whether settings and webhooks are deleted, and replaced by the source's. */
  readonly configuration: boolean;
  /** The source names no types: the server deletes the rows of every type that it has, listed here or not. */
  readonly everyType: boolean;
}

/** What `removalsOf` is told. */
export interface RemovalsInput {
  /** What the push moves: the options of its transfer will do. */
  readonly filters: FilterOptions;
  /** The schemas of the source; null where it has none. */
  readonly source: Schemas | null;
  /** The schemas of the destination; null where they are not known: then those of the source count. */
  readonly destination: Schemas | null;
  /** How many rows come, by type; null or absent where the source was not looked through. */
  readonly sourceRows?: Readonly<Record<string, number>> | null | undefined;
  /** What stands at the destination, where a backup or another pull has read it: see `countContent`. */
  readonly counts: ContentCounts | null;
}

/**
 * What a push to a server deletes, by type; with numbers where the destination was read. Rows that are replaced, types
 * that are emptied, links of rows that stay, files.
 * @throws TransferError INVALID_OPTION where the filters contradict themselves
 */
export function removalsOf({
  filters,
  source,
  destination,
  counts,
  sourceRows = null,
}: RemovalsInput): Removals {
  const restore = restoreFor(createFilters(filters).restore, Object.keys(source ?? {}));
  const schemas = destination ?? source ?? {};
  const isDeleted = (type: string) => isCleared(restore, type);
  const types = Object.keys(schemas)
    .filter((type) => type.includes('::') && isDeleted(type))
    .sort()
    .map((type) => ({ type, rows: counts === null ? null : (counts.rows[type] ?? 0) }));
  // Decide by rows if both ends were counted, else by the schemas of the source.
  const comes = ({ type }: CountedType) =>
    counts !== null && sourceRows !== null
      ? Object.hasOwn(sourceRows, type)
      : source === null || Object.hasOwn(source, type);

  return {
    replaced: types.filter(comes),
    emptied: types.filter((type) => !comes(type)),
    links: counts === null ? possibleLosses(schemas, isDeleted) : countedLosses(counts, isDeleted),
    files: restore.assets
      ? {
          count: counts?.files.count ?? null,
          elsewhere: counts?.files.elsewhere ?? null,
          rowsStay: !isDeleted(fileType),
        }
      : null,
    configuration: restore.configuration.coreStore,
    everyType: restore.entities.include === undefined,
  };
}

/** Which fields may lose links, as far as schemas tell. */
function possibleLosses(schemas: Schemas, isDeleted: (type: string) => boolean): readonly LostLinks[] {
  const fields = relationFields(schemas).filter(({ type, target }) => !isDeleted(type) && isDeleted(target));
  return fields.map((field) => ({ ...field, count: null }));
}

/** Which fields do lose links: one end stays and has a field for them, the other is deleted. */
function countedLosses(counts: ContentCounts, isDeleted: (type: string) => boolean): readonly LostLinks[] {
  const losses = new Map<string, LostLinks>();
  for (const { left, right, count } of counts.links) {
    const [stays, goes] = isDeleted(left.type) ? [right, left] : [left, right];
    if (isDeleted(stays.type) || !isDeleted(goes.type) || stays.field === undefined) continue;
    const loss = { type: stays.type, field: stays.field, target: goes.type };
    const key = Object.values(loss).join('\n');
    losses.set(key, { ...loss, count: (losses.get(key)?.count ?? 0) + count });
  }
  return [...losses.values()];
}
