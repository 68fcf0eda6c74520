import { posix } from 'node:path';
import type { Metadata, RowOf, RowStep, Schema, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { type LineStage, metadataFile } from '../export/layout.js';
import { parseObject } from '../export/parse.js';
import { rowsOf } from '../export/rows.js';
import { storeError } from '../store-error.js';
import type { VersionReader } from './version-reader.js';

/** Reads the parts of an export that are text. `path` names the folder in errors. */
export interface ExportReader {
  /** Throws NOT_AN_EXPORT. */
  metadata(): Promise<Metadata>;
  schemas(): Promise<Schemas | null>;
  rows<S extends RowStep>(step: S): AsyncGenerator<readonly RowOf[S][]>;
}

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

  async function* linesOf(stage: LineStage): AsyncGenerator<readonly unknown[]> {
    // Strapi makes no folder for a stage without rows.
    const names = (await version.list(stage)) ?? [];
    for (const name of names.filter((each) => each.endsWith('.jsonl')).sort()) {
      const file = posix.join(stage, name);
      for await (const batch of rowsOf(version.stream(file), { stage, file })) {
        yield batch;
        version.assertOpen();
      }
    }
  }

  return {
    metadata: () => metadata().catch((error) => Promise.reject(storeError(path, error))),
    async schemas() {
      const found: [string, Schema][] = [];
      try {
        for await (const rows of linesOf('schemas')) {
          for (const row of rows as readonly (Schema & { readonly uid: string })[])
            found.push([row.uid, row]);
        }
      } catch (error) {
        throw storeError(path, error);
      }
      return found.length === 0 ? null : Object.fromEntries(found);
    },
    async *rows<S extends RowStep>(step: S) {
      try {
        yield* linesOf(step) as AsyncGenerator<readonly RowOf[S][]>;
      } catch (error) {
        throw storeError(path, error);
      }
    },
  };
}
