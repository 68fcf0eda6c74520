import type { Clock } from '../../src/ports/clock.js';
import type { FileSystem } from '../../src/ports/files.js';
import type { Random } from '../../src/ports/random.js';

/** A disk whose operations take up to 3 ms of simulated time, so that those of several processes come between each other. */
export function slowFiles(disk: FileSystem, clock: Clock, random: Random): FileSystem {
  const slowly = async <T>(operate: () => Promise<T>): Promise<T> => {
    await pass(clock, Math.floor(random() * 4));
    return operate();
  };
  return {
    ...disk,
    stat: (path) => slowly(() => disk.stat(path)),
    list: (path) => slowly(() => disk.list(path)),
    read: (path, options) => slowly(() => disk.read(path, options)),
    openFile: (path) => slowly(() => disk.openFile(path)),
    write: (path, content, options) => slowly(() => disk.write(path, content, options)),
    rename: (from, to) => slowly(() => disk.rename(from, to)),
    remove: (path) => slowly(() => disk.remove(path)),
  };
}

/**
 * A disk on which a commit is not atomic: a folder is not renamed to `path`, but its files one after another, and no marker
 * says that they are on their way.
 */
export function filesThatMoveOneByOne(disk: FileSystem, path: string, clock: Clock): FileSystem {
  async function move(from: string, to: string): Promise<void> {
    if ((await disk.stat(from))?.kind !== 'directory') {
      await pass(clock, 5);
      return disk.rename(from, to);
    }
    await disk.makeDirectory(to);
    for (const name of [...((await disk.list(from)) ?? [])].sort())
      await move(`${from}/${name}`, `${to}/${name}`);
    await disk.remove(from);
  }
  return {
    ...disk,
    async rename(from, to) {
      if (to.endsWith('/commit.json')) return disk.remove(from);
      return to === path ? move(from, to) : disk.rename(from, to);
    },
  };
}

const pass = (clock: Clock, ms: number) =>
  ms === 0 ? Promise.resolve() : new Promise<void>((resolve) => void clock.setTimeout(resolve, ms));
