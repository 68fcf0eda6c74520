import { resolve } from 'node:path';
import type { Asset, RowOf, RowStep } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { Given } from '../../protocol/given.js';
import { checkLimits, type Limits } from '../../protocol/limits.js';
import { descriptionFile } from '../export/layout.js';
import { notAnExport } from '../export/not-an-export.js';
import { parseObject, readHeld } from '../export/parse.js';
import { type RowsOptions, rowsOf, rowTextsOf } from '../export/rows.js';
import type { StorePorts } from '../local-options.js';
import { recover } from '../place/lock.js';
import { absenceOf, placeOf, portsOf } from '../place/place.js';
import type { OnBrokenAsset, TransferSource } from '../store.js';
import { type Contents, readContents, type Upload } from './contents.js';
import { archiveError, Damaged } from './damaged.js';
import { neededCipher, type OpenArchive, openArchive } from './open-archive.js';
import { archiveRecovery } from './recovery.js';
import type { TarBytes } from './tar-bytes.js';

/** Options of `createArchiveSource`. */
export interface ArchiveSourceOptions extends StorePorts {
  /**
   * The file, relative to the working directory or absolute. It is encrypted where its name ends in `.enc` or `.age`;
   * whether it is compressed its bytes tell.
   */
  readonly path: string;
  /** Password of an encrypted archive; ignored for any other. */
  readonly key?: string | undefined;
  /** What is read of it, at most. @default see Limits */
  readonly limits?: Given<Limits> | undefined;
  /** Called while it is opened. @default such an asset fails that */
  readonly onBrokenAsset?: OnBrokenAsset | undefined;
}

type Batches<T> = (chunks: AsyncIterable<Uint8Array>, options: RowsOptions) => AsyncGenerator<readonly T[]>;

interface Opened {
  readonly archive: OpenArchive;
  readonly contents: Contents;
}

/**
 * Reads an archive that `strapi export` or ferry's own destination wrote, encrypted and compressed or not.
 *
 * `open` goes through the whole archive once and refuses a damaged one, before a transfer changes anything at its
 * destination. The file stays open until `close`: what is read is what was verified, even if another takes its place.
 * The stages are read in one pass forward where the archive holds them in Strapi's order, as Strapi and ferry write it.
 *
 * Errors: MISSING_KEY, WRONG_KEY, NOT_AN_EXPORT, DAMAGED_ARCHIVE, UNSAFE_ENTRY, STRAY_FILE, ARCHIVE_LIMIT, CONTENT_LIMIT, BROKEN_LINE, MISSING_ASSET, MISSING_ASSET_DESCRIPTION,
 * UNSAFE_FILE (no plain file), UNSAFE_STATE (what lies beside it could lead somewhere else), STORE_FAILED (the system),
 * ABORTED (closed while it was read), REPEATED_ROWS, MISSING_ROWS.
 */
export function createArchiveSource(options: ArchiveSourceOptions): TransferSource {
  const path = resolve(options.path);
  const limits = checkLimits(options.limits);
  const ports = portsOf(options);
  let opened: Opened | undefined;
  /** The one that is being verified. */
  let verifying: OpenArchive | undefined;
  let opening: Promise<unknown> = Promise.resolve();

  function reading(): Opened {
    if (opened === undefined) throw new TransferError('ABORTED', { because: 'its source is not open' });
    return opened;
  }

  async function open(): Promise<void> {
    const cipher = neededCipher(path, options.key);
    const place = await placeOf(path, ports);
    await recover(place, archiveRecovery);
    const standing = await ports.files.stat(place.folder);
    if (standing === undefined) throw notAnExport(path, await absenceOf(place));
    if (standing.kind === 'directory')
      throw notAnExport(path, 'its name is that of an archive, but it is a folder');
    const { files } = ports;
    const archive = await openArchive({ files, file: place.folder, cipher, key: options.key, path, limits });
    verifying = archive;
    try {
      opened = { archive, contents: await readContents(path, archive, limits, options.onBrokenAsset) };
    } catch (error) {
      await archive.close();
      throw error;
    } finally {
      verifying = undefined;
    }
  }

  async function* read<T>(step: RowStep, batchesOf: Batches<T>): AsyncGenerator<readonly T[]> {
    const { archive, contents } = reading();
    try {
      for (const file of contents.lines[step]) {
        const chunks = archive.bytes.stream(file.offset, file.offset + file.size);
        for await (const batch of batchesOf(chunks, { stage: step, file: file.path, limits })) {
          yield batch;
          archive.assertOpen();
        }
      }
    } catch (error) {
      throw archiveError(path, error);
    }
  }

  return {
    name: path,
    rereads: true,
    open() {
      const attempt = open().catch((error) => Promise.reject(archiveError(path, error)));
      opening = attempt.catch(() => {});
      return attempt;
    },
    metadata: async () => reading().contents.metadata,
    schemas: async () => reading().contents.schemas,
    rows: <S extends RowStep>(step: S) => read(step, rowsOf) as AsyncGenerator<readonly RowOf[S][]>,
    rowTexts: (step) => read(step, rowTextsOf),
    async *assets() {
      const { archive, contents } = reading();
      try {
        for (const upload of contents.uploads) {
          yield await assetOf(path, archive, upload, limits);
          archive.assertOpen();
        }
      } catch (error) {
        throw archiveError(path, error);
      }
    },
    totals(step) {
      if (opened === undefined) return undefined;
      const { counts, uploads } = opened.contents;
      if (step !== 'assets') return { count: counts[step] };
      return { count: uploads.length, bytes: uploads.reduce((sum, { size }) => sum + size, 0) };
    },
    async close() {
      // End a verification that runs: for a large archive it takes long.
      await verifying?.close();
      await opening;
      const closing = opened;
      opened = undefined;
      await closing?.archive.close();
    },
  };
}

async function assetOf(path: string, { bytes }: OpenArchive, upload: Upload, limits: Limits): Promise<Asset> {
  const { filename, size, offset } = upload;
  async function* stream(): AsyncGenerator<Uint8Array> {
    try {
      yield* bytes.stream(offset, offset + size);
    } catch (error) {
      throw archiveError(path, error);
    }
  }
  return { filename, size, metadata: await description(bytes, upload, limits), stream };
}

async function description(
  bytes: TarBytes,
  { filename, held, description: { offset, size } }: Upload,
  limits: Limits,
): Promise<Asset['metadata']> {
  const file = descriptionFile(filename);
  const json = held ?? (await readHeld(bytes.stream(offset, offset + size), file, limits));
  const value = parseObject(json, file, limits);
  // It was valid when the archive was opened.
  if (typeof value === 'string') throw new Damaged('it was changed while it was read');
  return value;
}
