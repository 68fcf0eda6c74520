import { resolve } from 'node:path';
import type { FileSystem } from '../ports/files.js';

/** Everything with a scheme is meant as a URL; a folder or an archive is the rest. A drive of Windows is no scheme. */
export const isServer = (end: string) => /^[a-z][a-z0-9+.-]*:/i.test(end) && !/^[a-z]:[\\/]/i.test(end);

const looksLikeArchive = /\.tar(\.gz)?(\.enc|\.age)?$/;

/** By its name: `.enc` is Strapi's cipher, `.age` is age's. */
export const isEncrypted = (end: string) => !isServer(end) && /\.(enc|age)$/.test(end);

/** Whether something stands at a path that a transfer can replace: a folder that is not empty, or an archive. */
export async function isTaken(path: string, files: Pick<FileSystem, 'stat' | 'list'>): Promise<boolean> {
  const found = await files.stat(resolve(path));
  if (found?.kind === 'directory') return ((await files.list(resolve(path))) ?? []).length > 0;
  return found !== undefined && looksLikeArchive.test(path);
}
