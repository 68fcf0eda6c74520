import { dirname, join } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import { type Metadata, type RowStep, type Schemas, stages } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { type LineStage, metadataFile } from '../export/layout.js';
import type { ReadingWatch } from '../export/reading-watch.js';
import type { AssetWriter, RowWriter } from '../store.js';
import { asStoreError } from '../store-error.js';
import { type AssetFiles, assetFolders, createAssetFiles } from './asset-writer.js';
import { createLineWriter, type LineWriter } from './line-writer.js';
import type { ReplacedAccess } from './replaced-access.js';

export interface VersionWriter {
  readonly root: string;
  readonly name: string;
  begin(metadata: Metadata, schemas: Schemas | null): Promise<void>;
  /** A stage that is begun again goes on where it ended. */
  rowWriter<S extends RowStep>(step: S): RowWriter<S>;
  assetWriter(): AssetWriter;
  /** Makes the whole version durable. Throws STORE_FAILED where a stage was not ended, or files were taken away. */
  flush(): Promise<void>;
  abort(): Promise<void>;
}

export interface VersionWriterOptions {
  readonly path: string;
  readonly files: FileSystem;
  readonly root: string;
  readonly name: string;
  readonly limit: number;
  readonly replaced: ReplacedAccess;
  readonly watch: ReadingWatch;
}

export function createVersionWriter(options: VersionWriterOptions): VersionWriter {
  const { path, files, root, name, limit, replaced, watch } = options;
  const lines = new Map<LineStage, LineWriter>();
  const unended = new Set<string>();
  let assets: AssetFiles | undefined;
  let identity: string | undefined;
  let isAborted = false;
  const making = new Set<Promise<void>>();
  const aborted = () => new TransferError('ABORTED', { because: 'its destination was rolled back' });
  const failed = (reason: string) => new TransferError('STORE_FAILED', { path, reason });
  const takenAway = (what: string) =>
    failed(`${what} was taken away while it was written; leave it in place, and run the transfer again`);

  function linesOf(stage: LineStage): LineWriter {
    const writer = lines.get(stage) ?? createLineWriter({ stage, limit, watch, makeFolder, createFile });
    lines.set(stage, writer);
    return writer;
  }

  /** Makes a folder if the version still stands: a version made again would lack what was written before. */
  async function makeFolders(folder: string): Promise<void> {
    await assertStands();
    const parent = dirname(folder);
    if (parent !== '.') await makeFolders(parent);
    await files.makeDirectory(join(root, folder), { like: await replaced.directory(folder) });
  }

  /** Runs what makes something in the version: an abort waits for it, so that nothing is made after the version is removed. */
  function make<T>(work: () => Promise<T>): Promise<T> {
    if (isAborted) return Promise.reject(aborted());
    const made = work();
    const over = made.then(
      () => {},
      () => {},
    );
    making.add(over);
    void over.then(() => making.delete(over));
    return made;
  }

  const makeFolder = (folder: string) => make(() => makeFolders(folder));
  const createFile = (file: string, exclusive = false) =>
    make(async () => {
      const created = await files.create(join(root, file), { exclusive, like: await replaced.file(file) });
      if (!isAborted) return created;
      await created.abort();
      throw aborted();
    });
  const writeFile = (file: string, content: string) =>
    make(async () => files.write(join(root, file), content, { like: await replaced.file(file) }));

  async function assertStands(): Promise<void> {
    if ((await files.stat(root))?.id !== identity) throw takenAway(root);
  }

  async function assertWhole(): Promise<void> {
    await assertStands();
    if ((await files.stat(join(root, metadataFile))) === undefined) throw takenAway(metadataFile);
    for (const [stage, { written }] of lines) {
      const standing = (await files.list(join(root, stage))) ?? [];
      if (standing.length < written()) throw takenAway(join(root, stage));
    }
  }

  async function begin(metadata: Metadata, schemas: Schemas | null): Promise<void> {
    identity = (await files.stat(root))?.id;
    const writer = linesOf('schemas');
    const rows = Object.entries(schemas ?? {});
    await writer.write(rows.map(([uid, schema]) => (schema.uid === undefined ? { ...schema, uid } : schema)));
    await writer.end();
    const text = JSON.stringify(metadata, null, 2);
    watch.file(text);
    await writeFile(metadataFile, text);
  }

  return {
    root,
    name,
    begin,
    rowWriter(step) {
      const writer = linesOf(step);
      let count = 0;
      unended.add(step);
      return {
        write: (rows) =>
          asStoreError(path, async () => {
            await writer.write(rows);
            count += rows.length;
          }),
        writeTexts: (texts) =>
          asStoreError(path, async () => {
            await writer.writeTexts(texts);
            count += texts.length;
          }),
        end: () =>
          asStoreError(path, async () => {
            await writer.end();
            unended.delete(step);
            return { started: count, finished: count };
          }),
      };
    },
    assetWriter() {
      const writer = assets ?? createAssetFiles({ files, root, watch, makeFolder, createFile, writeFile });
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
      if (open !== undefined) throw failed(`its ${open} were not written to their end`);
      await assertWhole();
      const rowFolders = stages.filter((stage) => stage !== 'assets');
      for (const folder of [...assetFolders, ...rowFolders, '.']) {
        const directory = join(root, folder);
        if ((await files.stat(directory)) !== undefined) await files.syncDirectory(directory);
      }
    },
    async abort() {
      isAborted = true;
      await Promise.all(making);
      for (const writer of lines.values()) await writer.abort();
      await assets?.abort();
    },
  };
}
