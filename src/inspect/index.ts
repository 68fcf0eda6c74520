export { createInspection, type Inspection, type InspectionOptions } from './inspection.js';
export { type Recording, type RecordingFile, readRecording } from './reading.js';
export type { ChartName } from './recorded-fields.js';
export { createRecorder, type Recorder, type RecorderOptions } from './recorder.js';
export {
  type ActorRecord,
  type ArmedDelay,
  type DroppedRecord,
  type EndRecord,
  type EventRecord,
  type InspectionRecord,
  type Json,
  type JsonObject,
  type MachineRecord,
  type MessagePhase,
  type MessageRecord,
  type RecordedEvent,
  type RecordingHeader,
  recordingFormat,
  type Side,
  type StateDefinition,
  type StepRecord,
  type TakenTransition,
  type TransitionDefinition,
} from './records.js';
export { type ReplayOptions, type ReplayResult, replayRecording } from './replay/replay.js';
export type { Difference } from './replay/replayed-root.js';
export type { ReplayedCharts } from './replay/stubs.js';
export type { Sink } from './sink.js';
export {
  type ActorState,
  createFold,
  type Fold,
  type InspectionState,
  type OpenMessage,
  type RunningDelay,
} from './state.js';
export type { Visited } from './visited.js';
export {
  createLegacySink,
  type LegacyEvent,
  type LegacySinkOptions,
} from './xstate-inspectors/legacy-sink.js';
export {
  createStatelySink,
  type StatelyEvent,
  type StatelySinkOptions,
} from './xstate-inspectors/stately-sink.js';
