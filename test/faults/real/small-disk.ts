import { execFileSync, spawn } from 'node:child_process';
import { appendFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** A disk that can be filled. */
export interface SmallDisk {
  fill(): void;
  /** There is room again. */
  empty(): void;
  unmount(): void;
}

const marker = 'FERRY_OWN_MOUNTS';

/** Whether this process may mount disks. */
export const mayMount = () => process.env[marker] !== undefined;

/**
 * Runs this very command again where it may mount disks, which nobody outside sees, and gives its exit code; null where
 * the system has no such thing.
 */
export async function runWithMounts(): Promise<number | null> {
  try {
    execFileSync('unshare', ['-rm', 'mount', '-t', 'tmpfs', 'tmpfs', '/mnt'], { stdio: 'ignore' });
  } catch {
    return null;
  }
  const command = [process.execPath, ...process.execArgv, ...process.argv.slice(1)];
  const again = spawn('unshare', ['-rm', ...command], {
    stdio: 'inherit',
    env: { ...process.env, [marker]: '1' },
  });
  return new Promise((resolve, reject) => {
    again.once('error', reject);
    again.once('exit', (code) => resolve(code ?? 1));
  });
}

/** Mounts a small disk at a folder. */
export function mountSmallDisk(path: string): SmallDisk {
  execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', path]);
  const filler = join(path, 'filler');
  const fillBy = (size: number) => {
    for (;;) appendFileSync(filler, Buffer.alloc(size));
  };
  return {
    fill() {
      for (const size of [1024 * 1024, 4096]) {
        try {
          fillBy(size);
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
        }
      }
    },
    empty: () => rmSync(filler, { force: true }),
    unmount: () => void execFileSync('umount', ['--lazy', path]),
  };
}
