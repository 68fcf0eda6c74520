import { createHash } from 'node:crypto';
import type { FileSystem } from '../../ports/files.js';
import { lineFile, uploadsFolder } from '../../stores/export/layout.js';

/** One file of a folder. */
interface FileDigest {
  readonly sha256: string;
  /** Of its rows, in whatever order they stand; the same as `sha256` where it is none of rows. */
  readonly unordered: string;
  /** Of a file of rows. */
  readonly lines: number;
}

/** A folder by its files' paths; null where it does not exist. */
export type FolderDigest = Readonly<Record<string, FileDigest>> | null;

/** What a folder holds. */
export async function digestOfFolder(files: FileSystem, path: string): Promise<FolderDigest> {
  if ((await files.stat(path)) === undefined) return null;
  const digests: Record<string, FileDigest> = {};

  async function visit(folder: string, prefix: string): Promise<void> {
    for (const name of [...((await files.list(folder)) ?? [])].sort()) {
      const full = `${folder}/${name}`;
      const short = `${prefix}${name}`;
      if ((await files.stat(full))?.kind === 'directory') await visit(full, `${short}/`);
      else digests[short] = digestOfFile(name, await files.read(full));
    }
  }
  await visit(path, '');
  return digests;
}

function digestOfFile(name: string, bytes: Uint8Array): FileDigest {
  const sha256 = createHash('sha256').update(bytes).digest('hex');
  if (!name.endsWith('.jsonl')) return { sha256, unordered: sha256, lines: 0 };
  const lines = new TextDecoder().decode(bytes).split('\n').sort();
  const unordered = createHash('sha256').update(lines.join('\n')).digest('hex');
  return { sha256, unordered, lines: lines.length };
}

/** @param inAnyOrder Rows may stand in another order: batches that are sent again come later. */
export function isSameFolder(one: FolderDigest, other: FolderDigest, inAnyOrder: boolean): boolean {
  const by = inAnyOrder ? 'unordered' : 'sha256';
  const textOf = (folder: FolderDigest) =>
    folder === null ? '' : JSON.stringify(Object.entries(folder).map(([path, file]) => [path, file[by]]));
  return textOf(one) === textOf(other);
}

/**
 * Whether a folder holds as much as another: as many rows of each stage, and the same bytes in its files, whatever they are
 * called. So much is known where a byte was changed on its way.
 *
 * @param mayRepeat There may be more rows.
 */
export function holdsAsMuch(one: FolderDigest, other: FolderDigest, mayRepeat: boolean): boolean {
  const [mine, theirs] = [countsOf(one), countsOf(other)];
  const rowsFit = rowFiles.every((file) => {
    const [have, want] = [mine.rows[file] ?? 0, theirs.rows[file] ?? 0];
    return mayRepeat ? have >= want : have === want;
  });
  return rowsFit && mine.files.join() === theirs.files.join();
}

const rowFiles = (['entities', 'links', 'configuration'] as const).map((stage) => lineFile(stage, 1));

function countsOf(folder: FolderDigest) {
  const entries = Object.entries(folder ?? {});
  return {
    rows: Object.fromEntries(entries.map(([path, { lines }]) => [path, lines])),
    files: entries
      .flatMap(([path, { sha256 }]) => (path.startsWith(`${uploadsFolder}/`) ? [sha256] : []))
      .sort(),
  };
}
