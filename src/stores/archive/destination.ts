import { dirname, resolve } from 'node:path';
import type { Clock } from '../../ports/clock.js';
import type { FileSystem } from '../../ports/files.js';
import type { Ids } from '../../ports/ids.js';
import type { Processes } from '../../ports/processes.js';
import type { Metadata, RowStep, Schemas } from '../../protocol/content.js';
import { type ErrorCode, TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { checkLimits, type Limits } from '../../protocol/limits.js';
import { assertMovable } from '../directory/replaceable.js';
import { createReadingWatch } from '../export/reading-watch.js';
import { type Lock, lock } from '../place/lock.js';
import { leaveToTheNext, type Place, placeOf, portsOf, retryIfTidied } from '../place/place.js';
import type { TransferDestination, TransferPlan } from '../store.js';
import { readContents } from './contents.js';
import { archiveError } from './damaged.js';
import { createDraft, type Draft } from './draft.js';
import { type ArchiveFormat, archiveFormatOf, cipherOf } from './format.js';
import { neededCipher, openArchive } from './open-archive.js';
import { archiveRecovery } from './recovery.js';

/** Options of `createArchiveDestination`. */
export interface ArchiveDestinationOptions {
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
  /**
   * The limits of a reader with default settings: content beyond them is written, and named by `notices`.
   * @default see Limits
   */
  readonly limits?: Given<Limits> | undefined;
  /** For the entries, and the metadata of content that comes without. @default the system's clock */
  readonly date?: (() => Date) | undefined;
  /** @default the disk */
  readonly files?: FileSystem | undefined;
  /** @default random ids */
  readonly ids?: Ids | undefined;
  /** @default the processes of this machine */
  readonly processes?: Processes | undefined;
  /** For the signs of life that other containers and machines know this process by. @default the system's clock */
  readonly clock?: Clock | undefined;
}

/** What can be wrong with an archive that is about to be replaced. */
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
  const failed = (reason: string) => new TransferError('STORE_FAILED', { path, reason });
  let held: { readonly place: Place; readonly lock: Lock; readonly format: ArchiveFormat } | undefined;
  let draft: Draft | undefined;
  let old: Promise<Standing> | undefined;
  let watch = createReadingWatch(limits);
  let notices: readonly string[] = [];
  let isGivenUp = false;
  let last: Promise<unknown> = Promise.resolve();

  const inArchive = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error) => Promise.reject(archiveError(path, error)));

  /** Runs calls one after the other: a `close` during `open` has to find what it must close. */
  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  function holding() {
    if (held === undefined) throw failed('it is not open');
    return held;
  }

  function writing(): Draft {
    if (draft === undefined) throw failed('nothing was prepared to be written');
    return draft;
  }

  /** Read once for each archive that stands there. */
  function standing(): Promise<Standing> {
    const { place, format } = holding();
    old ??= readStanding({ files, file: place.folder, cipher: cipherOf(format), key, path, limits });
    return old;
  }

  function checkKey(): ArchiveFormat {
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
    if (info.kind !== 'file') throw failed('what stands there is no file; give the path of an archive');
    await assertMovable(path, folder, files);
    if (options.force !== true) throw new TransferError('NOT_EMPTY', { path });
  }

  async function open(): Promise<void> {
    const format = checkKey();
    const place = await placeOf(path, ports);
    // Before anything is made on the disk, and again with the lock.
    await refuse(place);
    const taken = await lock(place, archiveRecovery);
    try {
      await refuse(place);
    } catch (error) {
      await taken.release();
      throw error;
    }
    held = { place, lock: taken, format };
  }

  async function prepare(plan: TransferPlan): Promise<void> {
    const { place, format } = holding();
    await rollback();
    isGivenUp = false;
    const date = options.date?.() ?? new Date();
    const metadata = plan.metadata ?? (await standing()).metadata ?? { createdAt: date.toISOString() };
    const schemas = plan.schemas ?? (await standing()).schemas;
    const { maxLineFile = lineFileLimit, ageWorkFactor = 15 } = options;
    watch = createReadingWatch(limits);
    if (cipherOf(format) === 'age') watch.reaches('ageWorkFactor', ageWorkFactor);
    const watched = { watch };
    draft = await retryIfTidied(async () => {
      await files.makeDirectory(place.versions);
      const folder = place.versions;
      const like = (await files.look(place.folder))?.access;
      const how = { format, key, like, ageWorkFactor, date, maxLineFile };
      return createDraft({ ...ports, ...how, ...watched, folder, path, metadata, schemas });
    });
  }

  async function commit(): Promise<void> {
    if (draft === undefined) return;
    const { place, lock } = holding();
    const { folder } = place;
    const file = await draft.finish();
    if (isGivenUp) throw new TransferError('ABORTED', { when: 'before it was committed' });
    await lock.assertHeld();
    await files.rename(file, folder);
    const sync = () => files.syncDirectory(dirname(folder));
    // The rename is done. Report that it may not survive a power cut only if a second sync fails too.
    await sync().catch(sync);
    notices = watch.notices(path);
    old = undefined;
    const done = draft;
    draft = undefined;
    await leaveToTheNext(done.remove);
  }

  async function rollback(): Promise<void> {
    const undone = draft;
    draft = undefined;
    await undone?.remove();
  }

  return {
    name: path,
    open: () => inArchive(() => inTurn(open)),
    metadata: () => inArchive(async () => (await standing()).metadata),
    schemas: () => inArchive(async () => (await standing()).schemas),
    prepare: (plan) => inArchive(() => inTurn(() => prepare(plan))),
    rowWriter: <S extends RowStep>(step: S) => inArchive(async () => writing().rowWriter(step)),
    assetWriter: () => inArchive(async () => writing().assetWriter()),
    commit: () => inArchive(() => inTurn(commit)),
    notices: () => notices,
    async rollback() {
      isGivenUp = true;
      await inArchive(() => inTurn(rollback));
      return undefined;
    },
    close: () => {
      isGivenUp = true;
      return inTurn(async () => {
        // The next process that opens the store removes what cannot be removed now.
        await leaveToTheNext(rollback);
        await held?.lock.release();
        held = undefined;
        old = undefined;
      });
    },
  };
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
