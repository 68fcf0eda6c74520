import { join } from 'node:path';
import { nodeFiles } from '../../ports/node-files.js';
import { makeScratchFolder } from '../../ports/scratch-folder.js';

/** Where a merge keeps what it pulls from servers. */
export interface Scratch {
  /** A folder that nothing stands in. */
  next(): string;
  remove(): Promise<void>;
}

export function createScratch(): Scratch {
  let folder: string | null = null;
  let pulls = 0;
  return {
    next() {
      folder ??= makeScratchFolder();
      pulls += 1;
      return join(folder, `pull-${pulls}`);
    },
    async remove() {
      if (folder !== null) await nodeFiles.remove(folder);
    },
  };
}
