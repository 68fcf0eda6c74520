import { join, posix } from 'node:path';
import type { Access, FileSystem } from '../../ports/files.js';
import { metadataFile } from '../export/layout.js';

/** Undefined where nothing is replaced: that is made private. Paths are relative to the folder, which is `.`. */
export interface ReplacedAccess {
  directory(path: string): Promise<Access | undefined>;
  file(path: string): Promise<Access | undefined>;
}

export async function accessReplacedAt(files: FileSystem, folder: string): Promise<ReplacedAccess> {
  const accessOf = async (path: string, kind: 'file' | 'directory') => {
    const info = await files.look(join(folder, path));
    return info?.kind === kind ? info.access : undefined;
  };
  const root = await accessOf('.', 'directory');
  if (root === undefined) return { directory: async () => undefined, file: async () => undefined };
  const metadata = await accessOf(metadataFile, 'file');
  const directories = new Map<string, Promise<Access | undefined>>();

  function directory(path: string): Promise<Access | undefined> {
    const known = directories.get(path) ?? accessOf(path, 'directory').then((access) => access ?? root);
    directories.set(path, known);
    return known;
  }

  return {
    directory,
    async file(path) {
      const replaced = await accessOf(path, 'file');
      if (replaced !== undefined) return replaced;
      // A new name gets only the access that both its folder and metadata.json had.
      const around = (await directory(posix.dirname(path))) ?? root;
      return { ...around, mode: around.mode & (metadata?.mode ?? 0o666) & 0o666 };
    },
  };
}
