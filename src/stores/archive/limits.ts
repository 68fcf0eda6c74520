/** What an archive may ask of its reader; beyond that it is refused with ARCHIVE_LIMIT. */
export interface ArchiveLimits {
  /** Entries of any kind. An asset has two. @default 500000 */
  readonly entries: number;
  /** Bytes that it may come to when it is decompressed. @default 1 TiB */
  readonly unpackedBytes: number;
  /**
   * How many times its own size it may come to when it is decompressed; 256 MiB are always allowed. Rows shrink to a
   * tenth or twentieth, zeros to a thousandth. @default 200
   */
  readonly expansion: number;
  /** Bytes of one line: it is held whole. @default 64 MiB */
  readonly lineBytes: number;
  /**
   * Bytes of what is held for as long as the archive is open: schemas, metadata.json, and descriptions of assets that
   * lie apart from their files. @default 64 MiB
   */
  readonly heldBytes: number;
}

const MiB = 1024 * 1024;

const defaults: ArchiveLimits = {
  entries: 500_000,
  unpackedBytes: MiB * MiB,
  expansion: 200,
  lineBytes: 64 * MiB,
  heldBytes: 64 * MiB,
};

const alwaysUnpacked = 256 * MiB;

export function limitsOf(given: Partial<ArchiveLimits> = {}): ArchiveLimits {
  return { ...defaults, ...given };
}

/** Bytes that an archive of this size may come to. */
export function mostUnpacked({ unpackedBytes, expansion }: ArchiveLimits, size: number): number {
  return Math.min(unpackedBytes, Math.max(alwaysUnpacked, expansion * size));
}
