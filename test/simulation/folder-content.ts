import { createHash } from 'node:crypto';
import type { FileSystem } from '../../src/ports/files.js';
import { lineFile, uploadsFolder } from '../../src/stores/export/layout.js';

/** A folder's files by their paths in it; null where it does not exist. */
export type FolderContent = ReadonlyMap<string, Buffer> | null;

/** The files of a folder. */
export async function contentOfFolder(files: FileSystem, path: string): Promise<FolderContent> {
  if ((await files.stat(path)) === undefined) return null;
  const content = new Map<string, Buffer>();

  async function visit(folder: string, prefix: string): Promise<void> {
    for (const name of [...((await files.list(folder)) ?? [])].sort()) {
      const full = `${folder}/${name}`;
      const short = `${prefix}${name}`;
      if ((await files.stat(full))?.kind === 'directory') await visit(full, `${short}/`);
      else content.set(short, Buffer.from(await files.read(full)));
    }
  }
  await visit(path, '');
  return content;
}

/** @param inAnyOrder Rows may be in another order: batches that are sent again come later. */
export function isSameFolder(one: FolderContent, other: FolderContent, inAnyOrder: boolean): boolean {
  if (one === null || other === null) return one === other;
  if (one.size !== other.size) return false;
  return [...one].every(([path, bytes]) => {
    const theirs = other.get(path);
    if (theirs === undefined) return false;
    if (bytes.equals(theirs)) return true;
    return inAnyOrder && path.endsWith('.jsonl') && linesOf(bytes).join() === linesOf(theirs).join();
  });
}

/** The rows of a file, sorted. */
const linesOf = (bytes: Buffer): readonly string[] => bytes.toString().split('\n').sort();

/**
 * Whether a folder holds as much as another: as many rows of each stage, and files of the same bytes under any names. A
 * run in which a byte was changed cannot be checked more closely.
 *
 * @param mayRepeat There may be more rows.
 */
export function holdsAsMuch(one: FolderContent, other: FolderContent, mayRepeat: boolean): boolean {
  const rowsFit = rowFiles.every((file) => {
    const [have, want] = [rowsIn(one, file), rowsIn(other, file)];
    return mayRepeat ? have >= want : have === want;
  });
  return rowsFit && uploadsIn(one).join() === uploadsIn(other).join();
}

const rowFiles = (['entities', 'links', 'configuration'] as const).map((stage) => lineFile(stage, 1));

function rowsIn(folder: FolderContent, file: string): number {
  const bytes = folder?.get(file);
  return bytes === undefined ? 0 : linesOf(bytes).length;
}

/** The digests of the files, sorted. */
function uploadsIn(folder: FolderContent): readonly string[] {
  return digestsOf(folder)
    .flatMap(([path, sha256]) => (path.startsWith(`${uploadsFolder}/`) ? [sha256] : []))
    .sort();
}

/** A description for people. */
export function describeFolder(folder: FolderContent): string {
  return folder === null ? 'nothing' : JSON.stringify(Object.fromEntries(digestsOf(folder)));
}

function digestsOf(folder: FolderContent): readonly (readonly [path: string, sha256: string])[] {
  return [...(folder ?? [])].map(([path, bytes]) => [path, createHash('sha256').update(bytes).digest('hex')]);
}
