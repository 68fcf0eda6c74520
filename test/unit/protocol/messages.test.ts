import { describe, expect, test } from 'vitest';
import { isStep, stages, steps } from '../../../src/protocol/content.js';
import { isObject } from '../../../src/protocol/plain-object.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';
import { parseServerMessage } from '../../../src/protocol/validate.js';

const parsed = (message: object) => parseRequestMessage(JSON.stringify(message), 'push');

// As they stand on the wire: a word that is spelt otherwise is another protocol.
describe('the words of the protocol', () => {
  test.each(['init', 'end', 'status'])('the command %s', (command) => {
    expect(parsed({ type: 'command', command, uuid: 'u' })).toMatchObject({
      request: { type: `request.${command}`, uuid: 'u' },
    });
  });

  test.each(['bootstrap', 'close', 'rollback', 'beforeTransfer', 'getMetadata', 'getSchemas'])(
    'the action %s',
    (action) => {
      const message = { type: 'transfer', kind: 'action', action, uuid: 'u', transferID: 't' };
      expect(parsed(message)).toMatchObject({
        request: { type: `request.${action}`, uuid: 'u', transferID: 't' },
      });
    },
  );

  test.each(
    ['entities', 'assets', 'links', 'configuration'].flatMap(
      (step) =>
        [
          ['start', 'request.stepStart', step],
          ['stream', 'request.stepStream', step],
          ['end', 'request.stepEnd', step],
        ] as const,
    ),
  )('%s, %s of %s', (action, type, step) => {
    const message = { type: 'transfer', kind: 'step', action, step, uuid: 'u', transferID: 't', data: [1] };
    const read = { request: { type, uuid: 'u', step, transferID: 't' }, content: [1] };
    expect(parsed(message)).toMatchObject(read);
  });

  test.each(['info', 'warning', 'error'])('a diagnostic of the kind %s', (kind) => {
    const message = { diagnostic: { kind, details: { message: 'm' } } };
    expect(parseServerMessage(JSON.stringify(message))).toEqual({
      kind: 'diagnostic',
      diagnostic: { kind, message: 'm' },
    });
  });
});

test('the stages come in one order, and schemas are none that goes over the wire', () => {
  expect(stages).toEqual(['schemas', 'entities', 'assets', 'links', 'configuration']);
  expect(stages.filter(isStep)).toEqual(steps);
  expect(steps).toEqual(['entities', 'assets', 'links', 'configuration']);
  expect(isStep('dreams')).toBe(false);
});

test.each([
  [{}, true],
  [{ a: 1 }, true],
  [[], false],
  [null, false],
  [undefined, false],
  ['text', false],
  [5, false],
  [() => {}, false],
])('%j is an object of JSON: %s', (value, is) => {
  expect(isObject(value)).toBe(is);
});
