import { byteFields, type FileFacts, fileNameOf, filesOf } from '../../merge/file-names.js';
import type { Asset, Entity } from '../../protocol/content.js';
import { TransferError } from '../../protocol/errors.js';
import type { TransferDestination, TransferSource } from '../../stores/store.js';

/** The files of rows that come, by the id of the row and the name of the file: what the row told of each when the merge was planned. */
export class PlannedFiles {
  readonly #rows = new Map<unknown, ReadonlyMap<string, FileFacts>>();

  add(row: Entity): void {
    this.#rows.set(row.id, new Map(filesOf(row).map(([, file]) => [fileNameOf(file), file])));
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Whether a file is one of these, and not another that its row was given since. */
  verdict({ filename, metadata }: Pick<Asset, 'filename' | 'metadata'>): 'comes' | 'changed' | 'other' {
    const files = this.#rows.get(metadata['id']);
    if (files === undefined) return 'other';
    const planned = files.get(filename);
    const differs = (field: string) =>
      metadata[field] !== undefined && planned?.[field] !== undefined && planned[field] !== metadata[field];
    return planned === undefined || byteFields.some(differs) ? 'changed' : 'comes';
  }
}

/**
 * Takes the files that were planned, and passes over all others: a server sends every file that it has.
 * Errors: FILE_CHANGED
 * @param end What people call the server.
 */
export function keepingOnly(
  destination: TransferDestination,
  files: PlannedFiles,
  end: string,
): TransferDestination {
  return {
    ...destination,
    async assetWriter() {
      const writer = await destination.assetWriter();
      return {
        async write(asset) {
          const verdict = files.verdict(asset);
          if (verdict === 'changed') throw new TransferError('FILE_CHANGED', { file: asset.filename, end });
          if (verdict === 'comes') await writer.write(asset);
        },
        async end() {
          await writer.end();
          // It has taken fewer than came.
          return undefined;
        },
      };
    },
  };
}

/** A source whose files lie elsewhere. @param open The source that holds them; null where none was pulled. */
export function withFilesOf(source: TransferSource, open: () => TransferSource | null): TransferSource {
  return {
    ...source,
    async *assets() {
      const files = open();
      if (files === null) return;
      await files.open();
      try {
        yield* files.assets();
      } finally {
        await files.close();
      }
    },
  };
}
