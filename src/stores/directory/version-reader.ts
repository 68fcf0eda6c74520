import { join } from 'node:path';
import type { FileInfo, FileSystem, ReadOptions } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import { unsafeFileError } from '../store-error.js';
import { listPlain, lookPlain } from './plain-folder.js';

/** Finds the files even if a commit moves the version. A link below it, and what is no plain file, is UNSAFE_FILE. */
export interface VersionReader {
  /** Runs `work` on the directory of the version, and runs it again if the version was moved while it ran. */
  within<T>(work: (root: string) => Promise<T>): Promise<T>;
  stat(path: string): Promise<FileInfo | undefined>;
  list(path: string): Promise<readonly string[] | undefined>;
  read(path: string): Promise<Uint8Array>;
  stream(path: string, options?: ReadOptions): AsyncGenerator<Uint8Array>;
  assertOpen(): void;
  /** Closes the files that are open; what is pending rejects with ABORTED. */
  close(): Promise<void>;
}

type Chunks = AsyncIterator<Uint8Array>;

/** How often a move is expected: a version is moved twice in its life, and back once. */
const attempts = 8;

export function createVersionReader(files: FileSystem, locate: () => Promise<string>): VersionReader {
  const open = new Set<Chunks>();
  let closed = false;
  let root: string | undefined;

  function assertOpen(): void {
    if (closed) throw new TransferError('ABORTED', { because: 'its source is closed' });
  }

  async function within<T>(
    work: (root: string) => Promise<T>,
    dispose?: (result: T) => Promise<unknown>,
  ): Promise<T> {
    for (let attempt = 1; ; attempt += 1) {
      assertOpen();
      root ??= await locate();
      const tried = root;
      try {
        const result = await work(tried);
        root = await locate();
        // A version leaves the folder before another comes in: if it still lies there, it was the one that was read.
        if (attempt === attempts || root === tried) return result;
        await dispose?.(result);
      } catch (error) {
        root = await locate();
        if (attempt === attempts || root === tried) throw error;
      }
    }
  }

  /** A file that is open stays the same file, so that only the opening has to be watched; the first chunk proves it. */
  async function opened(root: string, path: string, options?: ReadOptions) {
    const chunks: Chunks = files
      .stream(join(root, path), { ...options, inside: root })
      [Symbol.asyncIterator]();
    return { chunks, first: await chunks.next() };
  }

  /** Throws UNSAFE_FILE early, before a caller reports a file that cannot be read. */
  const plainly = <T>(work: Promise<T>): Promise<T> =>
    work.catch((error) => Promise.reject(unsafeFileError(error) ?? error));

  return {
    within,
    stat: (path) => within((root) => lookPlain(files, root, path)),
    list: (path) => within((root) => listPlain(files, root, path)),
    read: (path) => plainly(within((root) => files.read(join(root, path), { inside: root }))),
    async *stream(path, options) {
      const { chunks, first } = await plainly(
        within(
          (root) => opened(root, path, options),
          async (other) => other.chunks.return?.(),
        ),
      );
      open.add(chunks);
      try {
        for (let next = first; ; next = await chunks.next()) {
          assertOpen();
          if (next.done) return;
          yield next.value;
        }
      } finally {
        open.delete(chunks);
        await chunks.return?.();
      }
    },
    assertOpen,
    async close() {
      closed = true;
      await Promise.all([...open].map((chunks) => chunks.return?.()));
    },
  };
}
