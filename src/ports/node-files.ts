import {
  type FileHandle,
  mkdir,
  open,
  readdir,
  readFile,
  realpath,
  rename,
  rm,
  rmdir,
  stat,
} from 'node:fs/promises';
import type { FileReader, FileSystem, FileWriter, ReadOptions } from './files.js';

function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && codes.includes((error as NodeJS.ErrnoException).code ?? '');
}

/** `undefined` instead of the error that says that nothing stands there. */
async function whereItExists<T>(found: Promise<T>): Promise<T | undefined> {
  try {
    return await found;
  } catch (error) {
    if (hasCode(error, 'ENOENT', 'ENOTDIR')) return undefined;
    throw error;
  }
}

/** One write may take less than it is given (a disk that is getting full), and says so. */
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
      // Where it fails it is asked for again, above, or nobody wants it any more.
      next.catch(() => undefined);
      yield value;
    }
  } finally {
    await chunks.return(undefined);
  }
}

async function fileReader(handle: FileHandle): Promise<FileReader> {
  const { size } = await handle.stat();
  return {
    size,
    stream: (from, to) => readAhead(chunksOf(handle, from, Math.min(to, size))),
    close: () => handle.close(),
  };
}

/** The real disk. Durable: a file that was closed and a directory that was synced survive a power cut. */
export const nodeFiles: FileSystem = {
  async stat(path) {
    const found = await whereItExists(stat(path, { bigint: true }));
    if (found === undefined) return undefined;
    const kind = found.isFile() ? 'file' : found.isDirectory() ? 'directory' : 'other';
    return { kind, size: Number(found.size), id: String(found.ino) };
  },

  list: (path) => whereItExists(readdir(path)),

  read: (path) => readFile(path),

  async *stream(path, options) {
    const handle = await open(path, 'r');
    try {
      yield* chunksOf(handle, 0, (await handle.stat()).size, options);
    } finally {
      await handle.close();
    }
  },

  openFile: async (path) => fileReader(await open(path, 'r')),

  create: async (path) => fileWriter(await open(path, 'w')),

  async write(path, content, options) {
    const handle = await open(path, options?.exclusive ? 'wx' : 'w', options?.mode);
    try {
      await writeWhole(handle, asBytes(content));
    } catch (error) {
      await handle.close();
      throw error;
    }
    await flushAndClose(handle);
  },

  async makeDirectory(path) {
    await mkdir(path, { recursive: true });
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

  realPath: async (path) => (await whereItExists(realpath(path))) ?? path,

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
