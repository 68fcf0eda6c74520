import { noCounts } from '../../../machines/stage.machine.js';
import { transferMachine } from '../../../machines/transfer.machine.js';
import { steps } from '../../../src/protocol/content.js';
import { TransferError } from '../../../src/protocol/errors.js';
import type { Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const initial = {
  ends: { source: {}, destination: {} },
  steps,
  throttle: 0,
  differences: 0,
  counts: {},
  pauseIsAsked: false,
  failure: null,
};
const asked = { pauseIsAsked: true };
const overALine = { ends: { source: {}, destination: { url: 'https://example.com/admin' } } };
const failure = { code: 'PEER_ERROR', details: { url: 'x' } };
const earlier = { code: 'CONNECTION_SILENT', details: {} };
const onError = { type: 'onError', error: new TransferError('PEER_ERROR', { url: 'x' }) } as Row['on'];
const onDone = (output?: unknown) => ({ type: 'onDone', output }) as Row['on'];
const compared = (differences: number, ignored: boolean, asks = false) =>
  onDone({ differences, ignored, asks, listed: '- a differs' });
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

/** A promise whose rejection rolls the transfer back, for the first reason. */
const rollsBackIn = (state: string): Row[] => [
  { in: state, on: onError, to: 'rollingBack', and: { failure } },
  { in: state, given: { failure: earlier }, on: onError, to: 'rollingBack', and: { failure: earlier } },
];

const inTransfer = ['schemas', ...steps].map((step) => `transferring.${step}`);
const resting = ['preparing', ...steps, 'committing'].map((next) => `paused.${next}`);
const beforeCommit = ['opening', 'comparing', 'confirming', 'checking', 'preparing', ...inTransfer];
const working = [...beforeCommit, 'committing'];
const cancellable = [...working, ...resting];

const rows: Row[] = [
  { in: 'opening', on: onDone(), to: 'comparing' },
  { in: 'comparing', on: compared(0, false, true), to: 'checking', and: { differences: 0 } },
  { in: 'comparing', on: compared(2, true, true), to: 'checking', and: { differences: 2 } },
  { in: 'comparing', on: compared(2, false, true), to: 'confirming', and: { differences: 2 } },
  { in: 'confirming', on: onDone(), to: 'checking' },
  { in: 'checking', on: onDone(), to: 'preparing' },
  {
    in: 'comparing',
    on: compared(2, false),
    to: 'rollingBack',
    and: {
      differences: 2,
      failure: { code: 'SCHEMA_MISMATCH', details: { differences: '- a differs' } },
    },
  },
  { in: 'preparing', on: onDone(), to: 'transferring.schemas', tells: [started('schemas')] },
  {
    in: 'transferring.schemas',
    on: onDone(4),
    to: 'transferring.entities',
    tells: [completed('schemas', { ...noCounts, items: 4 }), started('entities')],
  },
  {
    in: 'transferring.entities',
    on: ended('entities'),
    to: 'transferring.assets',
    and: { counts: { entities: counts } },
    tells: [completed('entities'), started('assets')],
  },
  { in: 'transferring.assets', on: ended('assets'), to: 'transferring.links' },
  { in: 'transferring.links', on: ended('links'), to: 'transferring.configuration' },
  { in: 'transferring.configuration', on: ended('configuration'), to: 'committing' },
  // A stage that is left out is passed over.
  { in: 'transferring.schemas', given: { steps: ['assets'] }, on: onDone(4), to: 'transferring.assets' },
  { in: 'transferring.schemas', given: { steps: ['links'] }, on: onDone(4), to: 'transferring.links' },
  {
    in: 'transferring.schemas',
    given: { steps: ['configuration'] },
    on: onDone(4),
    to: 'transferring.configuration',
  },
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
  { in: 'committing', on: onDone(), to: 'closing', waits: [5_000] },
  { in: 'closing', on: warning, to: 'closing', tells: [warning] },
  ...cancellable.flatMap((state): Row[] => [
    {
      in: state,
      on: { type: 'abort', by: 'Ctrl-C' } as Row['on'],
      to: 'rollingBack',
      and: { failure: { code: 'ABORTED', details: { by: ' by Ctrl-C' } } },
      waits: [10_000],
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
  ]),
  {
    in: 'rollingBack',
    given: { failure: earlier },
    on: onDone({ uploads: ['/backup'] }),
    to: 'closing',
    and: { failure: { ...earlier, details: { uploads: ['/backup'] } } },
  },
  { in: 'rollingBack', given: { failure: earlier }, on: onDone(), to: 'closing', and: { failure: earlier } },
  { in: 'rollingBack', given: { failure: earlier }, on: onError, to: 'closing', and: { failure: earlier } },
  { in: 'rollingBack', given: { failure: earlier }, on: 'after.rollbackTimeout', to: 'closing' },
  // What the peers report changes nothing; it is passed on.
  ...[...cancellable, 'rollingBack', 'closing'].flatMap((state): Row[] => [
    { in: state, on: 'diagnostic.warning', to: state, does: ['xstate.emit'] },
    { in: state, on: 'request.retried', to: state, does: ['xstate.emit'] },
  ]),
  // Asked to pause, it finishes what it does and rests before what comes next.
  ...beforeCommit.flatMap((state): Row[] => [
    { in: state, on: 'pause', to: state, and: asked },
    { in: state, given: asked, on: 'resume', to: state, and: { pauseIsAsked: false } },
  ]),
  { in: 'checking', given: asked, on: onDone(), to: 'paused.preparing' },
  { in: 'transferring.schemas', given: asked, on: onDone(4), to: 'paused.entities' },
  ...steps.map(
    (step, place): Row => ({
      in: `transferring.${step}`,
      given: asked,
      on: ended(step),
      to: `paused.${steps[place + 1] ?? 'committing'}`,
      and: { ...asked, counts: { [step]: counts } },
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
  ...['committing', 'rollingBack', 'closing'].map(
    (state): Row => ({ in: state, on: 'pause', to: state, and: { pauseIsAsked: false }, does: [] }),
  ),
  ...cancellable.flatMap((state): Row[] => [
    { in: state, given: overALine, on: 'connection.cut', to: state, does: ['xstate.sendTo'] },
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
    { in: 'closing', on: event, to: 'completed' },
    { in: 'closing', given: { failure }, on: event, to: 'failed' },
    { in: 'closing', given: { failure: { code: 'ABORTED' } }, on: event, to: 'aborted' },
  ]),
];

describeTable(transferMachine, initial, rows, [
  // Where no end has a connection, nobody is told to cut one: the guard is for those who ask what may be asked.
  /^on\.connection\.cut loses its guard$/,
  // `done` leads there by itself.
  /^paused\.committing\.on\.resume → transferring\.done$/,
  /^transferring\.configuration\..* → committing$/,
]);
