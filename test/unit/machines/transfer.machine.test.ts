import { expect, test } from 'vitest';
import { noReports } from '../../../machines/reported-counts.js';
import { noCounts } from '../../../machines/stage.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { steps } from '../../../src/protocol/content.js';
import { transferErrorOf } from '../../../src/protocol/errors.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = {
  ends: { source: null, destination: null },
  steps,
  types: { only: [], exclude: [] },
  throttle: 0,
  strict: false,
  reported: noReports,
  differences: 0,
  counts: {},
  pauseIsAsked: false,
  failure: null,
};
const asked = { pauseIsAsked: true };
const strict = { strict: true };
const warned = { ...noReports, warnings: 1, otherWarnings: 1 };
const unread = { ...noReports, warnings: 1, unreadTypes: 1 };
const leavingOut = { types: { only: [], exclude: ['api::a.a'] } };
const server = { url: 'https://example.com/admin' };
const overALine = { ends: { source: null, destination: server } };
const overTwoLines = { ends: { source: server, destination: server } };
const cut = { type: 'connection.cut' };
const failure = { code: 'PEER_ERROR', details: { url: 'x' } };
const earlier = { code: 'CONNECTION_SILENT', details: {} };
const onError = { type: 'onError', error: transferErrorOf('PEER_ERROR', { url: 'x' }) } as Row['on'];
const onDone = (output?: unknown) => ({ type: 'onDone', output }) as Row['on'];
const compared = (differences: number, ignored: boolean) =>
  onDone({ differences, ignored, listed: '- a differs' });
const counts = { ...noCounts, items: 3 };
const ended = (step: string) => onDone({ step, counts, failure: null });

const started = (step: string) => ({ type: 'stage.started', step });
const completed = (step: string, moved: object = counts) => ({
  type: 'stage.completed',
  step,
  counts: moved,
});
const movedIn = (step: string) => ({ type: 'stage.moved', step, counts, totals: { count: 9 } });
const warning = { type: 'diagnostic.warning', url: 'x', message: 'deleting' };

const unreadOf = (type: string) =>
  ({ ...warning, message: `Failed to read all entities of type "${type}" from the source` }) as Row['on'];

const begins = (src: string) => [{ src }];
const stageOf = (step: string, throttle = 0) => [
  { src: 'stage', id: 'stage', input: { step, throttle, report: 'actor' } },
];

/** A promise whose rejection rolls the transfer back, for the first reason. */
const rollsBackIn = (state: string): Row[] => [
  { in: state, on: onError, to: 'rollingBack', and: { failure } },
  { in: state, given: { failure: earlier }, on: onError, to: 'rollingBack', and: { failure: earlier } },
];

const [clearing, replacing] = ['preparing.clearing', 'committing.replacing'];
const moving = (step: string) => `transferring.${step}.moving`;
const paused = (step: string) => `transferring.${step}.paused`;
const inTransfer = ['transferring.schemas', ...steps.map(moving)];
const resting = ['preparing.paused', ...steps.map(paused), 'committing.paused'];
const beforeCommit = ['opening', 'comparing', 'checking', clearing, ...inTransfer];
const working = [...beforeCommit, 'objecting', replacing];
const cancellable = [...working, ...resting];

const rows: Row[] = [
  {
    ...given({ source: null, destination: server, steps: ['links'] }),
    to: 'opening',
    and: { ...initial, ends: { source: null, destination: server }, steps: ['links'] },
    starts: [
      { src: 'source', id: 'source', input: { report: 'actor' } },
      { src: 'destination', id: 'destination', input: { ...server, report: 'actor' } },
      { src: 'openEnds' },
    ],
  },
  {
    ...given({ source: null, destination: server, steps, throttle: 5, strict: true }),
    to: 'opening',
    and: { throttle: 5, strict: true },
  },
  { in: 'opening', on: onDone(), to: 'comparing', starts: [{ src: 'compareSchemas', id: 'compareSchemas' }] },
  {
    in: 'comparing',
    on: compared(0, false),
    to: 'checking',
    and: { differences: 0 },
    starts: [{ src: 'checkSource', id: 'checkSource' }],
  },
  { in: 'comparing', on: compared(2, true), to: 'checking', and: { differences: 2 } },
  { in: 'checking', on: onDone(), to: clearing, starts: begins('prepareDestination') },
  {
    in: 'comparing',
    on: compared(2, false),
    to: 'rollingBack',
    and: {
      differences: 2,
      failure: { code: 'SCHEMA_MISMATCH', details: { differences: '- a differs' } },
    },
  },
  {
    in: clearing,
    on: onDone(),
    to: 'transferring.schemas',
    tells: [started('schemas')],
    starts: [{ src: 'handOverSchemas', id: 'handOverSchemas' }],
  },
  {
    in: 'transferring.schemas',
    given: { throttle: 5 },
    on: onDone(4),
    to: moving('entities'),
    tells: [completed('schemas', { ...noCounts, items: 4 }), started('entities')],
    starts: stageOf('entities', 5),
  },
  {
    in: moving('entities'),
    on: ended('entities'),
    to: moving('assets'),
    and: { counts: { entities: counts } },
    tells: [completed('entities'), started('assets')],
    starts: stageOf('assets'),
  },
  {
    in: moving('assets'),
    on: ended('assets'),
    to: moving('links'),
    tells: [completed('assets'), started('links')],
    starts: stageOf('links'),
  },
  {
    in: moving('links'),
    on: ended('links'),
    to: moving('configuration'),
    tells: [completed('links'), started('configuration')],
    starts: stageOf('configuration'),
  },
  {
    in: moving('configuration'),
    on: ended('configuration'),
    to: replacing,
    tells: [completed('configuration')],
    starts: begins('commit'),
  },
  // A stage that is left out is passed over, and nobody is told that it began.
  ...(['assets', 'links', 'configuration'] as const).map(
    (step): Row => ({
      in: 'transferring.schemas',
      given: { steps: [step] },
      on: onDone(4),
      to: moving(step),
      tells: [completed('schemas', { ...noCounts, items: 4 }), started(step)],
    }),
  ),
  { in: 'transferring.schemas', given: { steps: [] }, on: onDone(4), to: replacing },
  {
    in: moving('entities'),
    given: { steps: ['entities', 'links'] },
    on: ended('entities'),
    to: moving('links'),
  },
  { in: moving('assets'), given: { steps: ['assets'] }, on: ended('assets'), to: replacing },
  ...steps.flatMap((step): Row[] => [
    {
      in: moving(step),
      on: onDone({ step, counts, failure }),
      to: 'rollingBack',
      and: { failure },
      tells: [],
    },
    {
      in: moving(step),
      given: { failure: earlier },
      on: onDone({ step, counts, failure }),
      to: 'rollingBack',
      and: { failure: earlier },
    },
    {
      in: moving(step),
      given: { counts: { links: noCounts } },
      on: movedIn(step),
      to: moving(step),
      and: { counts: { links: noCounts, [step]: counts } },
      tells: [movedIn(step)],
    },
  ]),
  ...working.flatMap(rollsBackIn),
  {
    in: replacing,
    on: onDone(),
    to: 'closing',
    waits: [5_000],
    starts: [{ src: 'closeEnds', input: { completed: true } }],
  },
  {
    in: 'rollingBack',
    given: { failure: earlier },
    on: onDone(),
    to: 'closing',
    starts: [{ src: 'closeEnds', input: { completed: false } }],
  },
  // A server's goodbye says how long each of its parts may take.
  { in: replacing, given: overALine, on: onError, to: 'rollingBack', waits: [120_000] },
  { in: 'closing', on: warning, to: 'closing', tells: [warning] },
  ...cancellable.flatMap((state): Row[] => [
    {
      in: state,
      on: { type: 'abort', by: 'Ctrl-C' } as Row['on'],
      to: 'rollingBack',
      and: { failure: { code: 'ABORTED', details: { by: 'Ctrl-C' } } },
      waits: [10_000],
      starts: [{ src: 'rollBack', id: 'rollBack' }],
    },
    { in: state, on: 'abort', to: 'rollingBack', and: { failure: { code: 'ABORTED', details: {} } } },
    {
      in: state,
      given: { failure: earlier },
      on: 'abort',
      to: 'rollingBack',
      and: { failure: earlier },
    },
    { in: state, on: { type: 'end.lost', failure } as Row['on'], to: 'rollingBack', and: { failure } },
    {
      in: state,
      given: { failure: earlier },
      on: { type: 'end.lost', failure } as Row['on'],
      to: 'rollingBack',
      and: { failure: earlier },
    },
  ]),
  {
    in: 'rollingBack',
    given: { failure: earlier },
    on: onDone({ uploads: ['/backup'] }),
    to: 'closing',
    and: { failure: { ...earlier, details: { uploads: ['/backup'] } } },
  },
  { in: 'rollingBack', given: { failure: earlier }, on: onDone(), to: 'closing', and: { failure: earlier } },
  // What was left behind tells more about a failure; where there was none, there is nothing to tell it with.
  { in: 'rollingBack', on: onDone({ uploads: ['/backup'] }), to: 'closing', and: { failure: null } },
  { in: 'rollingBack', given: { failure: earlier }, on: onError, to: 'closing', and: { failure: earlier } },
  { in: 'rollingBack', given: { failure: earlier }, on: 'after.rollbackTimeout', to: 'closing' },
  // What the peers report is counted and passed on.
  ...[...cancellable, 'rollingBack', 'closing'].flatMap((state): Row[] => [
    { in: state, on: warning as Row['on'], to: state, and: { reported: warned }, tells: [warning] },
    {
      in: state,
      given: { reported: warned },
      on: 'diagnostic.error',
      to: state,
      and: { reported: { ...warned, errors: 1 } },
      tells: [{ type: 'diagnostic.error' }],
    },
    { in: state, on: unreadOf('api::a.a'), to: state, and: { reported: unread } },
    { in: state, given: leavingOut, on: unreadOf('api::a.a'), to: state, and: { reported: warned } },
    { in: state, on: 'diagnostic.info', to: state, and: { reported: initial.reported } },
    { in: state, on: 'request.retried', to: state, tells: [{ type: 'request.retried' }] },
  ]),
  // Where the user wants all or nothing, what was reported ends it before the next thing begins, a commit above all;
  // rows that could not be read end it always.
  ...[
    { ...strict, reported: warned },
    { ...strict, reported: { ...noReports, errors: 1 } },
    { reported: unread },
  ].flatMap((standing): Row[] => [
    { in: 'checking', given: standing, on: onDone(), to: 'objecting' },
    ...steps.map(
      (step): Row => ({
        in: moving(step),
        given: { ...standing, ...asked },
        on: ended(step),
        to: 'objecting',
        and: { counts: { [step]: counts } },
        tells: [completed(step)],
        starts: [{ src: 'describeReports', id: 'describeReports', input: standing.reported }],
      }),
    ),
    {
      in: 'transferring.schemas',
      given: { ...standing, steps: [] },
      on: onDone(4),
      to: 'objecting',
    },
    { in: 'transferring.schemas', given: standing, on: onDone(4), to: 'objecting' },
    ...resting.map(
      (state): Row => ({
        in: state,
        given: { ...standing, ...asked },
        on: 'resume',
        to: 'objecting',
        and: { pauseIsAsked: false },
      }),
    ),
    {
      in: 'objecting',
      given: standing,
      on: onDone({ listed: '- a file is missing' }),
      to: 'rollingBack',
      and: {
        failure: {
          code: standing.reported === unread ? 'SOURCE_INCOMPLETE' : 'SERVER_REPORTED',
          details: { ...standing.reported, listed: '- a file is missing' },
        },
      },
    },
  ]),
  { in: moving('configuration'), given: strict, on: ended('configuration'), to: replacing },
  {
    in: moving('configuration'),
    given: { reported: warned },
    on: ended('configuration'),
    to: replacing,
  },
  // Asked to pause, it finishes what it does and rests before what comes next.
  ...beforeCommit.flatMap((state): Row[] => [
    { in: state, on: 'pause', to: state, and: asked },
    { in: state, given: asked, on: 'resume', to: state, and: { pauseIsAsked: false } },
  ]),
  { in: 'checking', given: asked, on: onDone(), to: 'preparing.paused', starts: [] },
  {
    in: 'transferring.schemas',
    given: asked,
    on: onDone(4),
    to: paused('entities'),
    tells: [completed('schemas', { ...noCounts, items: 4 })],
  },
  ...steps.map(
    (step, place): Row => ({
      in: moving(step),
      given: asked,
      on: ended(step),
      to: steps[place + 1] === undefined ? 'committing.paused' : paused(steps[place + 1] ?? ''),
      and: { ...asked, counts: { [step]: counts } },
      tells: [completed(step)],
    }),
  ),
  // A stage that failed is no reason to rest.
  ...steps.map(
    (step): Row => ({
      in: moving(step),
      given: asked,
      on: onDone({ step, counts, failure }),
      to: 'rollingBack',
    }),
  ),
  // It rests before a stage that moves, not before one that is left out.
  ...(['assets', 'links', 'configuration'] as const).map(
    (step): Row => ({
      in: 'transferring.schemas',
      given: { ...asked, steps: [step] },
      on: onDone(4),
      to: paused(step),
    }),
  ),
  { in: 'transferring.schemas', given: { ...asked, steps: [] }, on: onDone(4), to: 'committing.paused' },
  ...[
    ['preparing.paused', clearing],
    ...steps.map((step) => [paused(step), moving(step)]),
    ['committing.paused', replacing],
  ].map(
    ([rest = '', to]): Row => ({
      in: rest,
      given: asked,
      on: 'resume',
      to: to ?? '',
      and: { pauseIsAsked: false },
    }),
  ),
  // Too late to be asked for.
  ...['objecting', replacing, 'rollingBack', 'closing'].map(
    (state): Row => ({ in: state, on: 'pause', to: state, and: { pauseIsAsked: false }, does: [] }),
  ),
  ...cancellable.flatMap((state): Row[] => [
    { in: state, given: overALine, on: 'connection.cut', to: state, tells: [cut] },
    { in: state, given: overTwoLines, on: 'connection.cut', to: state, tells: [cut, cut] },
    { in: state, on: 'connection.cut', to: state, does: [] },
  ]),
  ...['rollingBack', 'closing'].map(
    (state): Row => ({ in: state, given: overALine, on: 'connection.cut', to: state, does: [] }),
  ),
  // What ends a transfer comes once.
  ...['rollingBack', 'closing'].flatMap((state): Row[] =>
    ['abort', { type: 'end.lost', failure } as Row['on']].map((on) => ({
      in: state,
      given: { failure: earlier },
      on,
      to: state,
      and: { failure: earlier },
      does: [],
    })),
  ),
  ...[onDone(), onError, 'after.closeTimeout' as const].flatMap((event): Row[] => [
    {
      in: 'closing',
      given: { counts: { links: counts } },
      on: event,
      to: 'completed',
      ends: { outcome: 'completed', counts: { links: counts }, failure: null, reported: initial.reported },
    },
    {
      in: 'closing',
      given: { failure },
      on: event,
      to: 'failed',
      ends: { outcome: 'failed', counts: {}, failure, reported: initial.reported },
    },
    {
      in: 'closing',
      given: { failure: { code: 'ABORTED' } },
      on: event,
      to: 'aborted',
      ends: { outcome: 'aborted', counts: {}, failure: { code: 'ABORTED' }, reported: initial.reported },
    },
  ]),
];

describeTable(transferMachine, initial, rows, [
  // Where no end has a connection, nobody is told to cut one: the guard is for those who ask what may be asked.
  /^on\.connection\.cut loses its guard$/,
  // `done` leads there by itself.
  /^committing\.paused\.on\.resume → transferring\.done$/,
  /^transferring\.configuration\..* → (transferring\.done|committing\.gate)$/,
  // The next gate objects, too.
  /gate\.always\.[01] → (transferring\.\w+\.gate|transferring\.done|committing\.gate)$/,
]);

test('whoever steers it can ask whether there is a line to cut', () => {
  const can = (more: object) =>
    transferMachine
      .resolveState({ value: 'opening', context: { ...initial, ...more } as never })
      .can({ type: 'connection.cut' });
  expect([can({}), can(overALine), can(overTwoLines)]).toEqual([false, true, true]);
});
