import type { TransferDestination, TransferSource } from '../../stores/store.js';

/** Takes the files of some rows of the media library, and passes over all others: a server sends every file that it has. */
export function keepingOnly(
  destination: TransferDestination,
  rows: ReadonlySet<unknown>,
): TransferDestination {
  return {
    ...destination,
    async assetWriter() {
      const writer = await destination.assetWriter();
      return {
        async write(asset) {
          if (rows.has(asset.metadata['id'])) await writer.write(asset);
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
