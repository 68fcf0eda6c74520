export type { ConnectionOptions } from '../src/protocol/connection-options.js';
export type { Stage, StageStats, Step } from '../src/protocol/content.js';
export type { ErrorCode, ErrorDetails, TransferError } from '../src/protocol/errors.js';
export type { RetryMessageOptions } from '../src/protocol/retry.js';
export type { TypeChoice } from '../src/protocol/type-choice.js';
export {
  type AdmissionContext,
  type AdmissionEvent,
  type AdmissionHook,
  type AdmissionInput,
  type AdmissionOutput,
  admissionMachine,
  type RefusalCode,
} from './admission.machine.js';
export type { ConcurrentExchanges, ConcurrentId } from './concurrent-exchanges.js';
export {
  type ConnectionContext,
  type ConnectionEmitted,
  type ConnectionEnd,
  type ConnectionEvent,
  type ConnectionInput,
  type ConnectionOutput,
  connectionMachine,
  type SocketCommand,
  type SocketEvent,
} from './connection.machine.js';
export {
  type DispatchedRequest,
  type DispatcherContext,
  type DispatcherEmitted,
  type DispatcherEvent,
  type DispatcherInput,
  type DispatcherOutput,
  dispatcherMachine,
} from './dispatcher.machine.js';
export { errorOf, type Failure, failureOf } from './failure.js';
export type { Comparison, SourceFinding } from './findings.js';
export {
  type GoodbyeContext,
  type GoodbyeEvent,
  type GoodbyeInput,
  type GoodbyeOutput,
  goodbyeMachine,
  type PushProgress,
  type Stands,
} from './goodbye.machine.js';
export {
  type Direction,
  type ExchangeEvent,
  type ExchangeInput,
  type ExchangeResult,
  type Fate,
  type LifecycleContext,
  type LifecycleEmitted,
  type LifecycleEvent,
  type LifecycleInput,
  type LifecycleMeta,
  type LifecycleRequest,
  type LifecycleTag,
  lifecycleMachine,
  type NamedStage,
  type RequestRefused,
} from './lifecycle.machine.js';
export { type LifecycleMoved, type Standing, watchMoves } from './lifecycle-moved.js';
export {
  type MergeActorEvent,
  type MergeCommand,
  type MergeContext,
  type MergeCounts,
  type MergeEmitted,
  type MergeEvent,
  type MergeInput,
  type MergeMove,
  type MergeOutput,
  type MergeTag,
  type MoveLogic,
  type MoveOutcome,
  mergeMachine,
  type PlannedMerge,
} from './merge.machine.js';
export { namesTransfer } from './names-transfer.js';
export { type LifecycleSnapshot, refusalOf } from './refusals.js';
export { refusing } from './refusing.js';
export {
  type LaneId,
  type RemoteActorEvent,
  type RemoteContext,
  type RemoteEmitted,
  type RemoteEvent,
  type RemoteInput,
  type RemoteNotice,
  type RemoteOutput,
  type RemoteTag,
  remoteMachine,
} from './remote.machine.js';
export type { ReportedCounts } from './reported-counts.js';
export {
  type InvalidRequest,
  type Queued,
  type SessionActorEvent,
  type SessionContext,
  type SessionEmitted,
  type SessionEvent,
  type SessionInput,
  type SessionLimits,
  type SessionOutput,
  type SessionRequest,
  sessionMachine,
} from './session.machine.js';
export {
  type StageActorEvent,
  type StageContext,
  type StageCounts,
  type StageEvent,
  type StageGoOn,
  type StageInput,
  type StageMoved,
  type StageOutput,
  type StageTag,
  type StageTotals,
  stageMachine,
} from './stage.machine.js';
export {
  type RemoteLogic,
  type TransferActorEvent,
  type TransferCommand,
  type TransferContext,
  type TransferEmitted,
  type TransferEnding,
  type TransferEvent,
  type TransferInput,
  type TransferOutput,
  type TransferTag,
  transferMachine,
} from './transfer.machine.js';
