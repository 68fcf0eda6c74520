import { describe, expect, test } from 'vitest';
import { createActor, fromCallback, SimulatedClock } from 'xstate';
import {
  connectionMachine,
  type SocketCommand,
  type SocketEvent,
} from '../../../machines/connection.machine.js';
import { type RemoteInput, remoteMachine, statePath } from '../../../machines/remote.machine.js';
import { defaultConnectionOptions } from '../../../src/protocol/connection-options.js';
import { defaultRetryMessageOptions } from '../../../src/protocol/retry.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const input: RemoteInput = {
  url: 'https://example.com/admin',
  direction: 'pull',
  connectionOptions: defaultConnectionOptions,
  retryMessageOptions: defaultRetryMessageOptions,
  lanes: 2,
};
const lifecycle = { state: 'transferring.streaming', standing: 'open' };
const initial = { input, lanes: [], lifecycle, failure: null };
const failure = { code: 'REQUEST_TIMED_OUT', details: { request: 'init' } };
const failed = (type: string) => ({ type, failure }) as Row['on'];
const connectionDone = (output: unknown) =>
  ({ type: 'xstate.done.actor.connection', output, actorId: 'connection' }) as Row['on'];
const lost = connectionDone({ code: 'CONNECTION_SILENT', details: { ms: 10_000 } });
const closed = connectionDone(null);
/** There is somebody who is told what is emitted, too: everything comes twice. */
const report = { send() {}, sessionId: 'x:1', getSnapshot: () => ({ status: 'active' }) };
const reported = { input: { ...initial.input, report } };
const warning = { type: 'diagnostic.warning', url: 'x', message: 'deleting' } as Row['on'] & object;
const abort = { type: 'abort' };
const failedBefore = { lifecycle: { state: 'failed', standing: 'failed' } };
const opened = { type: 'connection.opened' };
const silent = {
  code: 'CONNECTION_SILENT',
  details: { url: 'https://example.com/admin', state: 'transferring.streaming', ms: 10_000 },
};

const lane = (id: string) => ({
  src: 'dispatcher',
  id,
  input: { retryMessageOptions: defaultRetryMessageOptions },
});

const rows: Row[] = [
  {
    ...given(input),
    to: 'connecting',
    and: { input, lanes: [], lifecycle: { state: 'connected', standing: 'unbegun' }, failure: null },
    does: ['attach', 'xstate.spawnChild', 'xstate.spawnChild'],
    starts: [
      { src: 'connection', id: 'connection', input: { options: defaultConnectionOptions, report: 'actor' } },
      {
        src: 'lifecycle',
        id: 'lifecycle',
        input: { direction: 'pull', batchTimeout: defaultConnectionOptions.batchTimeout },
      },
    ],
  },
  {
    in: 'connecting',
    on: 'connection.opened',
    to: 'working',
    tells: [opened, opened, { type: 'remote.opened' }],
    and: { lanes: ['lane.0', 'lane.1'] },
    starts: [lane('lane.0'), lane('lane.1')],
  },
  // A lane that is over is told nothing any more.
  {
    in: 'working',
    given: { lanes: ['lane.0', 'lane.1'] },
    on: { type: 'xstate.done.actor.lane.0', actorId: 'lane.0' } as Row['on'],
    to: 'working',
    and: { lanes: ['lane.1'] },
  },
  ...['connecting', 'working'].map(
    (state): Row => ({
      in: state,
      on: { type: 'lifecycle.moved', state: 'ended', standing: 'settled' } as Row['on'],
      to: state,
      and: { lifecycle: { state: 'ended', standing: 'settled' } },
    }),
  ),
  // A lifecycle that has failed is told nothing any more.
  { in: 'working', given: failedBefore, on: 'abort', to: 'cutting', tells: [abort] },
  {
    in: 'working',
    given: failedBefore,
    on: failed('peer.broken'),
    to: 'lost',
    tells: [{ type: 'remote.lost', failure }],
  },
  { in: 'connecting', on: 'leave', to: 'cutting', tells: [abort, abort] },
  { in: 'connecting', on: failed('peer.broken'), to: 'connecting' },
  { in: 'working', on: 'peer.busy', to: 'working', tells: [{ type: 'peer.busy' }] },
  { in: 'working', on: 'peer.idle', to: 'working', tells: [{ type: 'peer.idle' }] },
  { in: 'working', on: 'abort', to: 'cutting', tells: [abort, abort] },
  {
    in: 'working',
    given: reported,
    on: failed('request.exhausted'),
    to: 'lost',
    and: { failure },
    tells: [abort, { type: 'remote.lost', failure }, { type: 'end.lost', failure }],
  },
  {
    in: 'connecting',
    on: lost,
    to: 'lost',
    tells: [abort, { type: 'remote.lost', failure: silent }],
    ends: silent,
  },
  { in: 'connecting', given: reported, on: warning, to: 'connecting', tells: [warning, warning] },
  { in: 'connecting', on: warning, to: 'connecting', tells: [warning] },
  { in: 'working', on: failed('request.exhausted'), to: 'lost', and: { failure } },
  { in: 'working', on: failed('peer.broken'), to: 'lost', and: { failure } },
  { in: 'working', on: 'leave', to: 'closing', tells: [{ type: 'connection.close' }] },
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
  // What the peer reports changes nothing; it is passed on.
  ...['connecting', 'working', 'closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: 'diagnostic.warning', to: state, does: ['xstate.emit'] },
    { in: state, on: 'request.retried', to: state, does: ['xstate.emit'] },
    { in: state, on: 'connection.cut', to: state, tells: [{ type: 'connection.cut' }] },
  ]),
  ...['connecting', 'working', 'closing'].map((state): Row => ({ in: state, on: 'abort', to: 'cutting' })),
  ...['connecting', 'working', 'closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: closed, to: 'closed', and: { failure: null }, ends: null },
    { in: state, on: lost, to: 'lost' },
  ]),
];

describeTable(remoteMachine, initial, rows);

/** A link whose socket opens at once, and closes as soon as it is told to. */
const link = () => {
  const socket = fromCallback<SocketCommand>(({ receive, sendBack }) => {
    receive(({ type }) => {
      const closed: SocketEvent = { type: 'socket.closed', closeCode: 1000, reason: '' };
      if (type !== 'socket.probe') sendBack(closed);
    });
    sendBack({ type: 'socket.opened' } satisfies SocketEvent);
  });
  const connection = connectionMachine.provide({ actors: { socket } });
  const actor = createActor(remoteMachine.provide({ actors: { connection } }), {
    input,
    clock: new SimulatedClock(),
  }).start();
  const { lifecycle, 'lane.0': first, 'lane.1': second } = actor.getSnapshot().children;
  const standing = () =>
    [lifecycle, first, second].map((child) => statePath(child?.getSnapshot().value ?? 'missing'));
  return { actor, standing };
};

describe('the charts of one link', () => {
  test('work together while it is up', () => {
    const { actor, standing } = link();
    expect(standing()).toEqual(['connected', 'ready', 'ready']);
    expect(actor.getSnapshot().value).toBe('working');
    actor.stop();
  });

  test('end together when it is cut from outside, which says where the protocol stood', () => {
    const { actor, standing } = link();
    actor.send({ type: 'connection.cut' });
    expect(standing()).toEqual(['failed', 'stopped', 'stopped']);
    expect(actor.getSnapshot().output).toEqual({
      code: 'CONNECTION_CLOSED',
      details: { url: input.url, state: 'connected', closeCode: 1000, reason: '' },
    });
  });

  test('end together when the peer is understood no longer', () => {
    const { actor, standing } = link();
    actor.send({ type: 'peer.broken', failure: { code: 'INVALID_MESSAGE' } });
    expect(standing()).toEqual(['failed', 'stopped', 'stopped']);
    expect(actor.getSnapshot().output).toEqual({ code: 'INVALID_MESSAGE' });
  });

  test('end together when it is aborted, without a failure', () => {
    const { actor, standing } = link();
    actor.send({ type: 'abort' });
    expect(standing()).toEqual(['failed', 'stopped', 'stopped']);
    expect(actor.getSnapshot()).toMatchObject({ value: 'closed', output: null });
  });

  test('leave the order of the protocol as it was when it is closed as asked', () => {
    const { actor, standing } = link();
    actor.send({ type: 'leave' });
    expect(standing()).toEqual(['connected', 'stopped', 'stopped']);
    expect(actor.getSnapshot()).toMatchObject({ value: 'closed', output: null });
  });
});

test.each([
  ['connected', 'connected'],
  [{ transferring: 'streaming' }, 'transferring.streaming'],
  [{ a: { b: 'c' } }, 'a.b.c'],
  [{ a: {} }, 'a'],
  [{}, ''],
  [null, ''],
  [undefined, ''],
])('the state %j is said as %j', (value, path) => {
  expect(statePath(value)).toBe(path);
});
