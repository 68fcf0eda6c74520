import { admissionMachine } from '../../machines/admission.machine.js';
import {
  type ConcurrentExchanges,
  concurrentId,
  countExchanges,
} from '../../machines/concurrent-exchanges.js';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { goodbyeMachine } from '../../machines/goodbye.machine.js';
import { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import { mergeMachine } from '../../machines/merge.machine.js';
import { remoteMachine } from '../../machines/remote.machine.js';
import { sessionMachine } from '../../machines/session.machine.js';
import { noCounts, stageMachine } from '../../machines/stage.machine.js';
import { transferMachine } from '../../machines/transfer.machine.js';
import { defaultConnectionOptions } from '../../src/protocol/connection-options.js';
import { steps } from '../../src/protocol/content.js';
import type { Explored } from './coverage.js';

const uuid = 'u';
const retryMessageOptions = { retryMessageTimeout: 30_000, retryMessageMaxRetries: 1 };
const connectionDone = [{ output: null }, { output: { code: 'CONNECTION_SILENT', details: {} } }];
const stages = [
  { uuid, step: 'entities' },
  { uuid, step: 'links' },
];
const accepted = [{ output: { accepted: true } }, { output: { accepted: false } }];
/** Only where something runs at the same time. */
const concurrent = (how: 'done' | 'error') => (context: Readonly<Record<string, unknown>>) =>
  countExchanges(context['concurrent'] as ConcurrentExchanges) === 0
    ? []
    : [
        {
          type: `xstate.${how}.actor.${concurrentId(0)}`,
          actorId: concurrentId(0),
          output: { accepted: true },
        },
      ];
const notices = { 'diagnostic.*': [{ type: 'diagnostic.info' }] };
const remoteInput = {
  url: 'https://example.com/admin',
  direction: 'push',
  lanes: 1,
  connectionOptions: defaultConnectionOptions,
  retryMessageOptions,
};

const mergeCounts = { add: 1, replace: 0, keep: 0, deletedRows: 0, lostLinks: 0, files: 0 };

const goodbye = { connection: 'open', isFerry: false, version: '5.54.0' };
const progress = {
  ...{ fate: 'begun', clearing: 'done', assetsAreOpen: false },
  ...{ assetsAreEnding: false, closeWasAsked: false },
};

/** Taken as a goodbye begins, before any event; its table begins it with each. */
const atOnce = Object.fromEntries(
  [
    '',
    ': always [isOver] → over',
    ': always [connectionIsSilent] → over',
    ': always [connectionIsLost] → asking',
    ': always [uploadsMayRun] → draining',
    ': always → rollingBack',
  ].map((step) => [`choosing${step}`, 'as it begins: test/unit/machines/goodbye.machine.test.ts']),
);

/** The charts, and what their events may hold. */
export const explored: readonly Explored[] = [
  {
    machine: dispatcherMachine,
    inputs: { 'one retry': { retryMessageOptions } },
    events: {
      request: [
        { uuid, kind: 'status', bytes: 1 },
        { uuid, kind: 'status', bytes: 1, inLine: true },
      ],
      'frame.sent': [{ uuid }],
      'answer.received': [{ uuid }],
      'connection.lost': [{ code: 'CONNECTION_CLOSED' }],
    },
    tells: ({ request, retries }) => [request, retries],
  },
  {
    machine: connectionMachine,
    inputs: { any: { options: defaultConnectionOptions } },
    events: {
      'peer.*': [{ type: 'peer.busy' }, { type: 'peer.idle' }],
      'socket.refused': [{ code: 'FORBIDDEN', details: {} }],
      'socket.closed': [{ closeCode: 1001, reason: '' }],
    },
    tells: ({ peerIsBusy }) => peerIsBusy,
  },
  {
    machine: lifecycleMachine,
    inputs: {
      push: { direction: 'push', batchTimeout: 1000 },
      pull: { direction: 'pull', batchTimeout: 1000 },
    },
    events: {
      'request.stepStart': stages,
      'request.stepStream': stages,
      'request.stepEnd': stages,
      request: [{ uuid }],
      'xstate.done.actor.exchange': accepted,
      'xstate.done.actor.concurrent.*': concurrent('done'),
      'xstate.error.actor.concurrent.*': concurrent('error'),
    },
    tells: ({ lastAction, step, request, concurrent: others }) => [
      lastAction,
      step,
      (request as { type: string } | null)?.type,
      Math.sign(countExchanges(others as ConcurrentExchanges)),
    ],
  },
  {
    machine: remoteMachine,
    inputs: { any: remoteInput },
    events: {
      ...notices,
      'xstate.done.actor.connection': connectionDone,
      'request.exhausted': [{ failure: { code: 'REQUEST_TIMED_OUT' } }],
      'peer.broken': [{ failure: { code: 'INVALID_MESSAGE' } }],
      'lifecycle.moved': [{ state: 'failed', standing: 'failed' }],
      'xstate.done.actor.lane.*': [{ type: 'xstate.done.actor.lane.0', actorId: 'lane.0' }],
    },
    tells: () => null,
  },
  {
    machine: goodbyeMachine,
    inputs: {
      'in the links': { ...goodbye, progress },
      'in the assets': { ...goodbye, progress: { ...progress, assetsAreOpen: true } },
      'in the assets, to 5.52.3': {
        ...{ ...goodbye, version: '5.52.3' },
        progress: { ...progress, assetsAreOpen: true },
      },
      'in the assets, to 5.48.0': {
        ...{ ...goodbye, version: '5.48.0' },
        progress: { ...progress, assetsAreOpen: true },
      },
      'of a connection that is lost': { ...goodbye, progress, connection: 'lost' },
      'of a connection that is silent': { ...goodbye, progress, connection: 'silent' },
      'before it is cleared': { ...goodbye, progress: { ...progress, clearing: 'no' } },
      'after it was committed': { ...goodbye, progress: { ...progress, fate: 'completed' } },
    },
    events: { 'xstate.done.actor.probe': [{ output: true }] },
    tells: () => null,
    unreachable: atOnce,
  },
  {
    machine: admissionMachine,
    inputs: {
      enabled: { enabled: true, hookTimeout: 1 },
      'not enabled': { enabled: false, hookTimeout: 1 },
    },
    events: { 'xstate.done.actor.authenticate': [{ output: null }, { output: 'UNAUTHORIZED' }] },
    tells: () => null,
  },
  {
    machine: sessionMachine.provide({ guards: { wasSeen: ({ event }) => 'seen' in event } }),
    inputs: {
      'a queue of one': {
        direction: 'push',
        connectionOptions: defaultConnectionOptions,
        retryMessageOptions,
        limits: { initTimeout: 1, idleTimeout: 1, queue: 1, queueBytes: 10 },
      },
    },
    events: {
      'message.received': [
        { request: { type: 'request.init', uuid }, bytes: 1 },
        { request: { type: 'request.close', uuid }, bytes: 1 },
        { request: { type: 'request.stepStream', uuid, step: 'links' }, bytes: 1 },
        { seen: true },
      ],
      'exchange.settled': [
        { uuid, accepted: true, transferID: 't' },
        { uuid, accepted: false, transferID: 't' },
      ],
      'request.refused': [{ uuid, code: 'NO_TRANSFER' }],
      'lifecycle.moved': [
        { state: 'failed', standing: 'failed' },
        { state: 'closing.settling', standing: 'settling' },
        { state: 'closing.settled', standing: 'settled' },
        { state: 'ended', standing: 'ended' },
      ],
      leave: [{}, { code: 'ABORTED' }],
      'message.broken': [{ code: 'INVALID_MESSAGE' }],
      'xstate.done.actor.connection': connectionDone,
      'xstate.done.actor.authorize': [{ output: null }, { output: 'UNAUTHORIZED' }],
    },
    tells: ({ queue, current, failure, transferID, standing }) => [
      ...[queue, current, failure === null],
      ...[transferID, standing],
    ],
  },
  {
    machine: stageMachine,
    inputs: { any: { step: 'links', throttle: 5 } },
    events: {
      'stage.totals': [{ totals: {} }],
      'stage.progress': [noCounts],
      'stage.broken': [{ failure: { code: 'PEER_ERROR' } }],
      'xstate.done.actor.endStage': [
        { output: { started: 0, finished: 0 } },
        { output: { started: 9, finished: 9 } },
      ],
    },
    tells: () => null,
  },
  {
    machine: transferMachine,
    inputs: {
      'all stages': { source: null, destination: null, steps },
      'no stage': { source: null, destination: null, steps: [] },
      'to a server': { source: null, destination: remoteInput, steps: ['links'] },
      'strict, all stages': { source: null, destination: null, steps, strict: true },
      'strict, no stage': { source: null, destination: null, steps: [], strict: true },
    },
    events: {
      'diagnostic.*': [{ type: 'diagnostic.warning' }],
      'xstate.done.actor.compareSchemas': [
        { output: { differences: 0, ignored: false, listed: '' } },
        { output: { differences: 1, ignored: false, listed: '' } },
      ],
      'xstate.done.actor.stage': [
        { output: { step: 'links', counts: noCounts, failure: null } },
        { output: { step: 'links', counts: noCounts, failure: { code: 'PEER_ERROR' } } },
      ],
      'stage.moved': [{ step: 'links', counts: noCounts, totals: {} }],
      'end.lost': [{ failure: { code: 'CONNECTION_CLOSED' } }],
    },
    tells: ({ failure, pauseIsAsked, strict, reported }) => [
      (failure as { code: string } | null)?.code,
      pauseIsAsked,
      strict === true && (reported as { warnings: number }).warnings > 0,
    ],
  },
  {
    machine: mergeMachine,
    inputs: {
      'of two folders': { pulls: { source: false, destination: false } },
      'of two servers': { pulls: { source: true, destination: true } },
      'planned only': { pulls: { source: false, destination: false }, dryRun: true },
    },
    events: {
      'xstate.done.actor.move': [
        { output: { failure: null } },
        { output: { failure: { code: 'CONNECTION_CLOSED' } } },
      ],
      'xstate.done.actor.plan': [
        { output: { counts: mergeCounts, phases: 1, verifies: false, fetches: false } },
        { output: { counts: mergeCounts, phases: 1, verifies: false, fetches: true } },
        { output: { counts: mergeCounts, phases: 1, verifies: true, fetches: false } },
        { output: { counts: mergeCounts, phases: 2, verifies: true, fetches: true } },
      ],
      'xstate.done.actor.confirm': [{ output: true }, { output: false }],
    },
    tells: ({ failure, abortIsAsked, phase, phases, verifies, fetches }) => [
      (failure as { code: string } | null)?.code,
      abortIsAsked !== null,
      phase,
      phases,
      verifies,
      fetches,
    ],
  },
];
