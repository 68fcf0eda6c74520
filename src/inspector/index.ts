export { createInspector, type Inspector, type InspectorOptions } from './inspector.js';
export type { ControlCommand, FromPage, ToInspector, ToPage, ToReporter } from './live-messages.js';
export { createInspectRelay, type Relay, type RelayOptions } from './relay.js';
export { createReporter, type Reporter, type ReporterOptions } from './reporter.js';
export { type SavePageOptions, savePage } from './save-page.js';
export type { SharedSecret } from './shared-secret.js';
export {
  type CommandInspection,
  type CommandInspectionOptions,
  type ShownRecording,
  showRecording,
  startInspection,
} from './start-inspection.js';
