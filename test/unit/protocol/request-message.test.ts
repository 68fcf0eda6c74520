import { describe, expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';
import type { Direction } from '../../../src/protocol/requests.js';

const read = (value: unknown, direction: Direction = 'push') =>
  parseRequestMessage(JSON.stringify(value), direction);
const step = { type: 'transfer', kind: 'step', action: 'start', step: 'links', uuid: 'u', transferID: 't' };
const action = { type: 'transfer', kind: 'action', action: 'close', uuid: 'u', transferID: 't' };
const command = { type: 'command', command: 'init', uuid: 'u' };

describe('requests of a client', () => {
  test.each([
    [command, { type: 'request.init', uuid: 'u' }, { content: undefined }],
    [
      { ...command, params: { a: 1 }, more: true },
      { type: 'request.init', uuid: 'u' },
      { content: { a: 1 } },
    ],
    [action, { type: 'request.close', uuid: 'u', transferID: 't' }, {}],
    [{ ...action, data: 5 }, { type: 'request.close', uuid: 'u' }, { content: 5 }],
    [step, { type: 'request.stepStart', uuid: 'u', step: 'links', transferID: 't' }, {}],
    // Of the commands `end` names the transfer that it ends, in its params.
    [
      { ...command, command: 'end', params: { transferID: 't' } },
      { type: 'request.end', transferID: 't' },
      {},
    ],
    // Whether the id is the transfer's is asked when the message has its turn.
    [{ ...step, transferID: undefined }, { type: 'request.stepStart' }, {}],
    [{ ...step, transferID: 5 }, { type: 'request.stepStart', step: 'links' }, {}],
    [{ ...step, step: 'schemas' }, { type: 'request.stepStart', step: 'schemas' }, {}],
    [{ ...step, step: 'dreams' }, { type: 'request.stepStart', step: 'unknown' }, {}],
  ])('%j is one', (message, request, rest) => {
    expect(read(message)).toMatchObject({ kind: 'request', request, ...rest });
  });

  test.each([
    [{ ...command, command: 'fly' }, 'INVALID_COMMAND'],
    [{ ...action, action: 'fly' }, 'INVALID_ACTION'],
    [{ ...step, action: 'dance' }, 'BAD_REQUEST'],
    [{ ...step, kind: 'dance' }, 'BAD_REQUEST'],
    [{ ...command, type: 'other' }, 'BAD_REQUEST'],
  ])('%j says none, and is refused as %s when it has its turn', (message, code) => {
    expect(read(message)).toMatchObject({
      kind: 'request',
      request: { type: 'request.invalid', uuid: 'u', code },
    });
  });

  test.each([
    ['rollback', 'INVALID_ACTION', { ...action, action: 'rollback' }],
    ['beforeTransfer', 'INVALID_ACTION', { ...action, action: 'beforeTransfer' }],
    ['stream', 'BAD_REQUEST', { ...step, action: 'stream' }],
  ])('%s is %s in a pull', (_, code, message) => {
    expect(read(message, 'push')).not.toMatchObject({ request: { type: 'request.invalid' } });
    expect(read(message, 'pull')).toMatchObject({ request: { type: 'request.invalid', code } });
  });

  test.each([
    [{ ...step, uuid: undefined }],
    [{ ...action, uuid: '' }],
    [{ ...command, uuid: 5 }],
    [{ type: 'other' }],
    [{}],
  ])('%j cannot be answered: it has no uuid', (message) => {
    expect(read(message)).toEqual({ kind: 'unaddressed' });
  });

  test('a uuid alone confirms a batch', () => {
    expect(read({ uuid: 'u' })).toEqual({ kind: 'confirmation', uuid: 'u' });
  });

  test.each([
    ['[]', 'it is no object'],
    ['{', 'it is not JSON'],
    [`{"uuid":"${'u'.repeat(129)}"}`, 'its uuid is too long'],
  ])('%s is INVALID_MESSAGE: %s', (frame, reason) => {
    expect(() => parseRequestMessage(frame, 'push')).toThrow(
      new TransferError('INVALID_MESSAGE', { url: 'The client', reason }),
    );
  });
});
