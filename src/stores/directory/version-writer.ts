import { join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import { type Metadata, type RowStep, type Schemas, stages } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { metadataFile } from '../export/layout.js';
import type { AssetWriter, RowWriter } from '../store.js';
import { asStoreError } from '../store-error.js';
import { type AssetFiles, assetFolders, createAssetFiles } from './asset-writer.js';
import { createLineWriter, type LineWriter } from './line-writer.js';

/** A version being written, in a folder of its own that exists and is empty. */
export interface VersionWriter {
  readonly root: string;
  readonly name: string;
  begin(metadata: Metadata, schemas: Schemas | null): Promise<void>;
  /** `path` names the store in errors. A stage that is begun again goes on where it ended. */
  rowWriter<S extends RowStep>(path: string, step: S): RowWriter<S>;
  assetWriter(path: string): AssetWriter;
  /** Makes the whole version durable. Throws STORE_FAILED where a stage was not ended. */
  flush(): Promise<void>;
  /** Closes the files that are open. */
  abort(): Promise<void>;
}

export interface VersionWriterOptions {
  readonly files: FileSystem;
  readonly root: string;
  /** Its name in `versions`. */
  readonly name: string;
  /** See `maxLineFile` of the destination. */
  readonly limit: number;
}

export function createVersionWriter({ files, root, name, limit }: VersionWriterOptions): VersionWriter {
  const lines = new Map<RowStep, LineWriter>();
  const unended = new Set<string>();
  let assets: AssetFiles | undefined;

  function linesOf(step: RowStep): LineWriter {
    const writer = lines.get(step) ?? createLineWriter({ files, root, stage: step, limit });
    lines.set(step, writer);
    return writer;
  }

  async function begin(metadata: Metadata, schemas: Schemas | null): Promise<void> {
    const writer = createLineWriter({ files, root, stage: 'schemas', limit });
    const rows = Object.entries(schemas ?? {});
    await writer.write(rows.map(([uid, schema]) => (schema.uid === undefined ? { ...schema, uid } : schema)));
    await writer.end();
    await files.write(join(root, metadataFile), JSON.stringify(metadata, null, 2));
  }

  return {
    root,
    name,
    begin,
    rowWriter(path, step) {
      const writer = linesOf(step);
      let count = 0;
      unended.add(step);
      return {
        write: (rows) =>
          asStoreError(path, async () => {
            await writer.write(rows);
            count += rows.length;
          }),
        end: () =>
          asStoreError(path, async () => {
            await writer.end();
            unended.delete(step);
            return { started: count, finished: count };
          }),
      };
    },
    assetWriter(path) {
      const writer = assets ?? createAssetFiles(files, root);
      assets = writer;
      unended.add('assets');
      return {
        write: (asset) => asStoreError(path, () => writer.write(asset)),
        end: () =>
          asStoreError(path, async () => {
            const stats = await writer.end();
            unended.delete('assets');
            return stats;
          }),
      };
    },
    async flush() {
      const [open] = unended;
      if (open !== undefined) {
        throw new TransferError('STORE_FAILED', {
          path: root,
          reason: `its ${open} were not written to their end`,
        });
      }
      const rowFolders = stages.filter((stage) => stage !== 'assets');
      for (const folder of [...assetFolders, ...rowFolders, '.']) {
        const directory = join(root, folder);
        if ((await files.stat(directory)) !== undefined) await files.syncDirectory(directory);
      }
    },
    async abort() {
      for (const writer of lines.values()) await writer.abort();
      await assets?.abort();
    },
  };
}
