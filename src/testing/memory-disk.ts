/** The disk of `createMemoryFiles`: a tree of directories and files that remembers what is not flushed. */
export interface File {
  readonly kind: 'file';
  readonly id: string;
  chunks: Uint8Array[];
  size: number;
  /** The number of chunks that are flushed. */
  flushed: number;
  changed: number;
}

export interface Directory {
  readonly kind: 'directory';
  readonly id: string;
  readonly entries: Map<string, File | Directory>;
}

export interface Disk {
  readonly root: Directory;
  readonly capacity: number;
  readonly chunkSize: number;
  readonly now: () => number;
  used: number;
  lastId: number;
  /** Undoes each change of names since the last flush, oldest first. */
  undo: (() => void)[];
}

export function systemError(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code });
}

export const partsOf = (path: string): string[] => path.split(/[\\/]/).filter((part) => part !== '');

export function find(disk: Disk, path: string): File | Directory | undefined {
  let node: File | Directory | undefined = disk.root;
  for (const part of partsOf(path)) node = node?.kind === 'directory' ? node.entries.get(part) : undefined;
  return node;
}

export function fileAt(disk: Disk, path: string): File {
  const node = find(disk, path);
  if (node === undefined) throw systemError('ENOENT', path);
  if (node.kind === 'directory') throw systemError('EISDIR', path);
  return node;
}

export function parentOf(disk: Disk, path: string): { readonly parent: Directory; readonly name: string } {
  const parts = partsOf(path);
  const name = parts.pop();
  const parent = find(disk, parts.join('/'));
  if (name === undefined || parent === undefined) throw systemError('ENOENT', path);
  if (parent.kind === 'file') throw systemError('ENOTDIR', path);
  if (new TextEncoder().encode(name).length > 255) throw systemError('ENAMETOOLONG', path);
  return { parent, name };
}

/** Every change of names goes through here, so that a power cut can undo it. */
export function setEntry(
  disk: Disk,
  parent: Directory,
  name: string,
  node: File | Directory | undefined,
): void {
  const before = parent.entries.get(name);
  const put = (value: File | Directory | undefined) =>
    value === undefined ? parent.entries.delete(name) : parent.entries.set(name, value);
  disk.undo.push(() => put(before));
  put(node);
}

function forEachFile(directory: Directory, visit: (file: File) => void): void {
  for (const node of directory.entries.values()) {
    if (node.kind === 'file') visit(node);
    else forEachFile(node, visit);
  }
}

export function loseWhatWasNotFlushed(disk: Disk): void {
  for (const takeBack of disk.undo.reverse()) takeBack();
  disk.undo = [];
  disk.used = 0;
  forEachFile(disk.root, (file) => {
    file.chunks = file.chunks.slice(0, file.flushed);
    file.size = file.chunks.reduce((sum, chunk) => sum + chunk.length, 0);
    disk.used += file.size;
  });
}
