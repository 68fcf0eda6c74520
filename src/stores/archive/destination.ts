import { dirname, resolve } from 'node:path';
import type { Metadata, Schemas } from '../../protocol/content.js';
import { type ErrorCode, TransferError } from '../../protocol/errors.js';
import { checkLimits } from '../../protocol/limits.js';
import { assertMovable } from '../directory/replaceable.js';
import { createReadingWatch } from '../export/reading-watch.js';
import { createLocalDestination } from '../local-destination.js';
import type { LocalDestinationOptions } from '../local-options.js';
import { leaveToTheNext, type Place, placeOf, portsOf, retryIfTidied } from '../place/place.js';
import type { TransferDestination } from '../store.js';
import { readContents } from './contents.js';
import { archiveError } from './damaged.js';
import { createDraft, type Draft } from './draft.js';
import { type ArchiveFormat, archiveFormatOf, cipherOf } from './format.js';
import { neededCipher, openArchive } from './open-archive.js';
import { archiveRecovery } from './recovery.js';

/** Options of `createArchiveDestination`. */
export interface ArchiveDestinationOptions extends LocalDestinationOptions {
  /** The file, relative to the working directory or absolute. Its name tells the format: see `archiveFormatOf`. */
  readonly path: string;
  /** Password to encrypt with; refused where the name is none of an encrypted archive. */
  readonly key?: string | undefined;
  /** Replace the file that stands there, even if it is no archive. @default false */
  readonly force?: boolean | undefined;
  /**
   * Bytes at which the next file of a stage begins; so many are held in memory. Strapi's own, 256 MB, is the most that
   * it reads. @default 8388608
   */
  readonly maxLineFile?: number | undefined;
  /**
   * What guessing the password of an age archive costs, as a power of two: scrypt's work factor. It takes 1 KiB times
   * that of memory, once for writing and once for opening; 18 is the age command's, and the most that is read
   * where no limit says otherwise.
   * @default 15
   */
  readonly ageWorkFactor?: number | undefined;
}

const unreadable: readonly ErrorCode[] = [
  'WRONG_KEY',
  'NOT_AN_EXPORT',
  'DAMAGED_ARCHIVE',
  'UNSAFE_ENTRY',
  'STRAY_FILE',
  'ARCHIVE_LIMIT',
  'CONTENT_LIMIT',
  'BROKEN_LINE',
  'MISSING_ASSET',
  'MISSING_ASSET_DESCRIPTION',
];

const lineFileLimit = 8 * 1024 * 1024;

/**
 * Writes an archive as `strapi export` does, for `strapi import` or ferry to read. It is written beside its path, in
 * `<path>.ferry/`, and `commit` renames it: a reader of the path sees the old archive or the new one, whole, even after a
 * kill. The next process that opens the store removes what a kill leaves.
 *
 * The new archive holds what is written and nothing else. Only metadata and schemas are carried over from the old one
 * where the plan has none; they, and `metadata` and `schemas`, read through the old one once.
 *
 * An asset whose size is not known (`size: null`) is first written beside the archive, since a tar needs it. Where an
 * asset comes twice, `commit` writes the archive a second time, with the last alone.
 *
 * Errors: INVALID_OPTION, MISSING_KEY, NOT_EMPTY, STORE_IN_USE (another transfer writes there), UNSAFE_FILENAME,
 * UNSAFE_STATE, ASSET_NAMES_CLASH, ASSET_SIZE_MISMATCH, NO_SPACE, STORE_FAILED (the system).
 */
export function createArchiveDestination(options: ArchiveDestinationOptions): TransferDestination {
  const path = resolve(options.path);
  const { key } = options;
  const limits = checkLimits(options.limits);
  const ports = portsOf(options);
  const { files } = ports;
  let old: Promise<Standing> | undefined;
  let watch = createReadingWatch(limits);

  /** Read once for each archive that stands there. */
  function standing({ folder }: Place): Promise<Standing> {
    old ??= readStanding({ files, file: folder, cipher: cipherOf(checkedFormat()), key, path, limits });
    return old;
  }

  function checkedFormat(): ArchiveFormat {
    const format = archiveFormatOf(path);
    if (format === undefined) {
      const reason =
        'an archive that is written ends in .tar or .tar.gz, and then in .enc or .age where it is encrypted';
      throw new TransferError('INVALID_OPTION', { option: 'path', value: path, reason });
    }
    neededCipher(path, key);
    if (key !== undefined && cipherOf(format) === undefined) {
      const reason = `an archive of this name is not encrypted; end it in ${format}.enc or ${format}.age`;
      throw new TransferError('INVALID_OPTION', { option: 'path', value: path, reason });
    }
    return format;
  }

  async function refuse({ folder }: Place): Promise<void> {
    const info = await files.stat(folder);
    if (info === undefined) return;
    if (info.kind !== 'file') {
      const reason = 'what stands there is no file; give the path of an archive';
      throw new TransferError('STORE_FAILED', { path, reason });
    }
    await assertMovable(path, folder, files);
    if (options.force !== true) throw new TransferError('NOT_EMPTY', { path });
  }

  return createLocalDestination<Draft>({
    path,
    recovery: archiveRecovery,
    asStore: (work) => work().catch((error) => Promise.reject(archiveError(path, error))),
    place() {
      checkedFormat();
      old = undefined;
      return placeOf(path, ports);
    },
    refuse,
    refuseLocked: refuse,
    metadata: async (place) => (await standing(place)).metadata,
    schemas: async (place) => (await standing(place)).schemas,
    async prepare(place, plan, begun) {
      const format = checkedFormat();
      const date = options.date?.() ?? new Date();
      const metadata = plan.metadata ?? (await standing(place)).metadata ?? { createdAt: date.toISOString() };
      const schemas = plan.schemas ?? (await standing(place)).schemas;
      const { maxLineFile = lineFileLimit, ageWorkFactor = 15 } = options;
      watch = createReadingWatch(limits);
      if (cipherOf(format) === 'age') watch.reaches('ageWorkFactor', ageWorkFactor);
      const watched = { watch };
      const draft = await retryIfTidied(async () => {
        await files.makeDirectory(place.versions);
        const folder = place.versions;
        const like = (await files.look(place.folder))?.access;
        const how = { format, key, like, ageWorkFactor, date, maxLineFile };
        return createDraft({ ...ports, ...how, ...watched, folder, path, metadata, schemas });
      });
      begun(draft);
    },
    async commit({ folder }, draft, assertMay) {
      const file = await draft.finish();
      await assertMay();
      await files.rename(file, folder);
      const sync = () => files.syncDirectory(dirname(folder));
      // The rename is done. Report that it may not survive a power cut only if a second sync fails too.
      await sync().catch(sync);
      old = undefined;
      await leaveToTheNext(draft.remove);
      return watch.notices(path);
    },
    rollback: (_, draft) => draft.remove(),
  });
}

interface Standing {
  readonly metadata: Metadata | null;
  readonly schemas: Schemas | null;
}

/** Reads the archive that stands there. One that cannot be read counts as none: it is about to be replaced. */
async function readStanding(options: Parameters<typeof openArchive>[0]): Promise<Standing> {
  const nothing = { metadata: null, schemas: null };
  if ((await options.files.stat(options.file)) === undefined) return nothing;
  try {
    const archive = await openArchive(options);
    try {
      const { metadata, schemas } = await readContents(options.path, archive, options.limits);
      return { metadata, schemas };
    } finally {
      await archive.close();
    }
  } catch (thrown) {
    const error = archiveError(options.path, thrown);
    if (unreadable.includes(error.code)) return nothing;
    throw error;
  }
}
