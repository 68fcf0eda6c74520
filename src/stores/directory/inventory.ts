import type { FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import { type LineStage, uploadsFolder } from '../export/layout.js';
import { listPlain } from './plain-folder.js';
import type { VersionReader } from './version-reader.js';

/**
 * What an export held when it was opened. Strapi makes no folder for a stage without rows, so one that is removed while
 * it is read would pass for one with nothing in it, and what it held would be lost without a word.
 */
export interface Inventory {
  /** The files of a stage, in their order. */
  linesOf(stage: LineStage): readonly string[];
  /** Files of assets. */
  readonly uploads: number;
}

const lineStages: readonly LineStage[] = ['schemas', 'entities', 'links', 'configuration'];

export function takeInventory(files: FileSystem, version: VersionReader): Promise<Inventory> {
  return version.within(async (root) => {
    const lines = new Map<LineStage, readonly string[]>();
    for (const stage of lineStages) {
      lines.set(stage, lineFilesOf(await listPlain(files, root, stage)));
    }
    const uploads = (await listPlain(files, root, uploadsFolder)) ?? [];
    return { linesOf: (stage) => lines.get(stage) ?? [], uploads: uploads.length };
  });
}

/** Of the names in the folder of a stage, which is not there where the stage has no rows. */
export function lineFilesOf(names: readonly string[] = []): readonly string[] {
  return names.filter((each) => each.endsWith('.jsonl')).sort();
}

/** Something was there when `path` was opened, and is no more. */
export function gone(path: string, file: string, cause?: unknown): TransferError {
  return new TransferError('SOURCE_GONE', { path, file }, cause);
}
