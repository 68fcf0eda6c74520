import { describe, expect, test } from 'vitest';
import {
  parseAssetFlow,
  parseMetadata,
  parseRequestMessage,
  parseSchemas,
  parseServerMessage,
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

describe('metadata and schemas', () => {
  test('are taken as they are, whatever their keys, or as none', () => {
    const record = JSON.parse('{"constructor":1,"__proto__":{"a":1}}') as object;
    expect(JSON.stringify(parseMetadata(record))).toBe(JSON.stringify(record));
    expect(JSON.stringify(parseSchemas({ constructor: record }))).toBe(
      JSON.stringify({ constructor: record }),
    );
    expect([parseMetadata(undefined), parseSchemas(null)]).toEqual([null, null]);
  });

  test.each([
    ['metadata', () => parseMetadata([]), 'answer to getMetadata, message: it must be an object'],
    [
      'schemas',
      () => parseSchemas({ a: {}, b: [] }),
      'answer to getSchemas, message: it must be an object of objects',
    ],
  ])('%s of another shape are INVALID_MESSAGE', (_, parse, reason) => {
    expect(parse).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringContaining(reason) }),
    );
  });
});
