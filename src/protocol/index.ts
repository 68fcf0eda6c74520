export { checkAdminUrl, transferRoute } from './admin-url.js';
export { type Answer, encodeAnswer, encodeBatch, wireErrorOf } from './answers.js';
export {
  type AssetEncoding,
  decodeAssetChunk,
  encodeAssetChunk,
  encodeConfirmation,
  encodeRequest,
  encodeStream,
} from './codec.js';
export type { Concern, TypeConcern } from './concern.js';
export {
  type ConnectionOptions,
  checkConnectionOptions,
  defaultConnectionOptions,
} from './connection-options.js';
export {
  type Asset,
  type Checksum,
  type Configuration,
  type Entity,
  type Link,
  type LinkEnd,
  type Metadata,
  type RowOf,
  type RowStep,
  type Schema,
  type Schemas,
  type Stage,
  type StageStats,
  type Step,
  type StreamOptions,
  stages,
  steps,
} from './content.js';
export {
  type DetailsOf,
  type ErrorCode,
  type ErrorDetails,
  type ErrorRow,
  type ExitCode,
  errorTable,
  exitCodes,
  TransferError,
  toTransferError,
  transferErrorOf,
} from './errors.js';
export type { Frame } from './frame-bytes.js';
export type { Given } from './given.js';
export type { JsonLimits } from './json.js';
export { checkLimits, defaultLimits, type Limits } from './limits.js';
export {
  type Action,
  type ActionMessage,
  type AnswerMessage,
  type AssetChunk,
  type AssetEnd,
  type AssetFlowItem,
  type AssetStart,
  actions,
  type BatchMessage,
  type Command,
  type CommandMessage,
  commands,
  type Diagnostic,
  type DiagnosticKind,
  diagnosticKinds,
  type FerryOffer,
  type InitParams,
  type RequestMessage,
  type RestoreOptions,
  type ServerMessage,
  type StepAction,
  type StepMessage,
  type WireError,
} from './messages.js';
export { ferryOffer, type Negotiated, negotiate, offerPull, offerPush } from './negotiation.js';
export { isProtectedType, protectedTypes } from './protected-types.js';
export { type ClientMessage, parseRequestMessage } from './request-message.js';
export { type MessageContent, messageOf } from './request-words.js';
export type { Direction, InvalidRequest, LifecycleRequest, NamedStage, SessionRequest } from './requests.js';
export { checkRetryMessageOptions, defaultRetryMessageOptions, type RetryMessageOptions } from './retry.js';
export type { TypeChoice } from './type-choice.js';
export {
  parseAssetFlow,
  parseEndAnswer,
  parseInitAnswer,
  parseMetadata,
  parseSchemas,
  parseServerMessage,
  parseStartAnswer,
} from './validate.js';
