export type { Direction } from '../../machines/refusals.js';
export type { MemoryAsset, MemoryContent } from '../stores/memory.js';
export type { Reaction, ServerManner } from './conformance/client-plans.js';
export type { Deviated, KnownDeviation } from './conformance/known-deviations.js';
export {
  type LifecycleWalk,
  type LifecycleWalkLogic,
  type LifecycleWalkOptions,
  lifecycleWalk,
} from './conformance/lifecycle-walk.js';
export type { Expected } from './conformance/moves.js';
export { oneOfEach } from './conformance/one-of-each.js';
export type { ServerDifference } from './conformance/play.js';
export { type Report, type ReportedFinding, report } from './conformance/report.js';
export type { ClientRun } from './conformance/scene-in-memory.js';
export type { ClientRunByUrl } from './conformance/scene-on-loopback.js';
export type { Sequences } from './conformance/sequences.js';
export type { Avoid, LeftOut } from './conformance/server-plans.js';
export {
  type ClientByUrl,
  type ClientDifference,
  type ClientSuite,
  type ClientUnderTest,
  testClient,
  testClientByUrl,
} from './conformance/test-client.js';
export {
  type ServerSuite,
  type ServerUnderTest,
  testServer,
} from './conformance/test-server.js';
export type { Position } from './conformance/walk.js';
export {
  createFaultProxy,
  type FaultProxy,
  type FaultProxyOptions,
  type FlowDirection,
  type MessageFault,
  type Strike,
} from './fault-proxy.js';
export { createMemoryFiles, type MemoryFiles, type MemoryFilesOptions } from './memory-files.js';
export {
  createScriptedPeer,
  type ScriptedBatch,
  type ScriptedPeer,
  type ScriptedPeerOptions,
  type SentMessage,
} from './scripted-peer.js';
export { type ContractCase, type StoreUnderTest, storeContract } from './store-contract.js';
export {
  kindOf,
  plannedOrder,
  type StrapiScript,
  type StrapiScriptOptions,
  scriptedTransferID,
  strapiScript,
} from './strapi-script.js';
export { settled, TestClock } from './test-clock.js';
