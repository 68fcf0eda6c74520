import { resolve } from 'node:path';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError } from '../protocol/errors.js';
import { isArchiveName } from './archive/format.js';
import { type ArchiveSourceOptions, createArchiveSource } from './archive/source.js';
import { createDirectorySource } from './directory/source.js';
import { rowTextsOf } from './row-texts.js';
import type { TransferSource } from './store.js';

/**
 * Reads what stands at a path: a folder, or an archive where it is a file of any name. Where nothing stands, the name
 * says which of the two is missing.
 *
 * Errors: those of `createArchiveSource` and of `createDirectorySource`.
 */
export function createLocalSource(options: ArchiveSourceOptions): TransferSource {
  const { path, files = nodeFiles } = options;
  const [archive, folder] = [createArchiveSource(options), createDirectorySource(options)];
  let source = isArchiveName(path) ? archive : folder;
  let isClosed = false;

  return {
    // Both kinds of source have the same methods.
    ...folder,
    async open() {
      isClosed = false;
      const kind = (await files.stat(resolve(path)).catch(() => undefined))?.kind;
      if (kind === 'file') source = archive;
      if (kind === 'directory') source = folder;
      if (isClosed) throw new TransferError('ABORTED', { because: 'its source is closed' });
      await source.open();
    },
    metadata: () => source.metadata(),
    schemas: () => source.schemas(),
    rows: (step) => source.rows(step),
    rowTexts: (step) => rowTextsOf(source, step),
    storedTexts: (step) => source.storedTexts?.(step) ?? rowTextsOf(source, step),
    assets: () => source.assets(),
    totals: (step) => source.totals?.(step),
    close(how) {
      isClosed = true;
      return source.close(how);
    },
  };
}
