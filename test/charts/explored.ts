import { type Beside, countBeside, idBeside } from '../../machines/beside.js';
import { connectionMachine } from '../../machines/connection.machine.js';
import { dispatcherMachine } from '../../machines/dispatcher.machine.js';
import { goodbyeMachine } from '../../machines/goodbye.machine.js';
import { lifecycleMachine } from '../../machines/lifecycle.machine.js';
import { remoteMachine } from '../../machines/remote.machine.js';
import { sessionMachine } from '../../machines/session.machine.js';
import { noCounts, stageMachine } from '../../machines/stage.machine.js';
import { transferMachine } from '../../machines/transfer.machine.js';
import { steps } from '../../src/protocol/content.js';
import { defaultLinkOptions } from '../../src/protocol/link.js';
import type { Explored } from './coverage.js';

const uuid = 'u';
const retryMessageOptions = { retryMessageTimeout: 30_000, retryMessageMaxRetries: 1 };
const connectionDone = [{ output: null }, { output: { code: 'CONNECTION_SILENT', details: {} } }];
const stages = [
  { uuid, step: 'entities' },
  { uuid, step: 'links' },
];
const accepted = [{ output: { accepted: true } }, { output: { accepted: false } }];
/** Only where something goes on beside. */
const beside = (how: 'done' | 'error') => (context: Readonly<Record<string, unknown>>) =>
  countBeside(context['beside'] as Beside) === 0
    ? []
    : [{ type: `xstate.${how}.actor.${idBeside(0)}`, actorId: idBeside(0), output: { accepted: true } }];
const notices = { 'diagnostic.*': [{ type: 'diagnostic.info' }] };
const remoteInput = {
  url: 'https://example.com/admin',
  direction: 'push',
  lanes: 1,
  linkOptions: defaultLinkOptions,
  retryMessageOptions,
};

const goodbye = { link: 'open', isFerry: false, version: '5.54.0' };
const standing = {
  ...{ fate: 'begun', clearing: 'done', assetsAreOpen: false },
  ...{ assetsAreEnding: false, closeWasAsked: false },
};

/** Taken as a goodbye begins, before any event; its table begins it with each. */
const atOnce = Object.fromEntries(
  [
    '',
    ': always [isOver] → over',
    ': always [linkIsSilent] → over',
    ': always [linkIsLost] → asking',
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
    inputs: { any: { options: defaultLinkOptions } },
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
      'xstate.done.actor.beside.*': beside('done'),
      'xstate.error.actor.beside.*': beside('error'),
    },
    tells: ({ lastAction, step, request, beside: others }) => [
      lastAction,
      step,
      (request as { type: string } | null)?.type,
      Math.sign(countBeside(others as Beside)),
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
      'in the links': { ...goodbye, standing },
      'in the assets': { ...goodbye, standing: { ...standing, assetsAreOpen: true } },
      'in the assets, to 5.52.3': {
        ...{ ...goodbye, version: '5.52.3' },
        standing: { ...standing, assetsAreOpen: true },
      },
      'in the assets, to 5.48.0': {
        ...{ ...goodbye, version: '5.48.0' },
        standing: { ...standing, assetsAreOpen: true },
      },
      'of a link that is lost': { ...goodbye, standing, link: 'lost' },
      'of a link that is silent': { ...goodbye, standing, link: 'silent' },
      'before it is cleared': { ...goodbye, standing: { ...standing, clearing: 'no' } },
      'after it was committed': { ...goodbye, standing: { ...standing, fate: 'completed' } },
    },
    events: { 'xstate.done.actor.knock': [{ output: true }] },
    tells: () => null,
    unreachable: atOnce,
  },
  {
    machine: sessionMachine.provide({ guards: { wasSeen: ({ event }) => 'seen' in event } }),
    inputs: {
      'a queue of one': {
        direction: 'push',
        linkOptions: defaultLinkOptions,
        retryMessageOptions,
        limits: { initTimeout: 1, idleTimeout: 1, queue: 1, queueBytes: 10 },
      },
    },
    events: {
      'message.received': [
        { request: { type: 'request.init', uuid }, bytes: 1 },
        { request: { type: 'request.bootstrap', uuid }, bytes: 1 },
        { seen: true },
      ],
      'exchange.settled': [{ uuid, transferID: 't' }],
      'request.refused': [{ uuid, code: 'NO_TRANSFER' }],
      'lifecycle.moved': [{ state: 'failed', standing: 'failed' }],
      'message.broken': [{ code: 'INVALID_MESSAGE' }],
      'xstate.done.actor.connection': connectionDone,
      'xstate.done.actor.authorize': [{ output: null }, { output: 'UNAUTHORIZED' }],
    },
    tells: ({ queue, current, failure, transferID }) => [queue, current, failure, transferID],
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
      'all stages': { source: {}, destination: {}, steps },
      'no stage': { source: {}, destination: {}, steps: [] },
      'to a server': { source: {}, destination: { url: remoteInput.url }, steps: ['links'] },
      'strict, all stages': { source: {}, destination: {}, steps, strict: true },
      'strict, no stage': { source: {}, destination: {}, steps: [], strict: true },
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
];
