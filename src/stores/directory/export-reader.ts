import { join } from 'node:path';
import type { Metadata, RowOf, RowStep, Schema, Schemas } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import { storeError } from '../store-error.js';
import { type LineStage, metadataFile } from './layout.js';
import { NotUtf8, readLines } from './line-reader.js';
import { envelopeFault } from './row-envelope.js';
import type { VersionReader } from './version-reader.js';

/** Reads the parts of an export that are text. `path` names the folder in errors. */
export interface ExportReader {
  /** Throws NOT_AN_EXPORT. */
  metadata(): Promise<Metadata>;
  schemas(): Promise<Schemas | null>;
  rows<S extends RowStep>(step: S): AsyncGenerator<readonly RowOf[S][]>;
}

/** A batch ends with either. */
const batchRows = 500;
const batchLength = 1024 * 1024;

export function createExportReader(path: string, version: VersionReader): ExportReader {
  const notAnExport = (reason: string, cause?: unknown) =>
    new TransferError('NOT_AN_EXPORT', { path, reason }, cause);

  /** Strapi writes it last: where it is missing, an export was not finished. */
  async function metadata(): Promise<Metadata> {
    if ((await version.stat(metadataFile)) === undefined) {
      throw notAnExport(`it has no ${metadataFile}, or was not finished`);
    }
    const text = new TextDecoder().decode(await version.read(metadataFile));
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch (error) {
      throw notAnExport(`its ${metadataFile} is no JSON`, error);
    }
    if (typeof value !== 'object' || value === null || Array.isArray(value)) {
      throw notAnExport(`its ${metadataFile} holds no object`);
    }
    return value as Metadata;
  }

  function parse(stage: LineStage, file: string, text: string, line: number): unknown {
    const broken = (reason: string, cause?: unknown) =>
      new TransferError('BROKEN_LINE', { file, line, reason }, cause);
    let row: unknown;
    try {
      row = JSON.parse(text);
    } catch (error) {
      // The parser's own message would quote the line: rows belong in no log.
      throw broken('it is no JSON', error instanceof SyntaxError ? undefined : error);
    }
    const fault = envelopeFault(stage, row);
    if (fault !== undefined) throw broken(fault);
    return row;
  }

  async function* linesOf(stage: LineStage): AsyncGenerator<readonly unknown[]> {
    // Strapi makes no folder for a stage without rows.
    const names = (await version.list(stage)) ?? [];
    for (const name of names.filter((each) => each.endsWith('.jsonl')).sort()) {
      const file = join(stage, name);
      try {
        yield* batchesOf(stage, file);
      } catch (error) {
        if (!(error instanceof NotUtf8)) throw error;
        throw new TransferError('BROKEN_LINE', { file, line: error.line, reason: error.message });
      }
    }
  }

  async function* batchesOf(stage: LineStage, file: string): AsyncGenerator<readonly unknown[]> {
    let batch: unknown[] = [];
    let length = 0;
    for await (const lines of readLines(version.stream(file))) {
      for (const { text, number } of lines) {
        batch.push(parse(stage, file, text, number));
        length += text.length;
        if (batch.length < batchRows && length < batchLength) continue;
        yield batch;
        version.assertOpen();
        batch = [];
        length = 0;
      }
    }
    if (batch.length > 0) yield batch;
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
