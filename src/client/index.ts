export type { LifecycleRequest } from '../../machines/refusals.js';
export type { MessageContent } from '../protocol/request-words.js';
export {
  type Answered,
  createLine,
  type DispatcherRef,
  dataOf,
  type FrameListener,
  type Line,
  type LineOptions,
  type LineRequest,
} from '../transport/line.js';
export type { Wire } from '../transport/socket.actor.js';
export type { OpenSocket, SocketLike } from '../transport/socket.js';
export {
  type CommandWithParams,
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  type TransferStep,
} from './dispatcher.js';
export { lineRequest } from './line-request.js';
export type { RemoteObserver, RemoteOptions } from './options.js';
export type { Remote, RemoteRequest } from './remote.js';
export {
  createRemoteDestination,
  type RemoteDestination,
  type RemoteDestinationOptions,
} from './remote-destination.js';
export { createRemoteSource, type RemoteSource, type RemoteSourceOptions } from './remote-source.js';
