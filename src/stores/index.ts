export type { FileInfo, FileSystem, FileWriter } from '../ports/files.js';
export type { Processes } from '../ports/processes.js';
export { safeFilename } from './asset-filename.js';
export {
  createDirectoryDestination,
  type DirectoryDestinationOptions,
} from './directory/destination.js';
export { createDirectorySource, type DirectorySourceOptions } from './directory/source.js';
export {
  createMemoryStore,
  type MemoryAsset,
  type MemoryContent,
  type MemoryStore,
} from './memory.js';
export type {
  AssetWriter,
  Leftovers,
  RowWriter,
  TransferDestination,
  TransferPlan,
  TransferSource,
} from './store.js';
