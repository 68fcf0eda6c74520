import { createHash } from 'node:crypto';
import type { FileSystem } from '../../ports/files.js';

/** One file of a folder. */
export interface FileDigest {
  readonly sha256: string;
  /** Of a file of rows. */
  readonly lines: number;
}

/** A folder by its files' paths; null where it does not exist. */
export type FolderDigest = Readonly<Record<string, FileDigest>> | null;

/** What a folder holds. The order of rows is no part of it: batches may overtake each other, and rows have ids. */
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
  const hash = createHash('sha256');
  if (!name.endsWith('.jsonl')) return { sha256: hash.update(bytes).digest('hex'), lines: 0 };
  const lines = new TextDecoder().decode(bytes).split('\n').sort();
  return { sha256: hash.update(lines.join('\n')).digest('hex'), lines: lines.length };
}

export function isSameFolder(one: FolderDigest, other: FolderDigest): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * What a byte that was changed on the way cannot have changed unnoticed: how many rows there are of each stage, and the
 * bytes of the files, whatever they are called now.
 */
export function countableOf(folder: FolderDigest): readonly string[] {
  return Object.entries(folder ?? {})
    .flatMap(([path, { sha256, lines }]) => {
      if (path.endsWith('.jsonl')) return [`${path} ${lines}`];
      return path.startsWith('assets/uploads/') ? [sha256] : [];
    })
    .sort();
}
