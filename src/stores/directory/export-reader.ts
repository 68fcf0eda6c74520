import { posix } from 'node:path';
import type { Metadata, RowOf, RowStep, Schemas } from '../../protocol/content.js';
import type { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { type LineStage, metadataFile } from '../export/layout.js';
import { exportInside, notAnExport } from '../export/not-an-export.js';
import { parseObject, readHeld } from '../export/parse.js';
import { type RowsOptions, rowsOf, rowTextsOf, storedTextsOf } from '../export/rows.js';
import { createSchemaShelf } from '../export/schemas.js';
import { storeError, systemCode } from '../store-error.js';
import { gone, type Inventory } from './inventory.js';
import type { VersionReader } from './version-reader.js';

export interface ExportReader {
  metadata(): Promise<Metadata>;
  schemas(): Promise<Schemas | null>;
  rows<S extends RowStep>(step: S): AsyncGenerator<readonly RowOf[S][]>;
  rowTexts(step: RowStep): AsyncGenerator<readonly string[]>;
  storedTexts(step: RowStep): AsyncGenerator<readonly string[]>;
}

type Batches<T> = (chunks: AsyncIterable<Uint8Array>, options: RowsOptions) => AsyncGenerator<readonly T[]>;

const mostLooked = 50;

/** Small chunks: each of many pulls holds the lines of one, and large ones outlive V8's young generation. */
const reading = { chunkSize: 64 * 1024, reuse: true };

export function createExportReader(
  path: string,
  version: VersionReader,
  limits: Limits,
  inventory: Inventory,
): ExportReader {
  /** Strapi writes it last: where it is missing, an export was not finished. */
  async function metadata(): Promise<Metadata> {
    if ((await version.stat(metadataFile)) === undefined) {
      throw (await exportBelow()) ?? notAnExport(path, `it has no ${metadataFile}, or was not finished`);
    }
    const value = parseObject(
      await readHeld(version.stream(metadataFile), metadataFile, limits),
      metadataFile,
      limits,
    );
    if (typeof value === 'string') throw notAnExport(path, `its ${metadataFile} cannot be used: ${value}`);
    return value;
  }

  async function exportBelow(): Promise<TransferError | undefined> {
    for (const name of ((await version.list('.')) ?? []).slice(0, mostLooked)) {
      if ((await version.stat(posix.join(name, metadataFile)))?.kind !== 'file') continue;
      return exportInside(path, `the folder ${name}`, `Give ${posix.join(path, name)}`);
    }
    return undefined;
  }

  async function* read<T>(stage: LineStage, batchesOf: Batches<T>): AsyncGenerator<readonly T[]> {
    for (const { path: file } of inventory.linesOf(stage)) {
      for await (const batch of batchesOf(version.stream(file, reading), { stage, file, limits })) {
        yield batch;
        version.assertOpen();
      }
    }
  }

  async function* asStored<T>(stage: LineStage, batches: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* batches;
    } catch (error) {
      throw systemCode(error) === 'ENOENT' ? gone(path, stage, error) : storeError(path, error);
    }
  }

  return {
    metadata: () => metadata().catch((error) => Promise.reject(storeError(path, error))),
    async schemas() {
      const shelf = createSchemaShelf(limits);
      for await (const texts of asStored('schemas', read('schemas', rowTextsOf))) shelf.add(texts, 'schemas');
      return shelf.all();
    },
    async *rows<S extends RowStep>(step: S) {
      yield* asStored(step, read(step, rowsOf) as AsyncGenerator<readonly RowOf[S][]>);
    },
    rowTexts: (step) => asStored(step, read(step, rowTextsOf)),
    storedTexts: (step) => asStored(step, read(step, storedTextsOf)),
  };
}
