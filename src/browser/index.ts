export {
  createDispatcher,
  createRemoteDestination,
  createRemoteSource,
  type Dispatcher,
  type DispatcherOptions,
  type RemoteDestination,
  type RemoteDestinationOptions,
  type RemoteOptions,
  type RemoteSource,
  type RemoteSourceOptions,
} from '../client/index.js';
export { createInspection, type Inspection, type InspectionOptions } from '../inspect/inspection.js';
export { TransferError } from '../protocol/errors.js';
export {
  createMemoryStore,
  type MemoryAsset,
  type MemoryContent,
  type MemoryStore,
} from '../stores/memory.js';
export type { TransferDestination, TransferSource } from '../stores/store.js';
