import { join } from 'node:path';
import type { Access, FileSystem } from '../../ports/files.js';
import type { Ids } from '../../ports/ids.js';
import type { Asset, Metadata, RowStep, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { safeFilename } from '../asset-filename.js';
import { createFileNames } from '../export/file-names.js';
import { descriptionFile, metadataFile, uploadsFolder } from '../export/layout.js';
import type { ReadingWatch } from '../export/reading-watch.js';
import type { AssetWriter, RowWriter } from '../store.js';
import { createArchiveWriter } from './archive-writer.js';
import { archiveError } from './damaged.js';
import { type ArchiveFormat, cipherOf } from './format.js';
import { withoutReplaced } from './replaced.js';
import { createRowChunks, inOrder, type RowChunks } from './row-chunks.js';
import { createSpool } from './spool.js';

export interface Draft {
  rowWriter<S extends RowStep>(step: S): RowWriter<S>;
  assetWriter(): AssetWriter;
  /** Writes metadata and the end; answers the file, whole and on the disk. Throws STORE_FAILED where a stage was not ended. */
  finish(): Promise<string>;
  remove(): Promise<void>;
}

export interface DraftOptions {
  readonly files: FileSystem;
  readonly ids: Ids;
  readonly folder: string;
  readonly path: string;
  readonly format: ArchiveFormat;
  readonly key: string | undefined;
  readonly like: Access | undefined;
  readonly ageWorkFactor: number;
  readonly date: Date;
  readonly maxLineFile: number;
  readonly metadata: Metadata;
  readonly schemas: Schemas | null;
  readonly watch: ReadingWatch;
}

interface Sized {
  readonly size: number;
  stream(): AsyncIterable<Uint8Array>;
  remove(): Promise<void>;
}

const sizedOf = (asset: Asset, size: number): Sized => ({
  size,
  stream: () => asset.stream(),
  remove: async () => {},
});

export async function createDraft(options: DraftOptions): Promise<Draft> {
  const { files, ids, folder, path, maxLineFile, metadata, watch } = options;
  const names = createFileNames();
  /** The name for each file made here: names that begin with `new-` are removed after a kill. */
  const newFile = () => join(folder, `new-${ids.id()}`);
  const made = [newFile()];
  const [file = ''] = made;
  const writer = await createArchiveWriter({ ...options, file });
  const chunks = new Map<RowStep, RowChunks>();
  const unended = new Set<string>();
  const written = new Map<string, number>();
  const stats = { started: 0, finished: 0 };
  let isRemoved = false;

  const inArchive = <T>(work: () => Promise<T>): Promise<T> =>
    work().catch((error) => Promise.reject(archiveError(path, error)));

  function chunksOf(step: RowStep): RowChunks {
    const of = chunks.get(step) ?? createRowChunks({ writer, watch, stage: step, limit: maxLineFile });
    chunks.set(step, of);
    return of;
  }

  const writeText = (name: string, value: unknown, indent = 0) => {
    const text = JSON.stringify(value, null, indent);
    watch.file(text);
    const bytes = Buffer.from(text);
    return writer.write(name, bytes.length, inOrder([bytes]));
  };

  async function writeAsset(asset: Asset): Promise<void> {
    const filename = safeFilename(asset.filename);
    names.claim(filename);
    watch.filename(filename);
    const { size, stream, remove } = asset.size === null ? await spooled(asset) : sizedOf(asset, asset.size);
    written.set(filename, (written.get(filename) ?? 0) + 1);
    await writeText(descriptionFile(filename), asset.metadata);
    await writer.write(`${uploadsFolder}/${filename}`, size, stream());
    await remove();
  }

  /** Spools an asset to a file first: a tar needs its length before its bytes. */
  async function spooled(asset: Asset): Promise<Sized> {
    const file = newFile();
    made.push(file);
    const spool = createSpool(files, file, cipherOf(options.format) !== undefined);
    try {
      const size = await spool.fill(asset.stream(), () => {
        if (isRemoved) throw new TransferError('ABORTED', { because: 'its destination was rolled back' });
      });
      return { size, stream: () => spool.stream(), remove: () => files.remove(file) };
    } finally {
      if (isRemoved) await files.remove(file);
    }
  }

  const schemas = Object.entries(options.schemas ?? {});
  const draft: Draft = {
    rowWriter(step) {
      const of = chunksOf(step);
      let count = 0;
      unended.add(step);
      return {
        write: (rows) =>
          inArchive(async () => {
            await of.write(rows);
            count += rows.length;
          }),
        end: () =>
          inArchive(async () => {
            await of.end();
            unended.delete(step);
            return { started: count, finished: count };
          }),
      };
    },
    assetWriter() {
      unended.add('assets');
      return {
        write: (asset) =>
          inArchive(async () => {
            stats.started += 1;
            await writeAsset(asset);
            stats.finished += 1;
          }),
        async end() {
          unended.delete('assets');
          return { ...stats };
        },
      };
    },
    async finish() {
      const [open] = unended;
      if (open !== undefined) {
        throw new TransferError('STORE_FAILED', {
          path,
          reason: `its ${open} were not written to their end`,
        });
      }
      await writeText(metadataFile, metadata, 2);
      await writer.finish();
      if ([...written.values()].every((times) => times === 1)) return file;
      const second = newFile();
      made.push(second);
      await withoutReplaced(file, { ...options, file: second }, written);
      return second;
    },
    async remove() {
      isRemoved = true;
      await writer.abort();
      for (const each of made) await files.remove(each);
    },
  };
  try {
    const rows = createRowChunks({ writer, watch, stage: 'schemas', limit: maxLineFile });
    await rows.write(
      schemas.map(([uid, schema]) => (schema.uid === undefined ? { ...schema, uid } : schema)),
    );
    await rows.end();
    return draft;
  } catch (error) {
    await draft.remove().catch(() => undefined);
    throw error;
  }
}
