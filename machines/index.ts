export {
  type AdmissionContext,
  type AdmissionEvent,
  type AdmissionHook,
  type AdmissionInput,
  type AdmissionOutput,
  admissionMachine,
  type RefusalCode,
} from './admission.machine.js';
export {
  type ConnectionEmitted,
  type ConnectionEnd,
  type ConnectionEvent,
  type ConnectionInput,
  connectionMachine,
  type SocketCommand,
  type SocketEvent,
} from './connection.machine.js';
export {
  type DispatchedRequest,
  type DispatcherEmitted,
  type DispatcherEvent,
  type DispatcherInput,
  type DispatcherOutput,
  dispatcherMachine,
} from './dispatcher.machine.js';
export { errorOf, type Failure, failureOf } from './failure.js';
export type { Comparison, SourceFinding } from './findings.js';
export { type GoodbyeInput, goodbyeMachine, type PushProgress, type Stands } from './goodbye.machine.js';
export {
  type Direction,
  type ExchangeInput,
  type ExchangeResult,
  type Fate,
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
export { namesTransfer } from './names-transfer.js';
export { type LifecycleSnapshot, refusalOf } from './refusals.js';
export { refusing } from './refusing.js';
export {
  type RemoteEmitted,
  type RemoteEvent,
  type RemoteInput,
  type RemoteNotice,
  remoteMachine,
} from './remote.machine.js';
export type { ReportedCounts } from './reported-counts.js';
export {
  type InvalidRequest,
  type Queued,
  type SessionContext,
  type SessionEmitted,
  type SessionEvent,
  type SessionInput,
  type SessionLimits,
  type SessionRequest,
  sessionMachine,
} from './session.machine.js';
export {
  type StageCounts,
  type StageEvent,
  type StageInput,
  type StageMoved,
  type StageOutput,
  type StageTotals,
  stageMachine,
} from './stage.machine.js';
export {
  type TransferEmitted,
  type TransferEvent,
  type TransferInput,
  type TransferOutput,
  type TransferTag,
  transferMachine,
} from './transfer.machine.js';
