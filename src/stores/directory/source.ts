import { resolve } from 'node:path';
import { TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { checkLimits, type Limits } from '../../protocol/limits.js';
import { notAnExport } from '../export/not-an-export.js';
import type { StorePorts } from '../local-options.js';
import { recover } from '../place/lock.js';
import { absenceOf, placeOf, portsOf } from '../place/place.js';
import type { OnBrokenAsset, TransferSource } from '../store.js';
import { asStoreError } from '../store-error.js';
import { type AssetReader, createAssetReader } from './asset-reader.js';
import { createExportReader, type ExportReader } from './export-reader.js';
import { assertWholeStages, takeInventory } from './inventory.js';
import { type Pin, pin } from './pin.js';
import { folderRecovery } from './recovery.js';
import { createVersionReader, type VersionReader } from './version-reader.js';

/** Which folder is read, and through what. */
export interface DirectorySourceOptions extends StorePorts {
  /** The folder of the export, relative to the working directory or absolute. */
  readonly path: string;
  /** What is read of it, at most. @default see Limits */
  readonly limits?: Given<Limits> | undefined;
  /** @default such an asset fails what reads it */
  readonly onBrokenAsset?: OnBrokenAsset | undefined;
}

interface Opened {
  readonly pin: Pin;
  readonly version: VersionReader;
  readonly content: ExportReader;
  readonly assets: AssetReader;
}

/**
 * Reads a folder in the layout of Strapi's unpacked export, as Strapi's or as ferry's own destination writes it.
 *
 * What is read is the version that stands there at `open`, even if a transfer then replaces the folder, in this
 * process or another: a pin in `<path>.ferry/` keeps it. Where nothing may be written there, the folder is read as it
 * stands, without that promise. Opening also finishes a commit that was killed.
 *
 * Errors: NOT_AN_EXPORT, STRAY_FILE, BROKEN_LINE, CONTENT_LIMIT, MISSING_ASSET, MISSING_ASSET_DESCRIPTION, ASSET_SIZE_MISMATCH
 * (a file changed while it was read), UNSAFE_FILE (a link, or no plain file), UNSAFE_STATE (what lies beside it could lead somewhere
 * else), SOURCE_GONE (it was removed, or something else was put in its place), STORE_FAILED (the
 * system), ABORTED (closed while it was read), REPEATED_ROWS, MISSING_ROWS.
 */
export function createDirectorySource(options: DirectorySourceOptions): TransferSource {
  const path = resolve(options.path);
  const limits = checkLimits(options.limits);
  const ports = portsOf(options);
  let opened: Opened | undefined;
  let opening: Promise<unknown> = Promise.resolve();

  function reading(): Opened {
    if (opened === undefined) throw new TransferError('ABORTED', { because: 'its source is not open' });
    return opened;
  }

  async function open(): Promise<void> {
    const place = await placeOf(path, ports);
    await recover(place, folderRecovery);
    const standing = await ports.files.stat(place.folder);
    if (standing !== undefined && standing.kind !== 'directory')
      throw notAnExport(
        path,
        'it is a file, not a folder',
        'Give a folder, or read it with `createArchiveSource`',
      );
    const pinned = await pin(place);
    if (pinned === undefined) throw notAnExport(path, await absenceOf(place));
    const version = createVersionReader(ports.files, pinned.locate);
    try {
      const inventory = await takeInventory(path, ports.files, version);
      const content = createExportReader(path, version, limits, inventory);
      await content.metadata();
      await assertWholeStages(path, version, inventory);
      const assets = createAssetReader({
        path,
        files: ports.files,
        version,
        inventory,
        limits,
        onBrokenAsset: options.onBrokenAsset,
      });
      opened = { pin: pinned, version, content, assets };
    } catch (error) {
      await pinned.release();
      throw error;
    }
  }

  return {
    name: path,
    rereads: true,
    open() {
      const attempt = asStoreError(path, open);
      opening = attempt.catch(() => {});
      return attempt;
    },
    metadata: async () => reading().content.metadata(),
    schemas: async () => reading().content.schemas(),
    async *rows(step) {
      yield* reading().content.rows(step);
    },
    async *rowTexts(step) {
      yield* reading().content.rowTexts(step);
    },
    async *storedTexts(step) {
      yield* reading().content.storedTexts(step);
    },
    async *assets() {
      yield* reading().assets.assets();
    },
    totals: (step) => (step === 'assets' ? opened?.assets.totals() : undefined),
    async close() {
      // A `close` during `open` has to find the pin.
      await opening;
      const closing = opened;
      opened = undefined;
      await closing?.version.close();
      await closing?.pin.release();
    },
  };
}
