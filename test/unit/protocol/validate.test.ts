import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import {
  parseAssetFlow,
  parseEndAnswer,
  parseInitAnswer,
  parseMetadata,
  parseRequestMessage,
  parseSchemas,
  parseServerMessage,
  parseStartAnswer,
} from '../../../src/protocol/validate.js';

const server = (value: unknown) => parseServerMessage(JSON.stringify(value));

describe('what a server sends', () => {
  test('an answer, with data or with an error', () => {
    expect(server({ uuid: 'u', data: { a: 1 }, error: null })).toEqual({
      kind: 'answer',
      answer: { uuid: 'u', data: { a: 1 }, error: null },
    });
    expect(server({ uuid: 'u', data: null, error: { message: 'no' } })).toMatchObject({
      answer: { error: { code: 'Error', message: 'no' } },
    });
  });

  test('an answer to which a later version adds keys', () => {
    expect(server({ uuid: 'u', data: 1, error: null, more: true })).toMatchObject({ kind: 'answer' });
  });

  test('a diagnostic', () => {
    const details = { message: 'deleting', origin: 'push-handler', createdAt: 'x' };
    expect(server({ diagnostic: { kind: 'warning', details }, uuid: 'd' })).toMatchObject({
      kind: 'diagnostic',
      diagnostic: { kind: 'warning', message: 'deleting', origin: 'push-handler' },
    });
  });

  test('a batch of a pull, and its end', () => {
    const data = { type: 'transfer', data: [[{}]], ended: false, error: null, id: 'i' };
    expect(server({ uuid: 'b', data })).toEqual({
      kind: 'batch',
      batch: { uuid: 'b', id: 'i', items: [[{}]], ended: false, error: null },
    });
    expect(server({ uuid: 'b', data: { ...data, data: null, ended: true, error: {} } })).toMatchObject({
      batch: { items: null, ended: true, error: {} },
    });
  });

  test('rows are the user’s: they are not looked into', () => {
    const items = [null, 5, { __proto__: 'x' }];
    expect(
      server({ uuid: 'b', data: { type: 'transfer', data: items, ended: false, error: null, id: 'i' } }),
    ).toMatchObject({ batch: { items } });
  });

  test.each([
    ['{', 'not JSON'],
    ['null', 'not an object'],
    ['[]', 'answer, uuid'],
    ['{"uuid":""}', 'answer, uuid'],
    [JSON.stringify({ uuid: 'x'.repeat(129) }), 'answer, uuid'],
    ['{"diagnostic":7}', 'diagnostic'],
    ['{"uuid":"b","data":{"type":"transfer","ended":1}}', 'batch, data.'],
    ['{"uuid":"b","data":{"type":"transfer","ended":true,"id":"i","data":5}}', 'rows must be an array'],
    ['{"uuid":"b","data":{"type":"transfer","ended":false,"id":"i","dapa":[1]}}', 'data.data: only the last'],
  ])('%s is INVALID_MESSAGE, and says where', (text, reason) => {
    expect(() => parseServerMessage(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringContaining(reason) }),
    );
  });
});

describe('the flow of assets', () => {
  const start = { action: 'start', assetID: 'a', data: { filename: 'f', stats: { size: 1 }, metadata: {} } };
  const end = { action: 'end', assetID: 'a' };

  test('is taken as a push sends it, and as a pull does, one array deeper', () => {
    expect(parseAssetFlow([start, end])).toHaveLength(2);
    expect(parseAssetFlow([[start, end]])).toHaveLength(2);
  });

  test.each([
    [{ ...start, data: { ...start.data, stats: { size: -1 } } }],
    [{ ...start, data: { ...start.data, stats: { size: 1.5 } } }],
    [{ ...start, data: { ...start.data, filename: '' } }],
    [{ action: 'stream', assetID: 'a', data: 7 }],
    [{ action: 'stream', assetID: 'a', encoding: 'hex', data: '00' }],
    [{ action: 'dance', assetID: 'a' }],
    [{ ...end, assetID: '' }],
    [null],
  ])('%j is INVALID_MESSAGE', (item) => {
    expect(() => parseAssetFlow([item])).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
  });
});

describe('requests of a client', () => {
  test.each([
    [{ type: 'command', command: 'init', uuid: 'u' }],
    [{ type: 'transfer', kind: 'action', action: 'close', uuid: 'u', transferID: 't' }],
    [{ type: 'transfer', kind: 'step', action: 'start', step: 'assets', uuid: 'u', transferID: 't' }],
  ])('%j is one', (message) => {
    expect(parseRequestMessage(JSON.stringify(message))).toEqual(message);
  });

  test.each([
    [{ type: 'command', command: 'fly', uuid: 'u' }],
    [{ type: 'command', command: 'init' }],
    [{ type: 'transfer', kind: 'dance', uuid: 'u', transferID: 't' }],
    [{ type: 'transfer', kind: 'step', action: 'start', step: 'schemas', uuid: 'u', transferID: 't' }],
    [{ type: 'other' }],
  ])('%j is none', (message) => {
    expect(() => parseRequestMessage(JSON.stringify(message))).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE' }),
    );
  });
});

/** JSON that is often near to a message. */
const near = fc.oneof(
  fc.jsonValue(),
  fc.dictionary(
    fc.constantFrom(
      'uuid',
      'data',
      'error',
      'diagnostic',
      'type',
      'kind',
      'action',
      'step',
      'assetID',
      'command',
    ),
    fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('transfer', 'command', 'start', 'stream', 'end', 'assets', 'action', 'step'),
      fc.dictionary(
        fc.constantFrom('type', 'data', 'ended', 'id', 'error', 'stats', 'filename'),
        fc.jsonValue(),
      ),
    ),
  ),
);

test.each([
  ['parseServerMessage', (value: unknown) => parseServerMessage(JSON.stringify(value))],
  ['parseRequestMessage', (value: unknown) => parseRequestMessage(JSON.stringify(value))],
  ['parseAssetFlow', (value: unknown) => parseAssetFlow([value])],
  ['parseInitAnswer', parseInitAnswer],
  ['parseStartAnswer', parseStartAnswer],
  ['parseEndAnswer', parseEndAnswer],
  ['parseMetadata', parseMetadata],
  ['parseSchemas', parseSchemas],
] as [string, (value: unknown) => unknown][])(
  '%s is total: any JSON is read, or is INVALID_MESSAGE',
  (_, parse) => {
    fc.assert(
      fc.property(near, (value) => {
        try {
          parse(value);
        } catch (error) {
          expect(error).toBeInstanceOf(TransferError);
          expect((error as TransferError).code).toBe('INVALID_MESSAGE');
        }
      }),
      { seed: 1, numRuns: 300 },
    );
  },
);

test('any text at all is read, or is INVALID_MESSAGE', () => {
  fc.assert(
    fc.property(fc.string(), (text) => {
      expect(() => parseServerMessage(text)).toThrow(expect.objectContaining({ code: 'INVALID_MESSAGE' }));
    }),
    { seed: 1, numRuns: 300 },
  );
});
