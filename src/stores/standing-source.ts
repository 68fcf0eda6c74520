import { resolve } from 'node:path';
import { nodeFiles } from '../ports/node-files.js';
import { TransferError } from '../protocol/errors.js';
import type { ArchiveSourceOptions } from './archive/source.js';
import { createLocalSource } from './local-source.js';
import { createMemoryStore } from './memory.js';
import { rowTextsOf } from './row-texts.js';
import type { TransferSource } from './store.js';

/** What stands at a path: an export, or nothing, which reads as an empty store. Half an export is still an error. */
export function standingSource(options: ArchiveSourceOptions): TransferSource {
  const { path, files = nodeFiles } = options;
  let current: TransferSource = createLocalSource(options);
  return {
    ...current,
    name: path,
    async open() {
      try {
        await current.open();
      } catch (error) {
        if (!(error instanceof TransferError) || error.code !== 'NOT_AN_EXPORT') throw error;
        const standing = await files.stat(resolve(path));
        const isEmpty =
          standing?.kind === 'directory' && ((await files.list(resolve(path))) ?? []).length === 0;
        if (standing !== undefined && !isEmpty) throw error;
        current = createMemoryStore().source();
        await current.open();
      }
    },
    metadata: () => current.metadata(),
    schemas: () => current.schemas(),
    rows: (step) => current.rows(step),
    rowTexts: (step) => rowTextsOf(current, step),
    storedTexts: (step) => current.storedTexts?.(step) ?? rowTextsOf(current, step),
    assets: () => current.assets(),
    totals: (step) => current.totals?.(step),
    close: (how) => current.close(how),
  };
}
