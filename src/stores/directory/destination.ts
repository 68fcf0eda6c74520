import { join, resolve } from 'node:path';
import type { Clock } from '../../ports/clock.js';
import type { FileSystem } from '../../ports/files.js';
import type { Ids } from '../../ports/ids.js';
import type { Processes } from '../../ports/processes.js';
import type { Metadata, RowStep, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { checkLimits, type Limits } from '../../protocol/limits.js';
import { lineFileLimit } from '../export/layout.js';
import { createReadingWatch } from '../export/reading-watch.js';
import { type Lock, lock } from '../place/lock.js';
import { leaveToTheNext, type Place, placeOf, portsOf, retryIfTidied } from '../place/place.js';
import type { TransferDestination, TransferPlan } from '../store.js';
import { asStoreError } from '../store-error.js';
import { commitVersion, resolveMarker } from './commit.js';
import { createExportReader } from './export-reader.js';
import { takeInventory } from './inventory.js';
import { folderRecovery } from './recovery.js';
import { assertReplaceable } from './replaceable.js';
import { accessReplacedAt } from './replaced-access.js';
import { createVersionReader } from './version-reader.js';
import { createVersionWriter, type VersionWriter } from './version-writer.js';
import { readMarker } from './versions.js';

/** Which folder is written, and how. */
export interface DirectoryDestinationOptions {
  /** The folder, relative to the working directory or absolute. Made, with its parents, where it does not exist. */
  readonly path: string;
  /** Replace the folder even if it holds an export. A folder that holds anything else is never replaced. @default false */
  readonly force?: boolean | undefined;
  /** Length at which the next file of a stage begins, in UTF-16 code units. @default 256000000, as Strapi's */
  readonly maxLineFile?: number | undefined;
  /**
   * The limits of a reader with default settings: content beyond them is written, and named by `notices`.
   * @default see Limits
   */
  readonly limits?: Given<Limits> | undefined;
  /** For the metadata of content that comes without. @default the system's clock */
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

/**
 * Writes a folder in the layout of Strapi's unpacked export. Everything goes into a version beside the folder, in
 * `<path>.ferry/`; `commit` puts it in the folder's place. A kill at any moment leaves the old folder or the new one
 * (and, for the moment between two renames, none: the next source or destination that opens the store finishes it).
 *
 * The new version holds what is written and nothing else: stages that the plan leaves out are not carried over from the
 * old one. Only metadata and schemas are, where the plan has none.
 *
 * A folder is replaced where it is empty, or holds an export and nothing else, and `force` is given; that is looked at
 * when the destination is opened, and again before the commit.
 *
 * Errors: NOT_EMPTY, NOT_REPLACEABLE, STORE_IN_USE (another transfer writes there), UNSAFE_FILENAME,
 * UNSAFE_STATE (what lies beside it could lead somewhere else), ASSET_NAMES_CLASH, ASSET_SIZE_MISMATCH, NO_SPACE,
 * STORE_FAILED (the system).
 */
export function createDirectoryDestination(options: DirectoryDestinationOptions): TransferDestination {
  const path = resolve(options.path);
  const limits = checkLimits(options.limits);
  const ports = portsOf(options);
  const { files } = ports;
  const failed = (reason: string) => new TransferError('STORE_FAILED', { path, reason });
  let held: { readonly place: Place; readonly lock: Lock } | undefined;
  let draft: VersionWriter | undefined;
  let watch = createReadingWatch(limits);
  let notices: readonly string[] = [];
  let isGivenUp = false;
  let last: Promise<unknown> = Promise.resolve();

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

  function writing(): VersionWriter {
    if (draft === undefined) throw failed('nothing was prepared to be written');
    return draft;
  }

  /** Reads the export in the folder. Anything else counts as none: it is about to be replaced. */
  async function standing<T>(
    read: (content: ReturnType<typeof createExportReader>) => Promise<T>,
  ): Promise<T | null> {
    const { folder } = holding().place;
    const version = createVersionReader(files, async () => folder);
    try {
      const inventory = await takeInventory(path, files, version);
      return await read(createExportReader(path, version, limits, inventory));
    } catch (error) {
      if (
        error instanceof TransferError &&
        ['NOT_AN_EXPORT', 'STRAY_FILE', 'BROKEN_LINE', 'CONTENT_LIMIT'].includes(error.code)
      )
        return null;
      throw error;
    }
  }

  const metadata = (): Promise<Metadata | null> => standing((content) => content.metadata());
  const schemas = (): Promise<Schemas | null> => standing((content) => content.schemas());

  async function refuseUnlessForced({ folder }: Place): Promise<void> {
    if (options.force !== true && ((await files.list(folder)) ?? []).length > 0) {
      throw new TransferError('NOT_EMPTY', { path });
    }
  }

  async function refuse(place: Place): Promise<void> {
    await assertReplaceable(path, place.folder, files);
    await refuseUnlessForced(place);
  }

  async function open(): Promise<void> {
    const place = await placeOf(path, ports);
    // Check before anything is made on the disk, and again below: a killed commit may be finished in between, which
    // brings an export.
    await refuse(place);
    const taken = await lock(place, folderRecovery);
    try {
      await refuseUnlessForced(place);
    } catch (error) {
      await taken.release();
      throw error;
    }
    held = { place, lock: taken };
  }

  async function prepare(plan: TransferPlan): Promise<void> {
    const { place } = holding();
    await rollback();
    isGivenUp = false;
    const name = `new-${ports.ids.id()}`;
    const root = join(place.versions, name);
    const replaced = await accessReplacedAt(files, place.folder);
    const like = await replaced.directory('.');
    await retryIfTidied(async () => {
      await files.makeDirectory(place.versions);
      await files.makeDirectory(root, { like });
    });
    const limit = options.maxLineFile ?? lineFileLimit;
    watch = createReadingWatch(limits);
    draft = createVersionWriter({ path, files, root, name, limit, replaced, watch });
    await draft.begin(
      plan.metadata ?? (await metadata()) ?? { createdAt: (options.date?.() ?? new Date()).toISOString() },
      plan.schemas ?? (await schemas()),
    );
  }

  async function commit(): Promise<void> {
    if (draft === undefined) return;
    const { place, lock } = holding();
    await draft.flush();
    await files.syncDirectory(place.versions);
    if (isGivenUp) throw new TransferError('ABORTED', { when: 'before it was committed' });
    // Check again: the transfer may have taken hours, and others may have put something there.
    await refuse(place);
    await lock.assertHeld();
    await commitVersion(place, draft.name);
    notices = watch.notices(path);
    draft = undefined;
  }

  async function rollback(): Promise<void> {
    if (held === undefined || draft === undefined) return;
    const { place } = held;
    const { root, abort } = draft;
    draft = undefined;
    await abort();
    // A commit that failed, and whose undoing failed too: what stood there comes back before anything else.
    const marker = await readMarker(place);
    if (marker !== undefined) await resolveMarker(place, marker, 'undo');
    await files.remove(root);
  }

  return {
    name: path,
    open: () => asStoreError(path, () => inTurn(open)),
    metadata: () => asStoreError(path, metadata),
    schemas: () => asStoreError(path, schemas),
    prepare: (plan) => asStoreError(path, () => inTurn(() => prepare(plan))),
    rowWriter: <S extends RowStep>(step: S) => asStoreError(path, async () => writing().rowWriter(step)),
    assetWriter: () => asStoreError(path, async () => writing().assetWriter()),
    commit: () => asStoreError(path, () => inTurn(commit)),
    notices: () => notices,
    async rollback() {
      isGivenUp = true;
      await asStoreError(path, () => inTurn(rollback));
      return undefined;
    },
    close: () => {
      isGivenUp = true;
      return inTurn(async () => {
        // The next process that opens the store removes what cannot be removed now.
        await leaveToTheNext(rollback);
        await held?.lock.release();
        held = undefined;
      });
    },
  };
}
