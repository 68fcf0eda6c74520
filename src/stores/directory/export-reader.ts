import { posix } from 'node:path';
import type { Metadata, RowOf, RowStep, Schema, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { type LineStage, metadataFile } from '../export/layout.js';
import { parseObject } from '../export/parse.js';
import { type RowsOptions, rowsOf, rowTextsOf } from '../export/rows.js';
import { storeError } from '../store-error.js';
import type { VersionReader } from './version-reader.js';

/** Reads the parts of an export that are text. `path` names the folder in errors. */
export interface ExportReader {
  /** Throws NOT_AN_EXPORT. */
  metadata(): Promise<Metadata>;
  schemas(): Promise<Schemas | null>;
  rows<S extends RowStep>(step: S): AsyncGenerator<readonly RowOf[S][]>;
  /** The same rows, as the text of each. */
  rowTexts(step: RowStep): AsyncGenerator<readonly string[]>;
}

type Batches<T> = (chunks: AsyncIterable<Uint8Array>, options: RowsOptions) => AsyncGenerator<readonly T[]>;

/** Of all who pull at once, each holds the lines of one chunk: large ones outlive V8's young generation. */
const reading = { chunkSize: 64 * 1024, reuse: true };

export function createExportReader(path: string, version: VersionReader): ExportReader {
  const notAnExport = (reason: string) => new TransferError('NOT_AN_EXPORT', { path, reason });

  /** Strapi writes it last: where it is missing, an export was not finished. */
  async function metadata(): Promise<Metadata> {
    if ((await version.stat(metadataFile)) === undefined) {
      throw notAnExport(`it has no ${metadataFile}, or was not finished`);
    }
    const value = parseObject(await version.read(metadataFile));
    if (typeof value === 'string') throw notAnExport(`its ${metadataFile} cannot be used: ${value}`);
    return value;
  }

  async function* read<T>(stage: LineStage, batchesOf: Batches<T>): AsyncGenerator<readonly T[]> {
    // Strapi makes no folder for a stage without rows.
    const names = (await version.list(stage)) ?? [];
    for (const name of names.filter((each) => each.endsWith('.jsonl')).sort()) {
      const file = posix.join(stage, name);
      for await (const batch of batchesOf(version.stream(file, reading), { stage, file })) {
        yield batch;
        version.assertOpen();
      }
    }
  }

  async function* asStored<T>(batches: AsyncGenerator<T>): AsyncGenerator<T> {
    try {
      yield* batches;
    } catch (error) {
      throw storeError(path, error);
    }
  }

  return {
    metadata: () => metadata().catch((error) => Promise.reject(storeError(path, error))),
    async schemas() {
      const found: [string, Schema][] = [];
      try {
        for await (const rows of read('schemas', rowsOf)) {
          for (const row of rows as readonly (Schema & { readonly uid: string })[])
            found.push([row.uid, row]);
        }
      } catch (error) {
        throw storeError(path, error);
      }
      return found.length === 0 ? null : Object.fromEntries(found);
    },
    async *rows<S extends RowStep>(step: S) {
      yield* asStored(read(step, rowsOf) as AsyncGenerator<readonly RowOf[S][]>);
    },
    rowTexts: (step) => asStored(read(step, rowTextsOf)),
  };
}
