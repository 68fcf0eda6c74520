/** What stands at a path. */
export interface FileInfo {
  readonly kind: 'file' | 'directory' | 'other';
  /** Bytes. */
  readonly size: number;
  /** Names this file or directory wherever it is renamed to, among all that exist on its disk at one time: its inode. */
  readonly id: string;
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

export interface ReadOptions {
  /** Bytes of a chunk, at most. @default 262144 */
  readonly chunkSize?: number;
  /** The reader keeps no chunk once it asks for the next: they may share one memory. @default false */
  readonly reuse?: boolean;
}

/** A file that is open: the same file, whatever is put in its place meanwhile. */
export interface FileReader {
  /** Bytes when it was opened. */
  readonly size: number;
  /** The bytes from `from` up to `to`, or to where the file ends. In chunks as of `FileSystem.stream`; several may run at once. */
  stream(from: number, to: number): AsyncIterable<Uint8Array>;
  /** What still streams rejects. */
  close(): Promise<void>;
}

/**
 * The file system that stores work on. Paths are absolute. Errors are the system's, with its `code`; `stat` and
 * `list` of what does not exist give undefined.
 */
export interface FileSystem {
  /** Follows symbolic links. Undefined where nothing stands. */
  stat(path: string): Promise<FileInfo | undefined>;
  /** The names in a directory, in no order. Undefined where it does not exist. */
  list(path: string): Promise<readonly string[] | undefined>;
  /** A whole file. */
  read(path: string): Promise<Uint8Array>;
  /** Stopping the iteration closes the file. */
  stream(path: string, options?: ReadOptions): AsyncIterable<Uint8Array>;
  openFile(path: string): Promise<FileReader>;
  /** Creates or truncates. */
  create(path: string): Promise<FileWriter>;
  /**
   * Writes a small file whole and flushes it. `exclusive` rejects with EEXIST where it exists; `mode` is the
   * permissions of a file that is made by it.
   */
  write(
    path: string,
    content: string,
    options?: { readonly exclusive?: boolean; readonly mode?: number },
  ): Promise<void>;
  /** With its parents; no error where it exists. */
  makeDirectory(path: string): Promise<void>;
  /** In one step; replaces a file that stands at `to`. */
  rename(from: string, to: string): Promise<void>;
  /** Removes a file, or a directory with all it holds; no error where it does not exist. */
  remove(path: string): Promise<void>;
  /** Removes a directory if it is empty; no error where it is not, or does not exist. */
  removeEmptyDirectory(path: string): Promise<void>;
  /** The path without symbolic links; as it was given where nothing stands. */
  realPath(path: string): Promise<string>;
  /** Makes a rename or a new name in this directory durable. */
  syncDirectory(path: string): Promise<void>;
}
