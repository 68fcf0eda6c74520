import { dirname, join, posix } from 'node:path';
import type { FileSystem, FileWriter } from '../../ports/files.js';
import type { Asset, StageStats } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { safeFilename } from '../asset-filename.js';
import { createFileNames } from '../export/file-names.js';
import { descriptionFile, descriptionsFolder, uploadsFolder } from '../export/layout.js';
import type { ReadingWatch } from '../export/reading-watch.js';
import { systemCode } from '../store-error.js';

export interface AssetFiles {
  write(asset: Asset): Promise<void>;
  end(): Promise<StageStats>;
  /** Nothing is written from here on; an asset that is being written rejects. */
  abort(): Promise<void>;
}

/** One flush takes about as long as many at once, which share a commit of the file system's journal. */
const flushing = 8;

export interface AssetFilesOptions {
  readonly files: FileSystem;
  readonly root: string;
  readonly watch: ReadingWatch;
  readonly makeFolder: (folder: string) => Promise<void>;
  readonly createFile: (file: string, exclusive: boolean) => Promise<FileWriter>;
  readonly writeFile: (file: string, content: string) => Promise<void>;
}

/** The last of several assets with one file name stays, as with Strapi. Of two names that some disks take for one, the second is refused. */
export function createAssetFiles(options: AssetFilesOptions): AssetFiles {
  const { files, root, watch, makeFolder, createFile, writeFile } = options;
  const names = createFileNames();
  const pending = new Map<Promise<void>, string>();
  const stats = { started: 0, finished: 0 };
  let failure: { readonly error: unknown } | undefined;
  let ready = false;
  let current: FileWriter | undefined;
  let aborted = false;

  function assertWriting(): void {
    if (aborted) throw new TransferError('ABORTED', { because: 'its destination was rolled back' });
  }

  function inBackground(filename: string, work: Promise<void>): void {
    const settled = work.then(
      () => {},
      (error) => {
        failure ??= { error };
      },
    );
    pending.set(settled, filename);
    settled.then(() => pending.delete(settled));
  }

  async function wait(until: number): Promise<void> {
    while (pending.size > until) await Promise.race(pending.keys());
    if (failure !== undefined) throw failure.error;
  }

  async function makeFolders(): Promise<void> {
    if (ready) return;
    assertWriting();
    for (const folder of [uploadsFolder, descriptionsFolder]) await makeFolder(folder);
    ready = true;
  }

  return {
    async write(asset) {
      stats.started += 1;
      const filename = safeFilename(asset.filename, files);
      const isNew = names.claim(filename);
      await makeFolders();
      const again = [...pending.values()].includes(filename);
      await wait(again ? 0 : flushing);
      const place = posix.join(uploadsFolder, filename);
      const path = join(root, place);
      assertWriting();
      const file = await createFile(place, isNew).catch((error) => {
        // The disk holds two different names as one.
        throw systemCode(error) === 'EEXIST' ? names.clash(filename) : error;
      });
      current = file;
      try {
        let actual = 0;
        for await (const chunk of asset.stream({ reuse: true })) {
          assertWriting();
          await file.write(chunk);
          actual += chunk.length;
        }
        if (asset.size !== null && actual !== asset.size) {
          throw new TransferError('ASSET_SIZE_MISMATCH', { filename, actual, expected: asset.size });
        }
      } catch (error) {
        await file.abort();
        // Remove half a file, since the caller may go on without this asset.
        await files.remove(path).catch(() => undefined);
        if (isNew) names.release(filename);
        throw error;
      } finally {
        current = undefined;
      }
      assertWriting();
      inBackground(filename, file.close());
      const description = JSON.stringify(asset.metadata);
      watch.file(description);
      watch.filename(filename);
      inBackground(filename, writeFile(descriptionFile(filename), description));
      stats.finished += 1;
    },
    async end() {
      await wait(0);
      return { ...stats };
    },
    async abort() {
      aborted = true;
      await current?.abort();
      await Promise.all(pending.keys());
    },
  };
}

/** The folders that assets lie in, innermost first. */
export const assetFolders = [uploadsFolder, descriptionsFolder, dirname(uploadsFolder)];
