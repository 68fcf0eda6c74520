import { join } from 'node:path';
import type { FileInfo, FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';

/** A folder from a stranger could hold a link to a file of its reader's: no link is followed. Throws UNSAFE_FILE. */
export async function lookPlain(
  files: FileSystem,
  root: string,
  path: string,
): Promise<FileInfo | undefined> {
  let at = root;
  let info: FileInfo | undefined;
  for (const part of path.split('/')) {
    if (info?.kind === 'file') return undefined;
    at = join(at, part);
    info = await files.look(at);
    if (info === undefined) return undefined;
    if (info.kind === 'link') throw new TransferError('UNSAFE_FILE', { file: at, what: 'a symbolic link' });
  }
  return info;
}

export async function listPlain(
  files: FileSystem,
  root: string,
  folder: string,
): Promise<readonly string[] | undefined> {
  return (await lookPlain(files, root, folder)) === undefined ? undefined : files.list(join(root, folder));
}
