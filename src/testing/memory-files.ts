import type { FileInfo, FileSystem, FileWriter } from '../ports/files.js';
import {
  type Directory,
  type Disk,
  type File,
  fileAt,
  find,
  loseWhatWasNotFlushed,
  parentOf,
  partsOf,
  setEntry,
  systemError,
} from './memory-disk.js';

/** The size of the disk and of its chunks. */
export interface MemoryFilesOptions {
  /** Bytes of content that fit on the disk; beyond that ENOSPC. @default unlimited */
  readonly capacity?: number | undefined;
  /** Bytes of a chunk that is read. @default 262144 */
  readonly chunkSize?: number | undefined;
  /** The clock of the disk, in milliseconds. @default one that stands still */
  readonly now?: (() => number) | undefined;
}

/** A file system in memory that can be killed at any operation. */
export interface MemoryFiles extends FileSystem {
  /** Operations that were called so far; a recursive removal is one for each file. */
  operations(): number;
  /** Bytes of content on the disk. */
  used(): number;
  /** Operations after the next `count` reject with EIO, for ever, as for a killed process. */
  failAfter(count: number): void;
  /** The operation after the next `count` rejects with `code`; those after it work again. @default 'EIO' */
  failOnce(count: number, code?: string): void;
  /**
   * The disk as the next process finds it: all of it after a `kill`, and after a `powerCut` what was flushed, as on a
   * journaling file system: names as at the last flush of anything, and of each file its flushed chunks.
   */
  reopen(after: 'kill' | 'powerCut'): MemoryFiles;
}

/** An empty disk, with the root directory alone. */
export function createMemoryFiles(options: MemoryFilesOptions = {}): MemoryFiles {
  return mount({
    root: { kind: 'directory', id: '1', entries: new Map() },
    capacity: options.capacity ?? Number.POSITIVE_INFINITY,
    chunkSize: options.chunkSize ?? 256 * 1024,
    now: options.now ?? (() => 0),
    used: 0,
    lastId: 1,
    undo: [],
  });
}

function mount(disk: Disk): MemoryFiles {
  let operations = 0;
  let killedAt = Number.POSITIVE_INFINITY;
  let failing: { readonly at: number; readonly code: string } | undefined;

  /** Every operation begins here; it fails if the test wants it to. */
  async function begin(path: string): Promise<void> {
    operations += 1;
    if (operations > killedAt) throw systemError('EIO', path);
    if (failing !== undefined && operations === failing.at) throw systemError(failing.code, path);
  }

  const newId = () => String(++disk.lastId);

  function truncate(path: string, exclusive: boolean): File {
    const { parent, name } = parentOf(disk, path);
    const there = parent.entries.get(name);
    if (there?.kind === 'directory') throw systemError('EISDIR', path);
    if (there !== undefined && exclusive) throw systemError('EEXIST', path);
    if (there !== undefined) {
      disk.used -= there.size;
      Object.assign(there, { chunks: [], size: 0, flushed: 0, changed: disk.now() });
      return there;
    }
    const file: File = { kind: 'file', id: newId(), chunks: [], size: 0, flushed: 0, changed: disk.now() };
    setEntry(disk, parent, name, file);
    return file;
  }

  function append(file: File, path: string, content: Uint8Array | string): void {
    // A copy: the caller may use its buffer again.
    const bytes = typeof content === 'string' ? new TextEncoder().encode(content) : new Uint8Array(content);
    if (disk.used + bytes.length > disk.capacity) throw systemError('ENOSPC', path);
    disk.used += bytes.length;
    file.size += bytes.length;
    file.changed = disk.now();
    file.chunks.push(bytes);
  }

  /** A journal commits in order: a flush of anything makes every earlier change of names durable. */
  function flush(file?: File): void {
    disk.undo = [];
    if (file !== undefined) file.flushed = file.chunks.length;
  }

  async function create(path: string, options?: { readonly exclusive?: boolean }): Promise<FileWriter> {
    await begin(path);
    const file = truncate(path, options?.exclusive ?? false);
    return {
      async write(chunk) {
        await begin(path);
        append(file, path, chunk);
      },
      async close() {
        await begin(path);
        flush(file);
      },
      async abort() {},
    };
  }

  async function remove(path: string): Promise<void> {
    await begin(path);
    const node = find(disk, path);
    if (node === undefined) return;
    if (node.kind === 'directory')
      for (const name of [...node.entries.keys()]) await remove(`${path}/${name}`);
    const { parent, name } = parentOf(disk, path);
    if (node.kind === 'file') disk.used -= node.size;
    setEntry(disk, parent, name, undefined);
  }

  const info = (node: File | Directory): FileInfo =>
    node.kind === 'file'
      ? { kind: 'file', size: node.size, id: node.id, changed: node.changed }
      : { kind: 'directory', size: 0, id: node.id, changed: 0 };

  async function stat(path: string): Promise<FileInfo | undefined> {
    await begin(path);
    const node = find(disk, path);
    return node === undefined ? undefined : info(node);
  }

  return {
    // As on a system with users, which all but Windows are.
    user: 1000,
    operations: () => operations,
    used: () => disk.used,
    failAfter(count) {
      killedAt = operations + count;
    },
    failOnce(count, code = 'EIO') {
      failing = { at: operations + count + 1, code };
    },
    reopen(after) {
      killedAt = 0;
      if (after === 'powerCut') loseWhatWasNotFlushed(disk);
      return mount(disk);
    },

    stat,
    look: stat,
    async list(path) {
      await begin(path);
      const node = find(disk, path);
      if (node?.kind === 'file') throw systemError('ENOTDIR', path);
      return node === undefined ? undefined : [...node.entries.keys()];
    },
    async read(path) {
      await begin(path);
      return joined(fileAt(disk, path));
    },
    async *stream(path, options) {
      await begin(path);
      for (const chunk of fileAt(disk, path).chunks.slice()) {
        for (let at = 0; at < chunk.length; at += disk.chunkSize) {
          await begin(path);
          const part = chunk.slice(at, at + disk.chunkSize);
          yield part;
          // Spoils the chunk, to expose a reader that keeps it despite `reuse`.
          if (options?.reuse === true) part.fill(0xee);
        }
      }
    },
    async openFile(path) {
      await begin(path);
      const { chunks, size } = fileAt(disk, path);
      const kept = chunks.slice();
      let open = true;
      return {
        size,
        async *stream(from, to) {
          for (const part of partsBetween(kept, from, to, disk.chunkSize)) {
            await begin(path);
            if (!open) throw systemError('EBADF', path);
            yield part;
          }
        },
        async close() {
          open = false;
        },
      };
    },
    create,
    async write(path, content, options) {
      await begin(path);
      const file = truncate(path, options?.exclusive ?? false);
      // A kill may come between the name and the content.
      await begin(path);
      append(file, path, content);
      await begin(path);
      flush(file);
    },
    async touch(path) {
      await begin(path);
      fileAt(disk, path).changed = disk.now();
    },
    async makeDirectory(path) {
      await begin(path);
      let at = disk.root;
      for (const part of partsOf(path)) {
        const next = at.entries.get(part) ?? { kind: 'directory', id: newId(), entries: new Map() };
        if (next.kind === 'file') throw systemError('EEXIST', path);
        if (!at.entries.has(part)) setEntry(disk, at, part, next);
        at = next;
      }
    },
    async rename(from, to) {
      await begin(from);
      const source = parentOf(disk, from);
      const target = parentOf(disk, to);
      const node = source.parent.entries.get(source.name);
      if (node === undefined) throw systemError('ENOENT', from);
      const there = target.parent.entries.get(target.name);
      if (there?.kind === 'directory' && there.entries.size > 0) throw systemError('ENOTEMPTY', to);
      setEntry(disk, source.parent, source.name, undefined);
      setEntry(disk, target.parent, target.name, node);
    },
    remove,
    async removeEmptyDirectory(path) {
      await begin(path);
      const node = find(disk, path);
      if (node?.kind !== 'directory' || node.entries.size > 0) return;
      const { parent, name } = parentOf(disk, path);
      setEntry(disk, parent, name, undefined);
    },
    async realPath(path) {
      await begin(path);
      return path;
    },
    unmovable: async () => undefined,
    async syncDirectory(path) {
      await begin(path);
      if (find(disk, path)?.kind !== 'directory') throw systemError('ENOENT', path);
      flush();
    },
  };
}

/** Hashes at once: a Blob would be read on another thread, and runs of one seed would differ. */
function joined({ chunks, size }: File): Uint8Array {
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function* partsBetween(chunks: readonly Uint8Array[], from: number, to: number, longest: number) {
  let start = 0;
  for (const chunk of chunks) {
    const end = Math.min(to - start, chunk.length);
    for (let at = Math.max(from - start, 0); at < end; at += longest)
      yield chunk.slice(at, Math.min(at + longest, end));
    start += chunk.length;
  }
}
