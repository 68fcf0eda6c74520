import { expect, test } from 'vitest';
import { initialTransition, transition } from 'xstate';
import { sessionMachine } from '../../../machines/session.machine.js';
import { defaultLinkOptions } from '../../../src/protocol/link.js';
import { given, outcomeOf, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

/** A lifecycle that stands in `state` and takes every request, or none. */
const lifecycle = (state: string | object, takes = true, status = 'active') => ({
  send() {},
  getSnapshot: () => ({
    status,
    value: state,
    can: () => takes,
    matches: (wanted: unknown) => JSON.stringify(wanted) === JSON.stringify(state),
    context: { direction: 'push', step: null },
    getMeta: () => ({
      lifecycle: {
        refuses: {
          'request.*': 'ACTION_OUT_OF_ORDER',
          ...(state === 'connected' ? { 'request.invalid': 'NO_TRANSFER' } : {}),
        },
      },
    }),
  }),
});

const one = { type: 'request.bootstrap', uuid: 'u1' };
const two = { type: 'request.getSchemas', uuid: 'u2' };
const waiting = (request: object, bytes = 10) => ({ request, bytes });
const input = {
  direction: 'push' as const,
  linkOptions: defaultLinkOptions,
  retryMessageOptions: { retryMessageTimeout: 30_000, retryMessageMaxRetries: 5 },
  limits: { initTimeout: 30_000, idleTimeout: 300_000, queue: 2, queueBytes: 100 },
};
const initial = {
  input,
  lifecycle: lifecycle('preparing'),
  queue: [],
  current: one,
  refusal: null,
  failure: null,
};
const refusing = { lifecycle: lifecycle('preparing', false) };
const invalid = { current: { type: 'request.invalid', uuid: 'u1', code: 'INVALID_ACTION' } };
const queued = { queue: [waiting(two)] };
const full = { queue: [waiting(two), waiting(two)] };

const received = (bytes = 10) => ({ type: 'message.received', request: two, bytes }) as Row['on'];
const settled = (uuid: string) => ({ type: 'exchange.settled', uuid }) as Row['on'];
const holds = { type: 'onDone', output: null } as Row['on'];
const holdsNot = { type: 'onDone', output: 'UNAUTHORIZED' } as Row['on'];
const broken = { type: 'message.broken', code: 'INVALID_MESSAGE' } as Row['on'];
const gone = (code: string | null) => ({
  type: 'xstate.done.actor.connection',
  output: code === null ? null : { code, details: {} },
});

const authorizes = (request: object) => [{ src: 'authorize', input: { request } }];
const abort = { type: 'abort' };
const closes = (closeCode: number, reason: string) => ({ type: 'connection.close', closeCode, reason });
/** Lifecycles of which nothing is left to abort: nothing has begun, or all is done, or it has failed. */
const overs = [
  lifecycle('connected'),
  lifecycle('ended'),
  lifecycle({ closing: 'settled' }),
  lifecycle('failed', true, 'done'),
];

const [idle, authorizing, exchanging] = ['serving.idle', 'serving.authorizing', 'serving.exchanging'];
const alive = ['opening', idle, authorizing, exchanging];

const rows: Row[] = [
  {
    ...given(input),
    to: 'opening',
    and: { input, queue: [], current: null, refusal: null, failure: null },
    does: ['attach', 'xstate.spawnChild'],
    starts: [
      { src: 'connection', id: 'connection', input: { options: defaultLinkOptions, report: 'actor' } },
    ],
  },
  {
    in: 'opening',
    given: { lifecycle: lifecycle('connected') },
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
      given: { lifecycle: over },
      on: 'after.patience',
      to: 'closing',
      tells: [closes(4408, 'SESSION_IDLE')],
    },
    { in: idle, given: { lifecycle: over }, on: 'abort', to: 'cutting', tells: [abort] },
  ]),
  { in: idle, on: settled('u1'), to: idle },

  { in: authorizing, on: holds, to: exchanging, and: { refusal: null }, tells: [one] },
  {
    in: authorizing,
    given: refusing,
    on: holds,
    to: idle,
    and: { refusal: 'ACTION_OUT_OF_ORDER' },
    does: ['xstate.stopChild', 'refuse', 'xstate.raise'],
  },
  { in: authorizing, given: invalid, on: holds, to: idle, and: { refusal: 'INVALID_ACTION' } },
  {
    in: authorizing,
    given: { ...invalid, lifecycle: lifecycle('connected') },
    on: holds,
    to: idle,
    and: { refusal: 'NO_TRANSFER' },
  },
  // A lifecycle that is at its end would let the request fall without a word.
  {
    in: authorizing,
    given: { lifecycle: lifecycle('failed', true, 'done') },
    on: holds,
    to: idle,
    and: { refusal: 'ACTION_OUT_OF_ORDER' },
  },
  {
    in: authorizing,
    given: { ...refusing, ...queued },
    on: holds,
    to: authorizing,
    and: { current: two },
    starts: authorizes(two),
  },
  // Where nothing is in work, nothing is exchanged.
  { in: authorizing, given: { current: null }, on: holds, to: idle, and: { refusal: null }, tells: [] },
  {
    in: authorizing,
    on: holdsNot,
    to: idle,
    and: { refusal: 'UNAUTHORIZED' },
    does: ['xstate.stopChild', 'refuse', 'xstate.raise'],
  },
  { in: authorizing, given: queued, on: holdsNot, to: authorizing, and: { current: two, queue: [] } },
  { in: authorizing, on: 'onError', to: 'cutting', and: { failure: 'UNEXPECTED' } },

  { in: exchanging, on: settled('u1'), to: idle },
  { in: exchanging, on: settled('another'), to: exchanging },
  { in: exchanging, given: { current: null }, on: settled('u1'), to: exchanging },
  { in: exchanging, given: queued, on: settled('u1'), to: authorizing, and: { current: two, queue: [] } },
  ...[authorizing, exchanging].flatMap((state): Row[] => [
    { in: state, on: received(), to: state, and: { queue: [waiting(two)], current: one } },
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
      // No code of RFC 6455 stands for it.
      on: { type: 'leave', code: 'STORE_FAILED' } as Row['on'],
      to: 'closing',
      and: { failure: 'STORE_FAILED' },
      tells: [abort, closes(1011, 'STORE_FAILED')],
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
      to: 'cleaning',
      and: { failure: 'CONNECTION_CLOSED' },
      tells: [abort],
      starts: [{ src: 'cleanUp' }],
    },
    // Nothing is left undone: that the client is gone is no failure.
    ...['connected', 'ended', { closing: 'settled' }].map(
      (over): Row => ({
        in: state,
        given: { lifecycle: lifecycle(over) },
        on: gone('CONNECTION_CLOSED'),
        to: 'cleaning',
        and: { failure: null },
        tells: [],
      }),
    ),
    {
      in: state,
      given: { failure: 'SESSION_IDLE' },
      on: gone(null),
      to: 'cleaning',
      and: { failure: 'SESSION_IDLE' },
    },
  ]),
  ...['closing', 'cutting'].flatMap((state): Row[] => [
    { in: state, on: gone(null), to: 'cleaning', and: { failure: null } },
    { in: state, on: 'leave', to: state, does: [] },
    { in: state, on: 'connection.cut', to: state, does: [] },
    { in: state, on: broken, to: state, does: [] },
    { in: state, on: received(), to: state, does: [] },
  ]),
  // A closing handshake that takes long is cut.
  { in: 'closing', on: 'abort', to: 'cutting', and: { failure: 'ABORTED' } },
  { in: 'cutting', on: 'abort', to: 'cutting', does: [] },
  ...[broken, 'leave', 'abort', 'connection.cut'].map(
    (on): Row => ({ in: 'cleaning', on, to: 'cleaning', does: [] }),
  ),
  { in: 'cleaning', on: 'onDone', to: 'over', ends: null },
  { in: 'cleaning', given: { failure: 'SESSION_IDLE' }, on: 'onError', to: 'over', ends: 'SESSION_IDLE' },
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
  guards: { wasSeen: ({ event }) => 'request' in event && event.request.uuid === 'seen' },
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
    batchTimeout: defaultLinkOptions.batchTimeout,
  });
});

test('what may be exchanged goes to its lifecycle, and to nobody else', () => {
  const context = initial as never;
  const snapshot = sessionMachine.resolveState({ value: { serving: 'authorizing' }, context });
  const authorized = { type: 'xstate.done.actor.0.session.serving.authorizing', output: null };
  const [next, actions] = transition(sessionMachine, snapshot, authorized as never);
  expect(next.value).toEqual({ serving: 'exchanging' });
  const sent = actions.filter(({ type }) => type === 'xstate.sendTo');
  expect(sent.map(({ params }) => (params as unknown as { to: unknown }).to)).toEqual([initial.lifecycle]);
});

test('a session that remembers nothing has seen nothing', () => {
  const row: Row = { in: idle, on: again, to: authorizing };
  expect(outcomeOf(sessionMachine, row, initial).to).toBe(authorizing);
});
