import type { FileSystem } from '../../src/ports/files.js';
import { createDirectoryDestination } from '../../src/stores/directory/destination.js';
import { createMemoryStore, type MemoryContent } from '../../src/stores/memory.js';
import { createMemoryFiles } from '../../src/testing/memory-files.js';
import { seededIds, seededRandom } from '../../src/testing/seeded.js';
import { createTransfer } from '../../src/transfer/create-transfer.js';
import { contentOfFolder, type FolderContent } from './folder-content.js';
import { contentOf, type Shape } from './shapes.js';

/** The folder of some content, as the directory store writes it without any network. */
export interface PreparedFolder {
  readonly content: MemoryContent;
  readonly files: FolderContent;
}

/** Writes each folder once: thousands of simulations begin with the same few. */
export type PreparedFolders = (shape: Shape, label: string) => Promise<PreparedFolder>;

export function createPreparedFolders(): PreparedFolders {
  const known = new Map<string, Promise<PreparedFolder>>();
  return (shape, label) => {
    const key = `${shape.name} ${label}`;
    const prepared = known.get(key) ?? prepare(shape, label);
    known.set(key, prepared);
    return prepared;
  };
}

async function prepare(shape: Shape, label: string): Promise<PreparedFolder> {
  const content = contentOf(shape, label);
  const disk = createMemoryFiles();
  const ports = {
    files: disk,
    ids: seededIds(seededRandom(1)),
    processes: { self: 'one', alive: () => true },
  };
  await createTransfer({
    from: createMemoryStore(content).source(),
    to: createDirectoryDestination({ path: '/prepared', ...ports }),
  }).done;
  return { content, files: await contentOfFolder(disk, '/prepared') };
}

/** Puts a prepared folder on a disk, flushed. */
export async function putFolder(disk: FileSystem, path: string, { files }: PreparedFolder): Promise<void> {
  for (const [name, bytes] of files ?? []) {
    const file = `${path}/${name}`;
    await disk.makeDirectory(file.slice(0, file.lastIndexOf('/')));
    const writer = await disk.create(file);
    await writer.write(bytes);
    await writer.close();
  }
}
