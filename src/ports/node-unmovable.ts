import type { Stats } from 'node:fs';
import { access, constants, readFile, realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Unmovable } from './files.js';
import { whereItExists } from './node-plain-file.js';

const sticky = 0o1000;

export async function unmovable(path: string): Promise<Unmovable | undefined> {
  const real = await whereItExists(realpath(path));
  if (real === undefined) return undefined;
  const [info, around] = [await stat(real), await stat(dirname(real))];
  if (await isMountPoint(real, info, around)) return 'mountPoint';
  return (await isForbidden(real, info, around)) ? 'forbidden' : undefined;
}

async function isMountPoint(real: string, info: Stats, around: Stats): Promise<boolean> {
  if (real === dirname(real)) return true;
  // Linux lists all mount points. Device numbers mislead: a bind mount has its parent's, a btrfs subvolume its own.
  const told = await readFile('/proc/self/mountinfo', 'utf8').catch(() => undefined);
  return told === undefined ? info.dev !== around.dev : mountPointsIn(told).has(real);
}

/** The mount points that /proc/self/mountinfo names: its fifth fields, where `\040` is a blank. */
export function mountPointsIn(mountinfo: string): ReadonlySet<string> {
  const written = mountinfo.split('\n').map((line) => line.split(' ')[4] ?? '');
  return new Set(
    written.map((point) =>
      point.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
    ),
  );
}

/** A directory that gets another parent is written to itself; in a sticky one only owners rename. */
async function isForbidden(real: string, info: Stats, around: Stats): Promise<boolean> {
  if (info.isDirectory() && !(await isWritable(real))) return true;
  const user = process.geteuid?.();
  const owners: readonly (number | undefined)[] = [0, info.uid, around.uid];
  return (around.mode & sticky) !== 0 && user !== undefined && !owners.includes(user);
}

const isWritable = (path: string): Promise<boolean> =>
  access(path, constants.W_OK).then(
    () => true,
    () => false,
  );
