import { chmod, chown, type FileHandle, stat } from 'node:fs/promises';
import type { Access } from './files.js';

interface Given {
  readonly uid: number;
  readonly gid: number;
}

export async function giveFile(handle: FileHandle, like: Access): Promise<void> {
  const kept = await give(await handle.stat(), like, (owner, group) => handle.chown(owner, group));
  await handle.chmod(kept & 0o777);
}

export async function giveDirectory(path: string, like: Access): Promise<void> {
  const kept = await give(await stat(path), like, (owner, group) => chown(path, owner, group));
  // Its owner has to be able to fill it.
  await chmod(path, kept | 0o700);
}

/** Only root may give a file to another user; others may at least give it to a group of theirs. Answers the mode to set. */
async function give(
  { uid, gid }: Given,
  { owner, group, mode }: Access,
  change: (owner: number, group: number) => Promise<void>,
): Promise<number> {
  if (uid === owner && gid === group) return mode;
  const given = await change(owner, group)
    .catch(() => change(uid, group))
    .then(
      () => true,
      () => gid === group,
    );
  // In another group its rights would be other people's.
  return given ? mode : mode & ~0o2070;
}
