import { lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import type { Row } from '../../support/chart-rows.js';
import { describeTable } from '../../support/chart-suite.js';

const request = { type: 'request.init', uuid: 'u0' };
const initial = {
  direction: 'push',
  batchTimeout: 60_000,
  request,
  lastAction: null,
  step: null,
  beside: [],
  batches: 0,
};
const pull = { direction: 'pull' };

const ask = (name: string, step?: string) =>
  ({ type: `request.${name}`, uuid: 'u1', ...(step === undefined ? {} : { step }) }) as Row['on'];
const accepted = { type: 'onDone', output: { accepted: true } } as Row['on'];
const refused = { type: 'onDone', output: { accepted: false } } as Row['on'];
const beside = (what: 'done' | 'error') =>
  ({
    type: `xstate.${what}.actor.beside.1`,
    actorId: 'beside.1',
    output: { accepted: true },
    error: new Error('gone'),
  }) as Row['on'];

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

/** What may be asked wherever a transfer could be closed. */
const waysOut = (state: string): Row[] => [
  { in: state, on: ask('rollback'), to: 'aborting', and: { request: ask('rollback') } },
  { in: state, given: pull, on: ask('rollback'), to: state },
  { in: state, on: ask('close'), to: settling, and: { request: ask('close') } },
  { in: state, on: ask('end'), to: leaving, and: { request: ask('end') } },
];

/** Where an exchange with an answer, of either kind, leads. */
const decides = (state: string, yes: string, no: string, given = {}): Row[] => [
  { in: state, given, on: accepted, to: yes },
  { in: state, given, on: refused, to: no },
  { in: state, given, on: 'onError', to: 'failed' },
];

/** Requests that a state takes no notice of. */
const refusesIn = (state: string, names: readonly string[], given = {}): Row[] =>
  names.map((name) => ({ in: state, given: { step: 'links', ...given }, on: ask(name, 'links'), to: state }));

const opened = { lastAction: 'bootstrap' };
const batch = { step: 'links', beside: [], batches: 0 };
const everyRequest = [
  ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer', 'stepStart', 'stepStream'],
  ...['stepEnd', 'rollback', 'close', 'end'],
];

const rows: Row[] = [
  { in: 'connected', on: ask('init'), to: 'initializing', and: { request: ask('init') } },
  ...refusesIn('connected', everyRequest.slice(1)),
  ...decides('initializing', unopened, 'connected'),
  ...refusesIn('initializing', everyRequest),

  // Nothing but what opens a transfer, or gives it up.
  { in: unopened, on: ask('bootstrap'), to: exchanging, and: { request: ask('bootstrap') } },
  ...refusesIn(
    unopened,
    everyRequest.filter((name) => !['bootstrap', 'rollback', 'end'].includes(name)),
  ),
  { in: unopened, on: ask('rollback'), to: 'aborting', and: { request: ask('rollback') } },
  { in: unopened, given: pull, on: ask('rollback'), to: unopened },
  { in: unopened, on: ask('end'), to: leaving, and: { request: ask('end') } },

  { in: resting, given: opened, on: ask('bootstrap'), to: resting },
  { in: resting, given: { ...pull, ...opened }, on: ask('bootstrap'), to: exchanging },
  { in: resting, on: ask('beforeTransfer'), to: exchanging },
  { in: resting, given: { lastAction: 'bootstrap' }, on: ask('beforeTransfer'), to: exchanging },
  { in: resting, given: { lastAction: 'beforeTransfer' }, on: ask('beforeTransfer'), to: resting },
  { in: resting, given: pull, on: ask('beforeTransfer'), to: resting },
  { in: resting, on: ask('getMetadata'), to: exchanging },
  { in: resting, on: ask('getSchemas'), to: exchanging },
  { in: resting, on: ask('stepStart', 'links'), to: starting, and: { step: 'links' } },
  { in: resting, on: ask('stepStart', 'schemas'), to: starting, and: { step: 'schemas' } },
  { in: resting, on: ask('stepStart', 'unknown'), to: resting, and: { step: null } },
  { in: resting, given: pull, on: ask('stepStart', 'unknown'), to: starting },
  { in: resting, on: ask('stepEnd', 'links'), to: ending, and: { step: 'links' } },
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
  },
  ...refusesIn(exchanging, everyRequest),

  ...decides(starting, streaming, between, { batches: 5 }),
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
    and: { beside: ['u1'], batches: 1 },
  },
  // The lowest number that is free, so that numbers are few.
  {
    in: streaming,
    given: { ...batch, beside: ['u3', null, 'u5'] },
    on: ask('stepStream', 'links'),
    to: streaming,
    and: { beside: ['u3', 'u1', 'u5'] },
  },
  {
    in: streaming,
    given: batch,
    on: ask('stepStream', 'entities'),
    to: streaming,
    and: { beside: [], batches: 0 },
  },
  {
    in: streaming,
    given: batch,
    on: ask('stepEnd', 'links'),
    to: ending,
    and: { request: ask('stepEnd', 'links') },
  },
  { in: streaming, given: batch, on: ask('stepEnd', 'entities'), to: streaming },
  ...refusesIn(streaming, ['init', 'bootstrap', 'beforeTransfer', 'stepStart']),
  ...waysOut(streaming),
  { in: streaming, given: { ...pull, ...batch }, on: 'after.batchTimeout', to: 'failed' },
  {
    in: streaming,
    given: { ...pull, ...batch, beside: ['u0'] },
    on: 'after.batchTimeout',
    to: streaming,
    // The wait begins anew.
    does: ['xstate.cancel', 'xstate.raise'],
  },
  { in: streaming, given: batch, on: 'after.batchTimeout', to: streaming, does: [] },
  {
    in: streaming,
    given: { ...pull, ...batch },
    on: ask('stepStream', 'links'),
    to: streaming,
    and: { beside: ['u1'], batches: 1 },
    does: ['xstate.cancel', 'xstate.spawnChild', 'xstate.raise'],
  },
  ...decides(ending, between, between),
  ...refusesIn(
    ending,
    everyRequest.filter((name) => name !== 'getMetadata' && name !== 'getSchemas'),
  ),
  { in: between, given: batch, on: ask('stepStart', 'links'), to: starting },
  {
    in: between,
    given: batch,
    on: ask('stepStart', 'configuration'),
    to: starting,
    and: { step: 'configuration' },
  },
  { in: between, given: batch, on: ask('stepStart', 'assets'), to: between, and: { step: 'links' } },
  { in: between, given: { ...pull, ...batch }, on: ask('stepStart', 'assets'), to: starting },
  ...refusesIn(between, ['init', 'bootstrap', 'beforeTransfer', 'stepStream', 'stepEnd']),
  {
    in: between,
    given: { ...pull, ...batch },
    on: ask('stepEnd', 'assets'),
    to: ending,
    and: { request: ask('stepEnd', 'assets') },
  },
  ...waysOut(between),

  ...decides(settling, settled, settled),
  ...refusesIn(settling, everyRequest),
  { in: settled, on: ask('end'), to: leaving, and: { request: ask('end') } },
  { in: settled, on: ask('getMetadata'), to: settled, and: { beside: ['u1'] } },
  { in: settled, on: ask('getSchemas'), to: settled, and: { beside: ['u1'] } },
  ...refusesIn(
    settled,
    everyRequest.filter((name) => !['getMetadata', 'getSchemas', 'end'].includes(name)),
  ),
  ...decides(leaving, 'ended', 'ended'),
  {
    in: leaving,
    given: { ...batch, lastAction: 'bootstrap' },
    on: accepted,
    to: 'ended',
    and: { step: null, lastAction: null },
  },
  ...refusesIn(leaving, everyRequest),
  { in: 'ended', on: ask('init'), to: 'initializing', and: { request: ask('init') } },
  ...refusesIn('ended', everyRequest.slice(1)),

  ...decides('aborting', 'rolledBack', 'failed'),
  ...refusesIn('aborting', everyRequest),
  { in: 'rolledBack', on: ask('getMetadata'), to: 'rolledBack', and: { beside: ['u1'] } },
  { in: 'rolledBack', on: ask('getSchemas'), to: 'rolledBack', and: { beside: ['u1'] } },
  { in: 'rolledBack', on: ask('close'), to: settling, and: { request: ask('close') } },
  { in: 'rolledBack', on: ask('end'), to: leaving, and: { request: ask('end') } },
  ...refusesIn(
    'rolledBack',
    everyRequest.filter((name) => !['getMetadata', 'getSchemas', 'end', 'close'].includes(name)),
  ),

  // At any time.
  ...everyState.flatMap((state): Row[] => [
    { in: state, on: 'abort', to: 'failed' },
    { in: state, on: ask('status'), to: state, and: { beside: ['u1'] } },
    {
      in: state,
      given: { beside: ['u0', 'u1'] },
      on: beside('done'),
      to: state,
      and: { beside: ['u0', null] },
    },
    { in: state, on: beside('error'), to: 'failed' },
  ]),
  ...[starting, streaming, ending, between].flatMap((state): Row[] => [
    { in: state, on: ask('getMetadata'), to: state, and: { beside: ['u1'], batches: 0 } },
    { in: state, on: ask('getSchemas'), to: state, and: { beside: ['u1'], batches: 0 } },
  ]),
];

describeTable(lifecycleMachine, initial, rows);
