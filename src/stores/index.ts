export type {
  Access,
  Confined,
  FileInfo,
  FileReader,
  FileSystem,
  FileWriter,
  MakeOptions,
  ReadOptions,
  Unmovable,
} from '../ports/files.js';
export type { Processes } from '../ports/processes.js';
export {
  type ArchiveDestinationOptions,
  createArchiveDestination,
} from './archive/destination.js';
export { type ArchiveFormat, archiveFormatOf } from './archive/format.js';
export { type ArchiveSourceOptions, createArchiveSource } from './archive/source.js';
export { safeFilename } from './asset-filename.js';
export {
  createDirectoryDestination,
  type DirectoryDestinationOptions,
} from './directory/destination.js';
export { createDirectorySource, type DirectorySourceOptions } from './directory/source.js';
export type { LocalDestinationOptions, StorePorts } from './local-options.js';
export { createLocalSource } from './local-source.js';
export {
  createMemoryStore,
  type MemoryAsset,
  type MemoryContent,
  type MemoryStore,
} from './memory.js';
export type {
  AssetWriter,
  Leftovers,
  OnBrokenAsset,
  RowWriter,
  TransferDestination,
  TransferPlan,
  TransferSource,
} from './store.js';
