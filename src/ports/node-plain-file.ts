import { constants, type Stats } from 'node:fs';
import { type FileHandle, lstat, open, readlink, realpath } from 'node:fs/promises';
import { relative } from 'node:path';
import type { Confined } from './files.js';

export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** `undefined` instead of the error that says that nothing stands there. */
export async function whereItExists<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** The code that BSD has for a file of the wrong type. */
function wrongType(path: string, what: string): Error {
  return Object.assign(new Error(what), { code: 'EFTYPE', path });
}

/** Windows has neither flag: there the looks below tell. */
const {
  O_RDONLY,
  O_NONBLOCK = 0,
  O_NOFOLLOW = 0,
} = constants as Partial<typeof constants> & {
  readonly O_RDONLY: number;
};

export interface PlainFile {
  readonly handle: FileHandle;
  /** Bytes when it was opened. */
  readonly size: number;
}

/** Opens what is a plain file, and nothing else, without waiting. Rejects with EFTYPE. */
export async function openPlainFile(path: string, { inside }: Confined = {}): Promise<PlainFile> {
  const flags = O_RDONLY | O_NONBLOCK | (inside === undefined ? 0 : O_NOFOLLOW);
  const handle = await open(path, flags).catch((error) => Promise.reject(plainError(path, inside, error)));
  try {
    const found = await handle.stat();
    if (!found.isFile()) throw notPlain(path, found);
    if (inside !== undefined && !(await isOpenAs(path, handle))) await assertInside(path, inside, found);
    return { handle, size: found.size };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function plainError(path: string, inside: string | undefined, error: unknown): unknown {
  // FreeBSD and NetBSD have codes of their own for O_NOFOLLOW.
  if (inside !== undefined && hasCode(error, 'ELOOP', 'EMLINK', 'EFTYPE'))
    return wrongType(path, 'a symbolic link');
  return hasCode(error, 'ENXIO', 'EOPNOTSUPP') ? wrongType(path, 'a socket or a device') : error;
}

function notPlain(path: string, found: Stats): Error {
  // As of reading any directory.
  if (found.isDirectory()) return Object.assign(new Error(`EISDIR: ${path}`), { code: 'EISDIR', path });
  return wrongType(path, found.isFIFO() ? 'a named pipe' : found.isSocket() ? 'a socket' : 'a device');
}

/** Linux says at once, and at no later moment than it was opened, where a file lies that is open. */
async function isOpenAs(path: string, { fd }: FileHandle): Promise<boolean> {
  if (process.platform !== 'linux') return false;
  return (await readlink(`/proc/self/fd/${fd}`).catch(() => '')) === path;
}

/** Once it is open, so that what is put in its place in between is found out. */
async function assertInside(path: string, inside: string, opened: Stats): Promise<void> {
  const real = await realpath(path);
  const names = namesBelow(inside, path);
  // The directory itself may have been reached by links: those are the user's own.
  const isInside = namesBelow(inside, real) === names || namesBelow(await realpath(inside), real) === names;
  const { ino, dev } = await lstat(real);
  if (!isInside || ino !== opened.ino || dev !== opened.dev) throw wrongType(path, 'behind a symbolic link');
}

/** As a file system compares them that folds letters. */
function namesBelow(inside: string, path: string): string {
  return relative(inside, path).normalize('NFC').toLowerCase();
}
