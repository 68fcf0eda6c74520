import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { given, type Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const request = { type: 'request.init', uuid: 'u0' };
const initial = {
  direction: 'push',
  batchTimeout: 60_000,
  request,
  lastAction: null,
  step: null,
  fate: 'none',
  stages: {},
  concurrent: [],
  batches: 0,
};
const pull = { direction: 'pull' };

const ask = (name: string, step?: string) =>
  ({ type: `request.${name}`, uuid: 'u1', ...(step === undefined ? {} : { step }) }) as Row['on'];
const accepted = { type: 'onDone', output: { accepted: true } } as Row['on'];
const refused = { type: 'onDone', output: { accepted: false } } as Row['on'];
const rejected = { type: 'onError', error: new Error('gone') } as Row['on'];
const concurrent = (what: 'done' | 'error', answer = true) =>
  ({
    type: `xstate.${what}.actor.concurrent.1`,
    actorId: 'concurrent.1',
    output: { accepted: answer },
    error: new Error('gone'),
  }) as Row['on'];
const done = (uuid: string, answer: boolean) => ({ type: 'exchange.done', uuid, accepted: answer });
const failure = { code: 'UNEXPECTED', details: { reason: 'gone' } };
const failedOf = (uuid: string) => ({ type: 'exchange.failed', uuid, failure });
/** The exchange that decides where the chart goes, and those concurrent it. */
const exchange = (asked: Row['on'], id = 'exchange') => [
  {
    src: 'exchange',
    id,
    input: { request: asked, ...(nameOf(asked) === 'request.close' ? { commits: false } : {}) },
  },
];
function nameOf(event: Row['on']): string {
  return typeof event === 'object' ? event.type : event;
}

const [unopened, resting, exchanging] = ['preparing.unopened', 'preparing.resting', 'preparing.exchanging'];
const [starting, streaming, ending, between] = [
  'transferring.starting',
  'transferring.streaming',
  'transferring.ending',
  'transferring.between',
];
const [settling, settled, leaving] = ['closing.settling', 'closing.settled', 'closing.leaving'];
const everyState = [
  ...['connected', 'initializing', unopened, resting, exchanging, starting, streaming, ending, between],
  ...[settling, settled, leaving, 'ended', 'aborting', 'rolledBack'],
];

/** A request whose exchange begins with it. */
const asks = (state: string, name: string, to: string, more: Partial<Row> = {}, step?: string): Row => ({
  in: state,
  on: ask(name, step),
  to,
  starts: exchange(ask(name, step)),
  ...more,
  and: { request: ask(name, step), ...more.and },
});

/** What may be asked wherever a transfer could be closed. */
const waysOut = (state: string): Row[] => [
  asks(state, 'rollback', 'aborting'),
  { in: state, given: pull, on: ask('rollback'), to: state },
  asks(state, 'close', settling),
  asks(state, 'end', leaving),
];

/** Where an exchange with an answer, of either kind, leads. */
const decides = (state: string, yes: string, no: string, where = {}): Row[] => [
  { in: state, given: where, on: accepted, to: yes, tells: [done('u0', true)] },
  { in: state, given: where, on: refused, to: no, tells: [done('u0', false)] },
  { in: state, given: where, on: rejected, to: 'failed', tells: [failedOf('u0')] },
];

/** Requests that a state takes no notice of. */
const refusesIn = (state: string, names: readonly string[]): Row[] =>
  names.map((name) => ({
    in: state,
    given: { step: 'links' },
    on: ask(name, 'links'),
    to: state,
    does: [],
  }));

const opened = { lastAction: 'bootstrap' };
const batch = { step: 'links', concurrent: [], batches: 0 };
const everyRequest = [
  ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer', 'stepStart', 'stepStream'],
  ...['stepEnd', 'rollback', 'close', 'end'],
];

const rows: Row[] = [
  {
    ...given({ direction: 'pull', batchTimeout: 7 }),
    to: 'connected',
    and: { ...initial, direction: 'pull', batchTimeout: 7, request: null },
  },
  asks('connected', 'init', 'initializing'),
  ...refusesIn('connected', everyRequest.slice(1)),
  ...decides('initializing', unopened, 'connected'),
  ...refusesIn('initializing', everyRequest),

  // Nothing but what opens a transfer, or gives it up.
  asks(unopened, 'bootstrap', exchanging),
  ...refusesIn(
    unopened,
    everyRequest.filter((name) => !['bootstrap', 'rollback', 'end'].includes(name)),
  ),
  asks(unopened, 'rollback', 'aborting'),
  { in: unopened, given: pull, on: ask('rollback'), to: unopened },
  asks(unopened, 'end', leaving),

  { in: resting, given: opened, on: ask('bootstrap'), to: resting },
  asks(resting, 'bootstrap', exchanging, { given: { ...pull, ...opened } }),
  asks(resting, 'beforeTransfer', exchanging),
  { in: resting, given: { lastAction: 'bootstrap' }, on: ask('beforeTransfer'), to: exchanging },
  { in: resting, given: { lastAction: 'beforeTransfer' }, on: ask('beforeTransfer'), to: resting },
  { in: resting, given: pull, on: ask('beforeTransfer'), to: resting },
  asks(resting, 'getMetadata', exchanging),
  asks(resting, 'getSchemas', exchanging),
  asks(resting, 'stepStart', starting, { and: { step: 'links' } }, 'links'),
  { in: resting, on: ask('stepStart', 'schemas'), to: starting, and: { step: 'schemas' } },
  { in: resting, on: ask('stepStart', 'unknown'), to: resting, and: { step: null } },
  { in: resting, given: pull, on: ask('stepStart', 'unknown'), to: starting },
  asks(resting, 'stepEnd', ending, { and: { step: 'links' } }, 'links'),
  { in: resting, on: ask('stepEnd', 'unknown'), to: resting, and: { step: null } },
  { in: resting, given: pull, on: ask('stepEnd', 'unknown'), to: ending },
  { in: resting, on: ask('stepStream', 'links'), to: resting },
  { in: resting, on: ask('init'), to: resting },
  ...waysOut(resting),
  ...decides(exchanging, resting, resting, opened),
  {
    in: exchanging,
    given: { request: ask('bootstrap') },
    on: accepted,
    to: resting,
    and: { lastAction: 'bootstrap' },
  },
  {
    in: exchanging,
    given: { request: ask('beforeTransfer') },
    on: accepted,
    to: resting,
    and: { lastAction: 'beforeTransfer' },
  },
  {
    in: exchanging,
    given: { request: ask('getSchemas') },
    on: accepted,
    to: resting,
    and: { lastAction: null },
  },
  // What was refused has not happened: it may be asked again.
  {
    in: exchanging,
    given: { request: ask('bootstrap') },
    on: refused,
    to: unopened,
    and: { lastAction: null },
    tells: [done('u1', false)],
  },
  ...refusesIn(exchanging, everyRequest),

  ...decides(starting, streaming, between, { batches: 5 }),
  { in: starting, given: pull, on: accepted, to: streaming, waits: [60_000] },
  { in: resting, given: { batches: 5 }, on: ask('stepStart', 'links'), to: starting, and: { batches: 0 } },
  ...refusesIn(
    starting,
    everyRequest.filter((name) => name !== 'getMetadata' && name !== 'getSchemas'),
  ),
  {
    in: streaming,
    given: batch,
    on: ask('stepStream', 'links'),
    to: streaming,
    and: { concurrent: ['u1'], batches: 1 },
    tells: [],
    starts: exchange(ask('stepStream', 'links'), 'concurrent.0'),
  },
  // The lowest number that is free, so that numbers are few.
  {
    in: streaming,
    given: { ...batch, concurrent: ['u3', null, 'u5'] },
    on: ask('stepStream', 'links'),
    to: streaming,
    and: { concurrent: ['u3', 'u1', 'u5'] },
    starts: exchange(ask('stepStream', 'links'), 'concurrent.1'),
  },
  {
    in: streaming,
    given: batch,
    on: ask('stepStream', 'entities'),
    to: streaming,
    and: { concurrent: [], batches: 0 },
  },
  asks(streaming, 'stepEnd', ending, { given: batch }, 'links'),
  { in: streaming, given: batch, on: ask('stepEnd', 'entities'), to: streaming },
  ...refusesIn(streaming, ['init', 'bootstrap', 'beforeTransfer', 'stepStart']),
  ...waysOut(streaming),
  {
    in: streaming,
    given: { ...pull, ...batch },
    on: 'after.batchTimeout',
    to: 'failed',
    tells: [{ type: 'batch.missed', step: 'links' }],
  },
  {
    in: streaming,
    given: { ...pull, ...batch, concurrent: ['u0'] },
    on: 'after.batchTimeout',
    to: streaming,
    // The wait begins anew.
    does: ['xstate.cancel', 'xstate.raise'],
    waits: [60_000],
  },
  { in: streaming, given: batch, on: 'after.batchTimeout', to: streaming, does: [] },
  {
    in: streaming,
    given: { ...pull, ...batch },
    on: ask('stepStream', 'links'),
    to: streaming,
    and: { concurrent: ['u1'], batches: 1 },
    does: ['xstate.cancel', 'xstate.spawnChild', 'xstate.raise'],
    waits: [60_000],
  },
  ...decides(ending, between, between),
  ...refusesIn(
    ending,
    everyRequest.filter((name) => name !== 'getMetadata' && name !== 'getSchemas'),
  ),
  { in: between, given: batch, on: ask('stepStart', 'links'), to: starting },
  asks(between, 'stepStart', starting, { given: batch, and: { step: 'configuration' } }, 'configuration'),
  { in: between, given: batch, on: ask('stepStart', 'assets'), to: between, and: { step: 'links' } },
  { in: between, given: { ...pull, ...batch }, on: ask('stepStart', 'assets'), to: starting },
  ...refusesIn(between, ['init', 'bootstrap', 'beforeTransfer', 'stepStream', 'stepEnd']),
  asks(between, 'stepEnd', ending, { given: { ...pull, ...batch }, and: { step: 'assets' } }, 'assets'),
  ...waysOut(between),

  ...decides(settling, settled, settled),
  ...refusesIn(settling, everyRequest),
  asks(settled, 'end', leaving),
  { in: settled, on: ask('getMetadata'), to: settled, and: { concurrent: ['u1'] } },
  { in: settled, on: ask('getSchemas'), to: settled, and: { concurrent: ['u1'] } },
  ...refusesIn(
    settled,
    everyRequest.filter((name) => !['getMetadata', 'getSchemas', 'end'].includes(name)),
  ),
  ...decides(leaving, 'ended', 'ended'),
  {
    in: leaving,
    given: { step: 'links', batches: 5, lastAction: 'bootstrap' },
    on: accepted,
    to: 'ended',
    and: { step: null, lastAction: null, batches: 0 },
  },
  ...refusesIn(leaving, everyRequest),
  asks('ended', 'init', 'initializing'),
  ...refusesIn('ended', everyRequest.slice(1)),

  ...decides('aborting', 'rolledBack', 'failed'),
  ...refusesIn('aborting', everyRequest),
  { in: 'rolledBack', on: ask('getMetadata'), to: 'rolledBack', and: { concurrent: ['u1'] } },
  { in: 'rolledBack', on: ask('getSchemas'), to: 'rolledBack', and: { concurrent: ['u1'] } },
  asks('rolledBack', 'close', settling),
  asks('rolledBack', 'end', leaving),
  ...refusesIn(
    'rolledBack',
    everyRequest.filter((name) => !['getMetadata', 'getSchemas', 'end', 'close'].includes(name)),
  ),

  // At any time.
  ...everyState.flatMap((state): Row[] => [
    // But for a push that is being committed: its end says what became of it.
    { in: state, on: 'abort', to: state === settling ? settling : 'failed' },
    {
      in: state,
      on: ask('status'),
      to: state,
      and: { concurrent: ['u1'] },
      starts: exchange(ask('status'), 'concurrent.0'),
    },
    ...[true, false].map(
      (answer): Row => ({
        in: state,
        given: { concurrent: ['u2', 'u1'] },
        on: concurrent('done', answer),
        to: state,
        and: { concurrent: ['u2', null] },
        does: ['xstate.stopChild', 'xstate.emit'],
        tells: [done('u1', answer)],
      }),
    ),
    {
      in: state,
      given: { concurrent: ['u2', 'u1'] },
      on: concurrent('error'),
      to: 'failed',
      tells: [failedOf('u1')],
    },
  ]),
  ...[starting, streaming, ending, between].flatMap((state): Row[] => [
    { in: state, on: ask('getMetadata'), to: state, and: { concurrent: ['u1'], batches: 0 } },
    { in: state, on: ask('getSchemas'), to: state, and: { concurrent: ['u1'], batches: 0 } },
  ]),
];

/** What the fate of a transfer follows from. */
const bySteps = (links: 'asked' | 'ended') => ({ step: 'links', stages: { entities: 'ended', links } });
const closes = (answer: Row['on'], where: object, fate: string): Row => ({
  in: settling,
  given: { fate: 'begun', ...where },
  on: answer,
  to: settled,
  and: { fate },
});
rows.push(
  {
    in: 'initializing',
    given: bySteps('ended'),
    on: accepted,
    to: unopened,
    and: { fate: 'begun', stages: {} },
  },
  { in: 'initializing', on: refused, to: 'connected', and: { fate: 'none' } },
  asks(resting, 'stepStart', starting, { and: { stages: { links: 'asked' } } }, 'links'),
  asks(resting, 'stepEnd', ending, { and: { stages: { links: 'asked' } } }, 'links'),
  asks(between, 'stepStart', starting, { given: bySteps('ended'), and: bySteps('asked') }, 'links'),
  { in: starting, given: bySteps('asked'), on: accepted, to: streaming, and: bySteps('asked') },
  { in: ending, given: bySteps('asked'), on: accepted, to: between, and: bySteps('ended') },
  { in: ending, given: bySteps('asked'), on: refused, to: between, and: bySteps('asked') },
  ...(['none', 'begun', 'completed', 'rolledBack'] as const).map(
    (fate): Row => ({
      in: resting,
      given: { fate },
      on: ask('close'),
      to: settling,
      starts: [
        { src: 'exchange', id: 'exchange', input: { request: ask('close'), commits: fate === 'begun' } },
      ],
    }),
  ),
  closes(accepted, {}, 'completed'),
  closes(accepted, bySteps('asked'), 'completed'),
  closes(refused, {}, 'begun'),
  closes(accepted, { ...pull, ...bySteps('ended') }, 'completed'),
  closes(refused, { ...pull, ...bySteps('ended') }, 'begun'),
  closes(accepted, { ...pull, ...bySteps('asked') }, 'begun'),
  closes(accepted, pull, 'begun'),
  closes(accepted, { fate: 'rolledBack' }, 'rolledBack'),
  closes(accepted, { ...pull, ...bySteps('ended'), fate: 'none' }, 'none'),
  { in: 'aborting', given: { fate: 'begun' }, on: accepted, to: 'rolledBack', and: { fate: 'rolledBack' } },
  { in: 'aborting', given: { fate: 'begun' }, on: refused, to: 'failed', and: { fate: 'begun' } },
  { in: leaving, given: { fate: 'completed' }, on: accepted, to: 'ended', and: { fate: 'completed' } },
  { in: 'connected', given: { fate: 'begun' }, on: 'abort', to: 'failed', and: { fate: 'begun' } },
);

describeTable(lifecycleMachine, initial, rows);
