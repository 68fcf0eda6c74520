import type { BigIntStats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  readlink,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
  utimes,
} from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { FileInfo, FileReader, FileSystem, FileWriter, MakeOptions, ReadOptions } from './files.js';
import { giveDirectory, giveFile } from './node-access.js';
import { hasCode, openPlainFile, type PlainFile, whereItExists } from './node-plain-file.js';
import { unmovable } from './node-unmovable.js';

/** What the file system makes is its owner's alone, unless something else is asked for. */
const privateFile = 0o600;
const privateDirectory = 0o700;

/** Answers whether the directory itself was made. */
async function makeOneByOne(path: string, mode: number): Promise<boolean> {
  const parent = dirname(path);
  if (parent !== path && (await whereItExists(stat(parent))) === undefined) await makeOneByOne(parent, mode);
  try {
    await mkdir(path, mode);
    return true;
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error;
    return false;
  }
}

async function makeWithParents(path: string, mode: number): Promise<boolean> {
  try {
    // With `recursive` it answers the first directory that it made, which exists already where nothing had to be made.
    return (await mkdir(path, { recursive: true, mode })) !== undefined;
  } catch (error) {
    // Node 20 also says ENOENT of a disk that is full or read-only, and ENOTDIR of a directory that another process
    // removes at this moment. Made one by one, each directory gives the system's own reason.
    if (!hasCode(error, 'ENOENT', 'ENOTDIR')) throw error;
    return makeOneByOne(path, mode);
  }
}

async function make(path: string, options: MakeOptions & { readonly exclusive?: boolean } = {}) {
  const { exclusive = false, mode = privateFile, like } = options;
  const handle = await open(path, exclusive ? 'wx' : 'w', mode);
  try {
    if (like !== undefined) await giveFile(handle, like);
    return handle;
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function infoOf(found: BigIntStats): FileInfo {
  const kind = found.isFile()
    ? 'file'
    : found.isDirectory()
      ? 'directory'
      : found.isSymbolicLink()
        ? 'link'
        : 'other';
  const access = { mode: Number(found.mode) & 0o7777, owner: Number(found.uid), group: Number(found.gid) };
  return {
    kind,
    size: Number(found.size),
    id: String(found.ino),
    changed: Number(found.ctimeMs),
    ...(process.platform === 'win32' ? {} : { access }),
  };
}

/** Writes all bytes: the system may write fewer than it is given when the disk is nearly full. */
async function writeWhole(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    const { bytesWritten } = await handle.write(bytes, done, bytes.length - done);
    done += bytesWritten;
  }
}

function asBytes(content: Uint8Array | string): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : content;
}

/** `datasync` flushes the bytes and the length; that is all a reader needs of a file. */
async function flushAndClose(handle: FileHandle): Promise<void> {
  try {
    await handle.datasync();
  } finally {
    await handle.close();
  }
}

function fileWriter(handle: FileHandle): FileWriter {
  return {
    // Handed to the system before it resolves: nothing is buffered here, so the caller's pace is the disk's.
    write: (chunk) => writeWhole(handle, asBytes(chunk)),
    close: () => flushAndClose(handle),
    abort: () => handle.close().catch(() => undefined),
  };
}

async function* chunksOf(
  handle: FileHandle,
  from: number,
  to: number,
  { chunkSize = 256 * 1024, reuse = false }: ReadOptions = {},
): AsyncGenerator<Uint8Array> {
  // No longer than what is left, since files are often small. Not from the pool, where one kept slice would hold
  // 8 KiB of others.
  const fresh = (at: number) => Buffer.allocUnsafeSlow(Math.min(chunkSize, to - at));
  let buffer: Buffer | undefined;
  for (let at = from; at < to; ) {
    // Otherwise the consumer may keep it.
    if (!reuse) buffer = undefined;
    buffer ??= fresh(at);
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    if (bytesRead === 0) return;
    at += bytesRead;
    yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
  }
}

/** The disk reads the next chunk while the consumer works on this one. */
async function* readAhead(chunks: AsyncGenerator<Uint8Array>): AsyncGenerator<Uint8Array> {
  let next = chunks.next();
  try {
    for (;;) {
      const { done, value } = await next;
      if (done === true) return;
      next = chunks.next();
      // A failure is thrown by the `await` above, unless the consumer has stopped; then it does not matter.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await chunks.return(undefined);
  }
}

function fileReader({ handle, size }: PlainFile): FileReader {
  return {
    size,
    stream: (from, to) => readAhead(chunksOf(handle, from, Math.min(to, size))),
    close: () => handle.close(),
  };
}

/** The real path where nothing stands yet: resolves the part that exists, and a link to nothing. */
async function realPath(path: string): Promise<string> {
  const found = await whereItExists(realpath(path));
  const parent = dirname(path);
  if (found !== undefined || parent === path) return found ?? path;
  const folder = await realPath(parent);
  const target = await readlink(path).catch(() => undefined);
  return target === undefined ? join(folder, basename(path)) : realPath(resolve(folder, target));
}

/** The real disk. Durable: a file that was closed and a directory that was synced survive a power cut. */
export const nodeFiles: FileSystem = {
  get user() {
    return process.geteuid?.();
  },

  async stat(path) {
    const found = await whereItExists(stat(path, { bigint: true }));
    return found === undefined ? undefined : infoOf(found);
  },

  async look(path) {
    const found = await whereItExists(lstat(path, { bigint: true }));
    return found === undefined ? undefined : infoOf(found);
  },

  list: (path) => whereItExists(readdir(path)),

  async read(path, options) {
    const { handle } = await openPlainFile(path, options);
    try {
      return await handle.readFile();
    } finally {
      await handle.close();
    }
  },

  async *stream(path, options) {
    const { handle, size } = await openPlainFile(path, options);
    try {
      yield* chunksOf(handle, 0, size, options);
    } finally {
      await handle.close();
    }
  },

  openFile: async (path) => fileReader(await openPlainFile(path)),

  create: async (path, options) => fileWriter(await make(path, options)),

  async write(path, content, options) {
    const handle = await make(path, options);
    try {
      await writeWhole(handle, asBytes(content));
    } catch (error) {
      await handle.close();
      throw error;
    }
    await flushAndClose(handle);
  },

  async touch(path) {
    const now = new Date();
    // These times are by this machine's clock; `changed` is set by the disk's.
    await utimes(path, now, now);
  },

  async makeDirectory(path, { mode = privateDirectory, like } = {}) {
    if ((await makeWithParents(path, mode)) && like !== undefined) await giveDirectory(path, like);
  },

  rename,

  remove: (path) => rm(path, { recursive: true, force: true }),

  async removeEmptyDirectory(path) {
    try {
      await rmdir(path);
    } catch (error) {
      if (!hasCode(error, 'ENOENT', 'ENOTEMPTY', 'EEXIST')) throw error;
    }
  },

  realPath,

  unmovable,

  async syncDirectory(path) {
    // Windows opens no directories; its file systems journal renames by themselves.
    if (process.platform === 'win32') return;
    const handle = await open(path, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  },
};
