import { TransferError } from './errors.js';
import { type Given, withDefaults } from './given.js';

/** The most that Ferry reads of a server's messages, a folder or an archive; it refuses what is beyond. */
export interface Limits {
  /** Bytes of one message. @defaultValue 67108864, 64 MiB */
  readonly frameSize: number;
  /**
   * Values and keys in one JSON text: a message, a row, a description. An empty list or object counts for two.
   * @defaultValue 1000000
   */
  readonly values: number;
  /** How deep lists and objects may lie in one another. @defaultValue 1000 */
  readonly depth: number;
  /**
   * Bytes of one row in a folder or an archive: it is held whole. Twice a message, since some numbers are longer when they
   * are written than when they came. @defaultValue 134217728, 128 MiB
   */
  readonly lineBytes: number;
  /**
   * Bytes of what is held for as long as a folder or an archive is open: each file of JSON, all schemas, and of an
   * archive the descriptions that lie apart from their files. @defaultValue 134217728, 128 MiB
   */
  readonly heldBytes: number;
  /** Entries of an archive, of any kind. An asset has two. @defaultValue 2000000 */
  readonly entries: number;
  /** Bytes that an archive may come to when it is decompressed. @defaultValue 1099511627776, 1 TiB */
  readonly unpackedBytes: number;
  /**
   * What the passphrase of an age archive may cost, as a power of two: it takes 1 KiB times that of memory. 18 is what
   * the age command writes. @defaultValue 18
   */
  readonly ageWorkFactor: number;
}

const MiB = 1024 * 1024;

/** What counts where nothing else is said; see {@link Limits}. */
export const defaultLimits: Limits = {
  frameSize: 64 * MiB,
  values: 1_000_000,
  depth: 1000,
  lineBytes: 128 * MiB,
  heldBytes: 128 * MiB,
  entries: 2_000_000,
  unpackedBytes: MiB * MiB,
  ageWorkFactor: 18,
};

/**
 * The given limits over the defaults.
 * @throws TransferError INVALID_OPTION where one is no whole number
 */
export function checkLimits(limits: Given<Limits> = {}): Limits {
  const checked: Limits = withDefaults(defaultLimits, limits);
  for (const [option, value] of Object.entries(checked)) {
    if (!Number.isSafeInteger(value) || value < 0)
      throw new TransferError('INVALID_OPTION', { option, value, reason: 'it must be a whole number' });
  }
  return checked;
}
