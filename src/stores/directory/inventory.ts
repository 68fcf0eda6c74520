import { join, posix } from 'node:path';
import type { FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import { isAppleDoubleFile, isFileManagerFile, mayBeAppleDouble } from '../export/file-manager-files.js';
import { type LineStage, uploadsFolder } from '../export/layout.js';
import { assertRowFiles, digestOf, type RowFile } from '../export/row-files.js';
import { stray } from '../export/stray.js';
import { listPlain } from './plain-folder.js';
import type { VersionReader } from './version-reader.js';

/** Strapi makes no folder for a stage without rows: a folder that is removed during the reading would look the same. */
export interface Inventory {
  linesOf(stage: LineStage): readonly RowFile[];
  readonly uploads: number;
}

const lineStages: readonly LineStage[] = ['schemas', 'entities', 'links', 'configuration'];

/** @throws TransferError STRAY_FILE */
export function takeInventory(path: string, files: FileSystem, version: VersionReader): Promise<Inventory> {
  return version.within(async (root) => {
    const lines = new Map<LineStage, readonly RowFile[]>();
    for (const stage of lineStages) lines.set(stage, await rowFilesIn(path, files, root, stage));
    const uploads = (await listPlain(files, root, uploadsFolder)) ?? [];
    return { linesOf: (stage) => lines.get(stage) ?? [], uploads: uploads.length };
  });
}

export async function assertWholeStages(
  path: string,
  version: VersionReader,
  { linesOf }: Inventory,
): Promise<void> {
  for (const stage of lineStages)
    await assertRowFiles(path, stage, linesOf(stage), (file) => digestOf(version.stream(file.path)));
}

/** A stage without rows has no folder. Files of any name count, since from an archive Strapi reads them all. */
async function rowFilesIn(
  path: string,
  files: FileSystem,
  root: string,
  stage: LineStage,
): Promise<readonly RowFile[]> {
  const found: RowFile[] = [];
  for (const name of [...((await listPlain(files, root, stage)) ?? [])].sort()) {
    const file = posix.join(stage, name);
    if (await isNothing(files, root, file)) continue;
    const info = await files.look(join(root, file));
    if (info?.kind === 'directory') throw stray(path, file);
    found.push({ path: file, size: info?.size ?? 0 });
  }
  return found;
}

export async function isNothing(files: FileSystem, root: string, file: string): Promise<boolean> {
  const name = posix.basename(file);
  if (isFileManagerFile(name)) return true;
  return mayBeAppleDouble(name) && isAppleDoubleFile(files.stream(join(root, file), { inside: root }));
}

export function gone(path: string, file: string, cause?: unknown): TransferError {
  return new TransferError('SOURCE_GONE', { path, file }, cause);
}
