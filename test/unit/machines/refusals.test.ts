import { describe, expect, test } from 'vitest';
import { type LifecycleRequest, lifecycleMachine } from '../../../machines/lifecycle.machine.js';
import { refusalOf } from '../../../machines/refusals.js';
import { stateValueOf } from '../../support/chart-rows.js';

const requests = [
  ...['init', 'bootstrap', 'getMetadata', 'getSchemas', 'beforeTransfer', 'stepStart', 'stepStream'],
  ...['stepEnd', 'rollback', 'close', 'end'],
].map((name) => `request.${name}` as LifecycleRequest['type']);

/** Where a lifecycle stands: in this state, past the stage of the links. */
const standing = (state: string, direction: 'push' | 'pull', more: object = {}) =>
  lifecycleMachine.resolveState({
    value: stateValueOf(state),
    context: {
      ...{ direction, batchTimeout: 1, request: null, lastAction: 'beforeTransfer', step: 'links' },
      ...{ concurrent: [], batches: 0, ...more },
    } as never,
  });

const asking = (type: string, step: string) => ({ type, uuid: 'u', step }) as LifecycleRequest;
const notAsking = (code: 'INVALID_COMMAND' | 'INVALID_ACTION' | 'BAD_REQUEST') =>
  ({ type: 'request.invalid', uuid: 'u', code }) as const;

describe('what a state cannot take is refused with its own code', () => {
  const refusalsIn = (state: string, direction: 'push' | 'pull') => {
    const snapshot = standing(state, direction);
    const refused = requests.flatMap((type) => {
      const event = asking(type, 'assets');
      return snapshot.can(event) ? [] : [[type.slice('request.'.length), refusalOf(snapshot, event)]];
    });
    return Object.fromEntries(refused) as Record<string, string>;
  };

  test.each([
    'connected',
    'initializing',
    'preparing.unopened',
    'preparing.resting',
    'preparing.exchanging',
    'transferring.starting',
    'transferring.streaming',
    'transferring.ending',
    'transferring.between',
    'closing.settling',
    'closing.settled',
    'closing.leaving',
    'ended',
    'aborting',
    'rolledBack',
    'failed',
  ])('in %s', (state) => {
    expect({ push: refusalsIn(state, 'push'), pull: refusalsIn(state, 'pull') }).toMatchSnapshot();
  });
});

test('a lifecycle that has failed is at its end, and one that ended may begin again', () => {
  const statusIn = (state: string) => standing(state, 'push').status;
  expect([statusIn('failed'), statusIn('ended')]).toEqual(['done', 'active']);
});

describe('a stage is refused by its place in the order', () => {
  test.each([
    // A stage that was passed; the one in progress, and one after it; before the first nothing is too early.
    ['push', 'transferring.streaming', 'stepStream', 'entities', 'links', 'INVALID_STAGE'],
    ['push', 'transferring.streaming', 'stepStream', 'configuration', 'links', 'STAGE_NOT_STARTED'],
    ['push', 'transferring.streaming', 'stepEnd', 'configuration', 'links', 'STAGE_NOT_STARTED'],
    ['push', 'transferring.streaming', 'stepStream', 'unknown', 'links', 'INVALID_STAGE'],
    ['push', 'transferring.starting', 'stepStart', 'links', 'links', 'STAGE_IN_PROGRESS'],
    ['push', 'preparing.resting', 'stepStream', 'entities', null, 'STAGE_NOT_STARTED'],
    ['push', 'preparing.resting', 'stepStream', 'schemas', null, 'STAGE_NOT_STARTED'],
    ['push', 'preparing.resting', 'stepStream', 'unknown', null, 'INVALID_STAGE'],
    // A pull knows no order, but does not begin again what it is in.
    ['pull', 'transferring.streaming', 'stepStart', 'links', 'links', 'STAGE_STREAMING'],
    ['pull', 'transferring.streaming', 'stepStart', 'entities', 'links', 'STAGE_IN_PROGRESS'],
    ['pull', 'transferring.streaming', 'stepStart', 'configuration', 'links', 'STAGE_IN_PROGRESS'],
    ['pull', 'transferring.streaming', 'stepEnd', 'links', 'links', 'STAGE_NOT_STARTED'],
    ['pull', 'preparing.resting', 'stepStream', 'unknown', null, 'STAGE_NOT_STARTED'],
  ] as const)('a %s in %s: %s of %s after %s is %s', (direction, state, name, step, last, code) => {
    expect(refusalOf(standing(state, direction, { step: last }), asking(`request.${name}`, step))).toBe(code);
  });
});

describe('a message that says no request', () => {
  test.each([
    ['connected', 'NO_TRANSFER'],
    ['ended', 'NO_TRANSFER'],
    ['failed', 'TRANSFER_TERMINATED'],
    ['initializing', 'INVALID_ACTION'],
    ['preparing.resting', 'INVALID_ACTION'],
    ['transferring.streaming', 'INVALID_ACTION'],
    ['closing.settled', 'INVALID_ACTION'],
    ['rolledBack', 'INVALID_ACTION'],
  ])('in %s is %s: where nothing has begun, or all is over, that comes first', (state, code) => {
    expect(refusalOf(standing(state, 'push'), notAsking('INVALID_ACTION'))).toBe(code);
  });

  test.each([
    ['connected', 'INVALID_COMMAND'],
    ['transferring.streaming', 'INVALID_COMMAND'],
    ['failed', 'TRANSFER_TERMINATED'],
  ])('as an unknown command in %s is %s: commands are there before a transfer is', (state, code) => {
    expect(refusalOf(standing(state, 'push'), notAsking('INVALID_COMMAND'))).toBe(code);
  });
});

test('where no state says anything, what comes at the wrong time is out of order', () => {
  const silent = { context: { direction: 'push', step: null }, getMeta: () => ({ one: undefined }) } as const;
  expect(refusalOf(silent, asking('request.close', 'links'))).toBe('ACTION_OUT_OF_ORDER');
  expect(refusalOf(silent, notAsking('BAD_REQUEST'))).toBe('BAD_REQUEST');
});

test('the word of the innermost state counts, in whichever order they are listed', () => {
  const inner = { refuses: { 'request.close': 'STAGE_CLOSED' } };
  const outer = { refuses: { 'request.close': 'TRANSFER_OVER', 'request.end': 'TRANSFER_OVER' } };
  for (const meta of [
    { 'chart.a': outer, 'chart.a.b': inner },
    { 'chart.a.b': inner, 'chart.a': outer },
  ]) {
    const snapshot = { context: { direction: 'push', step: null }, getMeta: () => meta } as const;
    expect(refusalOf(snapshot, asking('request.close', 'links'))).toBe('STAGE_CLOSED');
    expect(refusalOf(snapshot, asking('request.end', 'links'))).toBe('TRANSFER_OVER');
  }
});
