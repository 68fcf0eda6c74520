export type { LineRequest } from '../transport/line.js';
export type { OpenSocket, SocketLike } from '../transport/socket.js';
export {
  type CommandWithParams,
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  type TransferStep,
} from './dispatcher.js';
export type { RemoteObserver, RemoteOptions } from './options.js';
export type { Remote, RemoteRequest } from './remote.js';
export {
  createRemoteDestination,
  type RemoteDestination,
  type RemoteDestinationOptions,
} from './remote-destination.js';
export { createRemoteSource, type RemoteSource } from './remote-source.js';
