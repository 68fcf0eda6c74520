import { resolve } from 'node:path';
import type { FileSystem } from '../ports/files.js';

/**
 * The warning for a served folder that is a volume's mount point: its tokens lie beside it, and are gone with the
 * container. Null where they lie in the same volume, or in one of their own.
 */
export async function tokensOutside(
  folder: string,
  files: Pick<FileSystem, 'realPath' | 'unmovable'>,
): Promise<string | null> {
  const path = await files.realPath(resolve(folder));
  const beside = `${path}.ferry`;
  if ((await files.unmovable(path)) !== 'mountPoint') return null;
  if ((await files.unmovable(beside)) === 'mountPoint') return null;
  return `A volume is mounted at ${path}, and its tokens lie outside of it, in ${beside}: in a container they are gone with it. Serve a folder inside of the volume, such as ${path}/content, or mount a volume at ${beside} as well.`;
}
