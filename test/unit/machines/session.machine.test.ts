import { expect, test } from 'vitest';
import { initialTransition } from 'xstate';
import { sessionMachine } from '../../../machines/session.machine.js';
import { defaultConnectionOptions } from '../../../src/protocol/connection-options.js';
import { given, outcomeOf, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

/** Whatever it is sent is nothing. */
const lifecycle = { send() {}, getSnapshot: () => ({ status: 'active' }) };

const one = { type: 'request.bootstrap', uuid: 'u1' };
const close = { type: 'request.close', uuid: 'u1' };
const batch = { type: 'request.stepStream', uuid: 'u1', step: 'links' };
const two = { type: 'request.getSchemas', uuid: 'u2' };
const waiting = (request: object, bytes = 10) => ({ request, bytes });
const input = {
  direction: 'push' as const,
  connectionOptions: defaultConnectionOptions,
  retryMessageOptions: { retryMessageTimeout: 30_000, retryMessageMaxRetries: 5 },
  limits: { initTimeout: 30_000, idleTimeout: 300_000, queue: 2, queueBytes: 100 },
};
const initial = {
  input,
  lifecycle,
  state: 'preparing.resting',
  standing: 'open',
  transferID: null,
  queue: [],
  current: one,
  refusal: null,
  failure: null,
  words: '',
};
const queued = { queue: [waiting(two)] };
const full = { queue: [waiting(two), waiting(two)] };

const received = (bytes = 10) => ({ type: 'message.received', request: two, bytes }) as Row['on'];
const settled = (uuid: string, more: object = {}) =>
  ({ type: 'exchange.settled', uuid, accepted: true, ...more }) as Row['on'];
const refused = (uuid: string) =>
  ({ type: 'request.refused', uuid, code: 'ACTION_OUT_OF_ORDER' }) as Row['on'];
/** What the lifecycle is sent of a message: its transfer is the session's to check. */
const sent = ({ transferID: _, ...request }: typeof one & { readonly transferID?: string }) => request;
const tellsRefusal = (code: string, { type } = one) => ({
  type: 'request.refused',
  uuid: 'u1',
  request: type,
  code,
  state: 'preparing.resting',
});
const holds = { type: 'onDone', output: null } as Row['on'];
const holdsNot = { type: 'onDone', output: 'UNAUTHORIZED' } as Row['on'];
const broken = { type: 'message.broken', code: 'INVALID_MESSAGE' } as Row['on'];
const gone = (code: string | null) => ({
  type: 'xstate.done.actor.connection',
  output: code === null ? null : { code, details: {} },
});

const authorizes = (request: object) => [{ src: 'authorize', id: 'authorize', input: { request } }];
const abort = { type: 'abort' };
/** By an operator. */
const stopped = { type: 'leave', code: 'ABORTED', words: '' } as Row['on'];
const closes = (closeCode: number, reason: string) => ({ type: 'connection.close', closeCode, reason });
/** Where a lifecycle stands of which nothing is left to abort: nothing has begun, or all is done, or it has failed. */
const overs = ['unbegun', 'settled', 'ended', 'failed'];

const [idle, authorizing, exchanging] = ['serving.idle', 'serving.authorizing', 'serving.exchanging'];
const [awaiting, undoing] = ['cleaning.waiting', 'cleaning.undoing'];
const alive = ['opening', idle, authorizing, exchanging];

/** What a message says beside its uuid, where the session stands, and whether it is refused for its name. */
const namings: [object, object, boolean][] = [
  [{ transferID: 't1' }, {}, false],
  [{ transferID: 't2' }, {}, true],
  [{}, {}, true],
  [{ type: 'request.end', transferID: 't2' }, {}, true],
  [{}, { standing: 'settled' }, true],
  ...['init', 'status', 'invalid'].map((name): [object, object, boolean] => [
    { type: `request.${name}` },
    {},
    false,
  ]),
];

const rows: Row[] = [
  {
    ...given(input),
    to: 'opening',
    and: {
      ...{ input, queue: [], current: null, refusal: null, failure: null },
      ...{ state: 'connected', standing: 'unbegun', transferID: null },
    },
    does: ['xstate.spawnChild'],
    starts: [
      { src: 'connection', id: 'connection', input: { options: defaultConnectionOptions, report: 'actor' } },
    ],
  },
  {
    in: 'opening',
    given: { standing: 'unbegun' },
    on: 'connection.opened',
    to: idle,
    tells: [{ type: 'connection.opened' }],
    waits: [30_000],
    starts: [
      {
        src: 'dispatcher',
        id: 'lane.0',
        input: { retryMessageOptions: input.retryMessageOptions },
      },
    ],
  },
  { in: 'opening', on: received(), to: 'opening' },

  {
    in: idle,
    given: { current: null },
    on: received(),
    to: authorizing,
    and: { current: two, queue: [] },
    does: ['xstate.cancel', 'remember', 'xstate.spawnChild'],
    starts: authorizes(two),
  },
  {
    in: idle,
    on: 'confirmation.received',
    to: idle,
    does: ['xstate.cancel', 'xstate.raise'],
    waits: [300_000],
  },
  {
    in: idle,
    on: 'after.patience',
    to: 'closing',
    and: { failure: 'SESSION_IDLE' },
    tells: [abort, closes(4408, 'SESSION_IDLE')],
  },
  ...overs.flatMap((over): Row[] => [
    {
      in: idle,
      given: { standing: over },
      on: 'after.patience',
      to: 'closing',
      tells: [closes(4408, 'SESSION_IDLE')],
    },
    { in: idle, given: { standing: over }, on: 'abort', to: 'cutting', tells: [abort] },
  ]),
  { in: idle, on: settled('u1'), to: idle },

  { in: authorizing, on: holds, to: exchanging, and: { refusal: null }, tells: [one] },
  {
    in: authorizing,
    on: holdsNot,
    to: idle,
    and: { refusal: 'UNAUTHORIZED' },
    does: ['xstate.stopChild', 'refuse', 'xstate.emit', 'xstate.raise'],
    tells: [tellsRefusal('UNAUTHORIZED')],
  },
  { in: authorizing, given: queued, on: holdsNot, to: authorizing, and: { current: two, queue: [] } },
  // Every message of a transfer names it, and nothing else does; what has failed says so first.
  ...namings.map(
    ([names, more, isRefused]): Row => ({
      in: authorizing,
      given: { transferID: 't1', current: { ...one, ...names }, ...more },
      on: holds,
      to: isRefused ? idle : exchanging,
      and: { refusal: isRefused ? 'BAD_TRANSFER_ID' : null },
      tells: isRefused
        ? [tellsRefusal('BAD_TRANSFER_ID', { ...one, ...names })]
        : [sent({ ...one, ...names })],
    }),
  ),
  {
    in: authorizing,
    given: { ...queued, transferID: 't1' },
    on: holds,
    to: authorizing,
    and: { current: two, refusal: 'BAD_TRANSFER_ID' },
  },
  { in: authorizing, given: { transferID: 't1', current: null }, on: holds, to: idle },
  {
    in: authorizing,
    given: { ...queued, standing: 'failed' },
    on: holds,
    to: authorizing,
    and: { current: two, refusal: 'TRANSFER_TERMINATED' },
  },
  ...[{}, { transferID: 't2' }].map(
    (names): Row => ({
      in: authorizing,
      given: { transferID: 't1', current: { ...one, ...names }, standing: 'failed' },
      on: holds,
      to: idle,
      and: { refusal: 'TRANSFER_TERMINATED' },
      tells: [tellsRefusal('TRANSFER_TERMINATED')],
    }),
  ),
  { in: authorizing, on: 'onError', to: 'cutting', and: { failure: 'UNEXPECTED' } },

  { in: exchanging, on: settled('u1'), to: idle, and: { transferID: null } },
  { in: exchanging, on: settled('u1', { transferID: 't1' }), to: idle, and: { transferID: 't1' } },
  { in: exchanging, given: { transferID: 't1' }, on: settled('u1'), to: idle, and: { transferID: 't1' } },
  {
    in: exchanging,
    given: { transferID: 't1' },
    on: settled('u1', { transferID: null }),
    to: idle,
    and: { transferID: null },
  },
  { in: exchanging, on: settled('another', { transferID: 't1' }), to: exchanging, and: { transferID: null } },
  {
    in: exchanging,
    on: refused('u1'),
    to: idle,
    and: { refusal: 'ACTION_OUT_OF_ORDER' },
    does: ['refuse', 'xstate.emit', 'xstate.raise'],
    tells: [tellsRefusal('ACTION_OUT_OF_ORDER')],
  },
  { in: exchanging, given: queued, on: refused('u1'), to: authorizing, and: { current: two } },
  { in: exchanging, on: refused('another'), to: exchanging, and: { refusal: null } },
  { in: exchanging, given: { current: null }, on: settled('u1'), to: exchanging },
  {
    in: exchanging,
    given: { ...queued, current: batch },
    on: settled('u1', { accepted: false }),
    to: authorizing,
    and: { current: two, queue: [] },
  },
  // Rows that a push could not write are missing: its transfer fails. Any other error leaves it as it is.
  {
    in: exchanging,
    given: { current: batch },
    on: settled('u1', { accepted: false }),
    to: idle,
    tells: [abort],
  },
  { in: exchanging, given: { current: batch }, on: settled('u1'), to: idle, tells: [] },
  { in: exchanging, on: settled('u1', { accepted: false }), to: idle, tells: [] },
  {
    in: exchanging,
    given: { current: batch },
    on: settled('another', { accepted: false }),
    to: exchanging,
    tells: [],
  },
  { in: exchanging, given: queued, on: settled('u1'), to: authorizing, and: { current: two, queue: [] } },
  ...[authorizing, exchanging].flatMap((state): Row[] => [
    {
      in: state,
      on: received(),
      to: state,
      and: { queue: [waiting(two)], current: one },
      does: ['remember'],
    },
    {
      in: state,
      given: full,
      on: received(),
      to: 'closing',
      and: { failure: 'SESSION_OVERRUN' },
      tells: [abort, closes(4429, 'SESSION_OVERRUN')],
    },
    { in: state, given: queued, on: received(90), to: state },
    { in: state, given: queued, on: received(91), to: 'closing', and: { failure: 'SESSION_OVERRUN' } },
    { in: state, on: 'confirmation.received', to: state },
  ]),

  ...alive.flatMap((state): Row[] => [
    {
      in: state,
      on: broken,
      to: 'closing',
      and: { failure: 'INVALID_MESSAGE' },
      tells: [abort, closes(1007, 'INVALID_MESSAGE')],
    },
    { in: state, on: 'leave', to: 'closing', and: { failure: 'SERVER_STOPPED' } },
    {
      in: state,
      on: { type: 'leave', code: 'ABORTED', words: 'it was the wrong folder' } as Row['on'],
      to: 'closing',
      and: { failure: 'ABORTED', words: 'it was the wrong folder' },
    },
    {
      in: state,
      // No code of RFC 6455 stands for it.
      on: { type: 'leave', code: 'STORE_FAILED' } as Row['on'],
      to: 'closing',
      and: { failure: 'STORE_FAILED' },
      tells: [abort, closes(1011, 'STORE_FAILED')],
    },
    // What is settled is no longer aborted. A connection whose transfer is over is closed, and nothing has failed.
    { in: state, given: { standing: 'settled' }, on: stopped, to: state, does: [] },
    {
      in: state,
      given: { standing: 'ended' },
      on: stopped,
      to: 'closing',
      and: { failure: null },
      tells: [closes(1000, '')],
    },
    {
      in: state,
      given: { standing: 'ended' },
      on: 'leave',
      to: 'closing',
      and: { failure: 'SERVER_STOPPED' },
    },
    {
      in: state,
      given: { standing: 'settled', failure: 'SERVER_STOPPED' },
      on: 'farewell.over',
      to: 'closing',
      tells: [closes(1001, 'SERVER_STOPPED')],
    },
    { in: state, on: 'connection.cut', to: state, tells: [{ type: 'connection.cut' }] },
    { in: state, on: 'abort', to: 'cutting', and: { failure: 'ABORTED' }, tells: [abort, abort] },
    {
      in: state,
      on: { type: 'abort', code: 'REQUEST_TIMED_OUT' } as Row['on'],
      to: 'cutting',
      and: { failure: 'REQUEST_TIMED_OUT' },
    },
    {
      in: state,
      on: gone('CONNECTION_CLOSED'),
      to: undoing,
      and: { failure: 'CONNECTION_CLOSED' },
      tells: [abort],
      starts: [{ src: 'cleanUp' }],
    },
    // Nothing is left undone: that the client is gone is no failure.
    ...['unbegun', 'settled', 'ended'].map(
      (over): Row => ({
        in: state,
        given: { standing: over, failure: 'SERVER_STOPPED' },
        on: gone('CONNECTION_CLOSED'),
        to: undoing,
        and: { failure: null },
        tells: [],
      }),
    ),
    // Of a transfer that has failed too.
    {
      in: state,
      given: { standing: 'failed' },
      on: gone('CONNECTION_CLOSED'),
      to: undoing,
      and: { failure: 'CONNECTION_CLOSED' },
      tells: [],
    },
    {
      in: state,
      on: { type: 'lifecycle.moved', state: 'ended', standing: 'ended' } as Row['on'],
      to: state,
      and: { state: 'ended', standing: 'ended' },
      does: [],
    },
    {
      in: state,
      given: { failure: 'SESSION_IDLE' },
      on: gone(null),
      to: undoing,
      and: { failure: 'SESSION_IDLE' },
    },
  ]),
  ...['closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: gone(null), to: undoing, and: { failure: null } },
    { in: state, on: 'leave', to: state, does: [] },
    { in: state, on: 'farewell.over', to: state, does: [] },
    { in: state, on: 'connection.cut', to: state, does: [] },
    { in: state, on: broken, to: state, does: [] },
    { in: state, on: received(), to: state, does: [] },
  ]),
  // A closing handshake that takes long is cut.
  { in: 'closing', on: 'abort', to: 'cutting', and: { failure: 'ABORTED' } },
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
  ...[broken, 'leave', 'abort', 'farewell.over', 'connection.cut'].map(
    (on): Row => ({ in: undoing, on, to: undoing, does: [] }),
  ),
  { in: undoing, on: 'onDone', to: 'over', ends: null },
  // What is being committed goes on to its end: the lifecycle takes no abort then, and what became of it is waited for.
  {
    in: exchanging,
    given: { standing: 'settling' },
    on: stopped,
    to: exchanging,
    and: { failure: null },
    does: [],
  },
  {
    in: exchanging,
    given: { standing: 'settling' },
    on: 'leave',
    to: exchanging,
    and: { failure: 'SERVER_STOPPED' },
    does: [],
  },
  // A server that stops lets its client end what is settled, for a while.
  {
    in: exchanging,
    given: { current: close, failure: 'SERVER_STOPPED', standing: 'settling' },
    on: settled('u1'),
    to: idle,
    waits: [5_000, 300_000],
  },
  {
    in: exchanging,
    given: { ...queued, current: close, failure: 'SERVER_STOPPED', standing: 'settling' },
    on: settled('u1'),
    to: authorizing,
    waits: [5_000],
  },
  {
    in: exchanging,
    given: { current: close, standing: 'settling' },
    on: settled('u1'),
    to: idle,
    waits: [300_000],
  },
  ...[idle, authorizing, exchanging].flatMap((state): Row[] => [
    {
      in: state,
      given: { standing: 'settled' },
      on: 'leave',
      to: state,
      and: { failure: 'SERVER_STOPPED' },
      waits: [5_000],
    },
    {
      in: state,
      given: { standing: 'settled', failure: 'SERVER_STOPPED' },
      on: 'leave',
      to: state,
      does: [],
    },
  ]),
  {
    in: exchanging,
    given: { standing: 'settling' },
    on: gone('CONNECTION_CLOSED'),
    to: awaiting,
    and: { failure: null },
    tells: [{ type: 'abort' }],
    starts: [],
  },
  ...['settled', 'failed'].map(
    (standing): Row => ({
      in: awaiting,
      given: { standing: 'settling' },
      on: { type: 'lifecycle.moved', state: standing, standing } as Row['on'],
      to: undoing,
      and: { standing },
      starts: [{ src: 'cleanUp' }],
    }),
  ),
  ...[broken, 'leave', 'abort', 'farewell.over', 'connection.cut'].map(
    (on): Row => ({ in: awaiting, given: { standing: 'settling' }, on, to: awaiting, does: [] }),
  ),
  { in: undoing, given: { failure: 'SESSION_IDLE' }, on: 'onError', to: 'over', ends: 'SESSION_IDLE' },
];

// What was seen before is answered once more, and is no reason to queue it or to close.
const again = {
  type: 'message.received',
  request: { type: 'request.init', uuid: 'seen' },
  bytes: 10,
} as Row['on'];
const repeats: Row[] = [
  { in: idle, on: again, to: idle, does: ['xstate.cancel', 'repeatAnswer', 'xstate.raise'] },
  { in: exchanging, on: again, to: exchanging, and: { queue: [] }, does: ['repeatAnswer'] },
  { in: authorizing, given: full, on: again, to: authorizing, does: ['repeatAnswer'] },
];
const machine = sessionMachine.provide({
  guards: { wasSeen: ({ event }) => event.type === 'message.received' && event.request.uuid === 'seen' },
});

describeTable(
  machine,
  initial,
  [...rows, ...repeats],
  [
    // Where nothing waits, `next` is `idle`.
    /(opened|received(\.0)?) → serving\.next$/,
  ],
);

test('its lifecycle has the direction of the session, and the patience of its link', () => {
  const [{ context }] = initialTransition(sessionMachine, { ...input, direction: 'pull' });
  expect(context.lifecycle.id).toBe('lifecycle');
  expect(context.lifecycle.getSnapshot().context).toMatchObject({
    direction: 'pull',
    batchTimeout: defaultConnectionOptions.batchTimeout,
  });
});

test('a session that remembers nothing has seen nothing', () => {
  const row: Row = { in: idle, on: again, to: authorizing };
  expect(outcomeOf(sessionMachine, row, initial).to).toBe(authorizing);
});
