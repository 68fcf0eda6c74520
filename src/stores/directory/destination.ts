import { join, resolve } from 'node:path';
import type { Metadata, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { checkLimits } from '../../protocol/limits.js';
import { lineFileLimit } from '../export/layout.js';
import { createReadingWatch } from '../export/reading-watch.js';
import { createLocalDestination } from '../local-destination.js';
import type { LocalDestinationOptions } from '../local-options.js';
import { type Place, placeOf, portsOf, retryIfTidied } from '../place/place.js';
import type { TransferDestination } from '../store.js';
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
export interface DirectoryDestinationOptions extends LocalDestinationOptions {
  /** The folder, relative to the working directory or absolute. Made, with its parents, where it does not exist. */
  readonly path: string;
  /** Replace the folder even if it holds an export. A folder that holds anything else is never replaced. @default false */
  readonly force?: boolean | undefined;
  /** Length at which the next file of a stage begins, in UTF-16 code units. @default 256000000, as Strapi's */
  readonly maxLineFile?: number | undefined;
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
  let watch = createReadingWatch(limits);

  /** Reads the export in the folder. Anything else counts as none: it is about to be replaced. */
  async function standing<T>(
    { folder }: Place,
    read: (content: ReturnType<typeof createExportReader>) => Promise<T>,
  ): Promise<T | null> {
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

  const metadata = (place: Place) => standing<Metadata>(place, (content) => content.metadata());
  const schemas = (place: Place) => standing<Schemas | null>(place, (content) => content.schemas());

  async function refuseUnlessForced({ folder }: Place): Promise<void> {
    if (options.force !== true && ((await files.list(folder)) ?? []).length > 0) {
      throw new TransferError('NOT_EMPTY', { path });
    }
  }

  async function refuse(place: Place): Promise<void> {
    await assertReplaceable(path, place.folder, files);
    await refuseUnlessForced(place);
  }

  return createLocalDestination<VersionWriter>({
    path,
    recovery: folderRecovery,
    asStore: (work) => asStoreError(path, work),
    place: () => placeOf(path, ports),
    refuse,
    refuseLocked: refuseUnlessForced,
    metadata,
    schemas,
    async prepare(place, plan, begun) {
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
      const draft = createVersionWriter({ path, files, root, name, limit, replaced, watch });
      begun(draft);
      const createdAt = () => (options.date?.() ?? new Date()).toISOString();
      await draft.begin(
        plan.metadata ?? (await metadata(place)) ?? { createdAt: createdAt() },
        plan.schemas ?? (await schemas(place)),
      );
    },
    async commit(place, draft, assertMay) {
      await draft.flush();
      await files.syncDirectory(place.versions);
      // Check again: the transfer may have taken hours, and others may have put something there.
      await refuse(place);
      await assertMay();
      await commitVersion(place, draft.name);
      return watch.notices(path);
    },
    async rollback(place, { root, abort }) {
      await abort();
      // A commit that failed, and whose undoing failed too: what stood there comes back before anything else.
      const marker = await readMarker(place);
      if (marker !== undefined) await resolveMarker(place, marker, 'undo');
      await files.remove(root);
    },
  });
}
