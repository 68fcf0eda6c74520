import { describe, expect, test } from 'vitest';
import { errorOf, failureOf } from '../../../machines/failure.js';
import { transferErrorOf } from '../../../src/protocol/errors.js';

describe('a failure', () => {
  test('is what an error says, as plain data, and becomes that error again', () => {
    const error = transferErrorOf('INVALID_OPTION', { option: 'x' }, new Error('inner'));
    const failure = failureOf({ type: 'xstate.error.actor.x', error });
    expect(failure).toEqual({ code: 'INVALID_OPTION', details: { option: 'x' } });
    expect(errorOf(failure)).toMatchObject({
      code: 'INVALID_OPTION',
      details: { option: 'x' },
      message: error.message,
    });
  });

  test('of a kind that nobody foresaw keeps its reason', () => {
    expect(failureOf({ error: new TypeError('no function') })).toEqual({
      code: 'UNEXPECTED',
      details: { reason: 'no function' },
    });
  });
});
