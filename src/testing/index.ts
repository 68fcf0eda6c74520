export { oneOfEach } from './conformance/one-of-each.js';
export { type Report, report } from './conformance/report.js';
export type { Avoid, LeftOut } from './conformance/server-plans.js';
export {
  type ClientRun,
  type ClientSuite,
  type ClientUnderTest,
  testClient,
} from './conformance/test-client.js';
export {
  type KnownDeviation,
  type ServerDifference,
  type ServerSuite,
  type ServerUnderTest,
  testServer,
} from './conformance/test-server.js';
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
