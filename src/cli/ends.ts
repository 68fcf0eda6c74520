import { resolve } from 'node:path';
import type { FileSystem } from '../ports/files.js';
import { isServerUrl } from '../protocol/admin-url.js';
import { archiveFormatOf, cipherOf } from '../stores/archive/format.js';

/** Whether a path names an archive that has a password. */
export function isEncrypted(end: string): boolean {
  const format = isServerUrl(end) ? undefined : archiveFormatOf(end);
  return format !== undefined && cipherOf(format) !== undefined;
}

/** Whether something stands at a path that a transfer can replace: a folder that is not empty, or an archive. */
export async function isTaken(path: string, files: Pick<FileSystem, 'stat' | 'list'>): Promise<boolean> {
  const found = await files.stat(resolve(path));
  if (found?.kind === 'directory') return ((await files.list(resolve(path))) ?? []).length > 0;
  return found !== undefined && archiveFormatOf(path) !== undefined;
}
