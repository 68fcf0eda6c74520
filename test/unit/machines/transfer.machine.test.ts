import { expect, test } from 'vitest';
import { noReports } from '../../../machines/reported.js';
import { noCounts } from '../../../machines/stage.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { steps } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = {
  ends: { source: {}, destination: {} },
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
const folder = { path: '/backup' };
const overALine = { ends: { source: folder, destination: server } };
const overTwoLines = { ends: { source: server, destination: server } };
const cut = { type: 'connection.cut' };
const failure = { code: 'PEER_ERROR', details: { url: 'x' } };
const earlier = { code: 'CONNECTION_SILENT', details: {} };
const onError = { type: 'onError', error: new TransferError('PEER_ERROR', { url: 'x' }) } as Row['on'];
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

const inTransfer = ['schemas', ...steps].map((step) => `transferring.${step}`);
const resting = ['preparing', ...steps, 'committing'].map((next) => `paused.${next}`);
const beforeCommit = ['opening', 'comparing', 'checking', 'preparing', ...inTransfer];
const working = [...beforeCommit, 'objecting', 'committing'];
const cancellable = [...working, ...resting];

const rows: Row[] = [
  {
    ...given({ source: folder, destination: server, steps: ['links'] }),
    to: 'opening',
    and: { ...initial, ends: { source: folder, destination: server }, steps: ['links'] },
    starts: [
      { src: 'source', id: 'source', input: { ...folder, report: 'actor' } },
      { src: 'destination', id: 'destination', input: { ...server, report: 'actor' } },
      { src: 'openEnds' },
    ],
  },
  {
    ...given({ source: folder, destination: folder, steps, throttle: 5, strict: true }),
    to: 'opening',
    and: { throttle: 5, strict: true },
  },
  { in: 'opening', on: onDone(), to: 'comparing', starts: begins('compareSchemas') },
  {
    in: 'comparing',
    on: compared(0, false),
    to: 'checking',
    and: { differences: 0 },
    starts: begins('checkSource'),
  },
  { in: 'comparing', on: compared(2, true), to: 'checking', and: { differences: 2 } },
  { in: 'checking', on: onDone(), to: 'preparing', starts: begins('prepareDestination') },
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
    in: 'preparing',
    on: onDone(),
    to: 'transferring.schemas',
    tells: [started('schemas')],
    starts: begins('handOverSchemas'),
  },
  {
    in: 'transferring.schemas',
    given: { throttle: 5 },
    on: onDone(4),
    to: 'transferring.entities',
    tells: [completed('schemas', { ...noCounts, items: 4 }), started('entities')],
    starts: stageOf('entities', 5),
  },
  {
    in: 'transferring.entities',
    on: ended('entities'),
    to: 'transferring.assets',
    and: { counts: { entities: counts } },
    tells: [completed('entities'), started('assets')],
    starts: stageOf('assets'),
  },
  {
    in: 'transferring.assets',
    on: ended('assets'),
    to: 'transferring.links',
    tells: [completed('assets'), started('links')],
    starts: stageOf('links'),
  },
  {
    in: 'transferring.links',
    on: ended('links'),
    to: 'transferring.configuration',
    tells: [completed('links'), started('configuration')],
    starts: stageOf('configuration'),
  },
  {
    in: 'transferring.configuration',
    on: ended('configuration'),
    to: 'committing',
    tells: [completed('configuration')],
    starts: begins('commit'),
  },
  // A stage that is left out is passed over, and nobody is told that it began.
  ...(['assets', 'links', 'configuration'] as const).map(
    (step): Row => ({
      in: 'transferring.schemas',
      given: { steps: [step] },
      on: onDone(4),
      to: `transferring.${step}`,
      tells: [completed('schemas', { ...noCounts, items: 4 }), started(step)],
    }),
  ),
  { in: 'transferring.schemas', given: { steps: [] }, on: onDone(4), to: 'committing' },
  {
    in: 'transferring.entities',
    given: { steps: ['entities', 'links'] },
    on: ended('entities'),
    to: 'transferring.links',
  },
  { in: 'transferring.assets', given: { steps: ['assets'] }, on: ended('assets'), to: 'committing' },
  ...steps.flatMap((step): Row[] => [
    {
      in: `transferring.${step}`,
      on: onDone({ step, counts, failure }),
      to: 'rollingBack',
      and: { failure },
      tells: [],
    },
    {
      in: `transferring.${step}`,
      given: { failure: earlier },
      on: onDone({ step, counts, failure }),
      to: 'rollingBack',
      and: { failure: earlier },
    },
    {
      in: `transferring.${step}`,
      given: { counts: { links: noCounts } },
      on: movedIn(step),
      to: `transferring.${step}`,
      and: { counts: { links: noCounts, [step]: counts } },
      tells: [movedIn(step)],
    },
  ]),
  ...working.flatMap(rollsBackIn),
  {
    in: 'committing',
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
  { in: 'committing', given: overALine, on: onError, to: 'rollingBack', waits: [120_000] },
  { in: 'closing', on: warning, to: 'closing', tells: [warning] },
  ...cancellable.flatMap((state): Row[] => [
    {
      in: state,
      on: { type: 'abort', by: 'Ctrl-C' } as Row['on'],
      to: 'rollingBack',
      and: { failure: { code: 'ABORTED', details: { by: ' by Ctrl-C' } } },
      waits: [10_000],
      starts: begins('rollBack'),
    },
    { in: state, on: 'abort', to: 'rollingBack', and: { failure: { code: 'ABORTED', details: { by: '' } } } },
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
        in: `transferring.${step}`,
        given: { ...standing, ...asked },
        on: ended(step),
        to: 'objecting',
        and: { counts: { [step]: counts } },
        tells: [completed(step)],
        starts: [{ src: 'describeReports', input: standing.reported }],
      }),
    ),
    {
      in: 'transferring.schemas',
      given: { ...standing, steps: [] },
      on: onDone(4),
      to: 'objecting',
    },
    {
      in: 'paused.committing',
      given: { ...standing, ...asked },
      on: 'resume',
      to: 'objecting',
      and: { pauseIsAsked: false },
    },
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
  { in: 'transferring.configuration', given: strict, on: ended('configuration'), to: 'committing' },
  {
    in: 'transferring.configuration',
    given: { reported: warned },
    on: ended('configuration'),
    to: 'committing',
  },
  // Asked to pause, it finishes what it does and rests before what comes next.
  ...beforeCommit.flatMap((state): Row[] => [
    { in: state, on: 'pause', to: state, and: asked },
    { in: state, given: asked, on: 'resume', to: state, and: { pauseIsAsked: false } },
  ]),
  { in: 'checking', given: asked, on: onDone(), to: 'paused.preparing', starts: [] },
  {
    in: 'transferring.schemas',
    given: asked,
    on: onDone(4),
    to: 'paused.entities',
    tells: [completed('schemas', { ...noCounts, items: 4 })],
  },
  ...steps.map(
    (step, place): Row => ({
      in: `transferring.${step}`,
      given: asked,
      on: ended(step),
      to: `paused.${steps[place + 1] ?? 'committing'}`,
      and: { ...asked, counts: { [step]: counts } },
      tells: [completed(step)],
    }),
  ),
  // A stage that failed is no reason to rest.
  ...steps.map(
    (step): Row => ({
      in: `transferring.${step}`,
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
      to: `paused.${step}`,
    }),
  ),
  { in: 'transferring.schemas', given: { ...asked, steps: [] }, on: onDone(4), to: 'paused.committing' },
  ...[
    ['preparing', 'preparing'],
    ...steps.map((step) => [step, `transferring.${step}`]),
    ['committing', 'committing'],
  ].map(
    ([next, to]): Row => ({
      in: `paused.${next}`,
      given: asked,
      on: 'resume',
      to: to ?? '',
      and: { pauseIsAsked: false },
    }),
  ),
  // Too late to be asked for.
  ...['objecting', 'committing', 'rollingBack', 'closing'].map(
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
  /^paused\.committing\.on\.resume\.[01] → transferring\.done$/,
  /^(checking|transferring\.\w+)\.invoke\.onDone\.[01] → transferring\.done$/,
  /^transferring\.configuration\..* → committing$/,
]);

test('whoever steers it can ask whether there is a line to cut', () => {
  const can = (more: object) =>
    transferMachine
      .resolveState({ value: 'opening', context: { ...initial, ...more } as never })
      .can({ type: 'connection.cut' });
  expect([can({}), can(overALine), can(overTwoLines)]).toEqual([false, true, true]);
});
