/** Who may do what with a file or a directory. */
export interface Access {
  /** Permission bits, as of chmod(2). */
  readonly mode: number;
  /** Id of the user that it belongs to. */
  readonly owner: number;
  /** Id of the group that it belongs to. */
  readonly group: number;
}

/** What stands at a path. */
export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'link' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Names this file or directory wherever it is renamed to, among all that exist on its disk at one time: its inode. */
  readonly id: string;
  /** When its content, its name or its access was last changed. Milliseconds, by the clock of its disk. */
  readonly changed: number;
  /** Undefined where the system knows no users (Windows). */
  readonly access?: Access;
}

/**
 * How something is made. Without `mode` and `like` it is its owner's alone: 0600, and 0700 for a directory. Exports
 * hold people's data.
 */
export interface MakeOptions {
  /** Permission bits; the system takes the umask's away. */
  readonly mode?: number | undefined;
  /** Gives it this access, as far as the system permits. A group that it cannot be given to gets no rights. */
  readonly like?: Access | undefined;
}

/** A file being written. Every method rejects with the system's error (`code` ENOSPC, EACCES, …). */
export interface FileWriter {
  /** Resolves when more may be written: this is the back-pressure. */
  write(chunk: Uint8Array | string): Promise<void>;
  /** Flushes to the disk and closes. */
  close(): Promise<void>;
  /** Closes without flushing; what was written is to be thrown away. Never rejects. */
  abort(): Promise<void>;
}

/** Where a file has to lie. */
export interface Confined {
  /**
   * A directory. The file has to lie below it by its names alone: a link at the end of its path, or on the way from
   * this directory, rejects with EFTYPE.
   */
  readonly inside?: string | undefined;
}

/** How a file is read. */
export interface ReadOptions extends Confined {
  /** Bytes of a chunk, at most. @default 262144 */
  readonly chunkSize?: number | undefined;
  /** The reader keeps no chunk once it asks for the next: they may share one memory. @default false */
  readonly reuse?: boolean | undefined;
}

/** An open file: it stays the same file if another is put in its place. */
export interface FileReader {
  /** Bytes when it was opened. */
  readonly size: number;
  /** The bytes from `from` up to `to`, or to where the file ends. In chunks as of `FileSystem.stream`; several may run at once. */
  stream(from: number, to: number): AsyncIterable<Uint8Array>;
  /** What still streams rejects. */
  close(): Promise<void>;
}

/** Why a path cannot be renamed: a volume is mounted there, or this user may not. */
export type Unmovable = 'mountPoint' | 'forbidden';

/**
 * The file system that stores work on. Paths are absolute. Errors are the system's, with its `code`; `stat` and
 * `list` of what does not exist give undefined. `read`, `stream` and `openFile` reject with EFTYPE at once for what is
 * no plain file: a pipe or a device could keep its reader waiting for ever.
 */
export interface FileSystem {
  /** Id of the user whose rights it works with. Undefined where the system knows no users (Windows). */
  readonly user?: number | undefined;
  /** Follows symbolic links. Undefined where nothing stands. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** As `stat`, but of a symbolic link itself. */
  look(path: string): Promise<FileInfo | undefined>;
  /** The names in a directory, in no order. Undefined where it does not exist. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** A whole file. */
  read(path: string, options?: Confined): Promise<Uint8Array>;
  /** Stopping the iteration closes the file. */
  stream(path: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  /** The file that stands there now, for as long as it is open. */
  openFile(path: string): Promise<FileReader>;
  /** Creates or truncates; what is truncated keeps its access. `exclusive` rejects with EEXIST where it exists. */
  create(path: string, options?: MakeOptions & { readonly exclusive?: boolean }): Promise<FileWriter>;
  /** Writes a small file whole and flushes it. Otherwise as `create`. */
  write(
    path: string,
    content: string,
    options?: MakeOptions & { readonly exclusive?: boolean },
  ): Promise<void>;
  /** Sets `changed` of a file to the current time of its disk's clock. ENOENT where the file does not exist. */
  touch(path: string): Promise<void>;
  /** With its parents, which get `mode` too; no error where it exists, which then keeps its access. */
  makeDirectory(path: string, options?: MakeOptions): Promise<void>;
  /** In one step; replaces a file that stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all it holds; no error where it does not exist. */
  remove(path: string): Promise<void>;
  /** Removes a directory if it is empty; no error where it is not, or does not exist. */
  removeEmptyDirectory(path: string): Promise<void>;
  /** The path without symbolic links. Where nothing stands: where it would, a link to nothing followed. */
  realPath(path: string): Promise<string>;
  /** Why what stands there cannot be renamed, as far as it can be told before. Undefined too where nothing stands. */
  unmovable(path: string): Promise<Unmovable | undefined>;
  /** Makes a rename or a new name in this directory durable. */
  syncDirectory(path: string): Promise<void>;
}
