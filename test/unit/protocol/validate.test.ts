import { describe, expect, test } from 'vitest';
import {
  parseAssetFlow,
  parseEndAnswer,
  parseInitAnswer,
  parseMetadata,
  parseSchemas,
  parseServerMessage,
  parseStartAnswer,
} from '../../../src/protocol/validate.js';

const server = (value: unknown) => parseServerMessage(JSON.stringify(value));
const invalid = (reason: string) =>
  expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringContaining(reason) });

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

  test('an error that says little, and one that says more', () => {
    expect(server({ uuid: 'u', error: {} })).toEqual({
      kind: 'answer',
      answer: { uuid: 'u', data: null, error: { code: 'Error', message: '' } },
    });
    const error = { code: 'ForbiddenError', message: 'no', details: { step: 'transfer' } };
    expect(server({ uuid: 'u', error })).toEqual({
      kind: 'answer',
      answer: { uuid: 'u', data: null, error },
    });
  });

  test('an answer whose data only looks like a batch', () => {
    for (const data of [{ type: 'transfer' }, { type: 'other', ended: true }, { ended: true }, null, 5]) {
      expect(server({ uuid: 'u', data })).toEqual({
        kind: 'answer',
        answer: { uuid: 'u', data, error: null },
      });
    }
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

  test('a diagnostic without words, and one with too many', () => {
    expect(server({ diagnostic: { kind: 'info', details: {} } })).toStrictEqual({
      kind: 'diagnostic',
      diagnostic: { kind: 'info', message: '' },
    });
    const details = { message: `${'x'.repeat(1999)}yz` };
    expect(server({ diagnostic: { kind: 'info', details } })).toMatchObject({
      diagnostic: { message: `${'x'.repeat(1999)}y` },
    });
  });

  test('a uuid of the longest kind', () => {
    const uuid = 'x'.repeat(128);
    expect(server({ uuid })).toMatchObject({ answer: { uuid } });
  });

  test('a batch that says in words why it is without rows', () => {
    const data = { type: 'transfer', ended: false, error: { severity: 'fatal' }, id: 'i' };
    expect(server({ uuid: 'b', data })).toEqual({
      kind: 'batch',
      batch: { uuid: 'b', id: 'i', items: null, ended: false, error: { severity: 'fatal' } },
    });
  });

  test('what is wrong with asset bytes is said, not that the frame is no JSON', () => {
    const data = `${'QUJD'.repeat(20_000)}*${'QUJD'.repeat(20_000)}QUJ`;
    const items = [[{ action: 'stream', assetID: 'a', encoding: 'base64', data }]];
    const frame = { uuid: 'b', data: { type: 'transfer', data: items, ended: false, id: 'i' } };
    expect(() => parseServerMessage(Buffer.from(JSON.stringify(frame)))).toThrow(invalid('are no base64'));
  });

  test('what JSON.parse said is kept as the cause', () => {
    expect(() => parseServerMessage('{')).toThrow(
      expect.objectContaining({ cause: expect.objectContaining({ name: 'SyntaxError' }) }),
    );
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
    ['5', 'not an object'],
    ['{"uuid":5}', 'answer, uuid'],
    ['{"uuid":"u","error":"no"}', 'answer, error'],
    ['{"uuid":"u","error":{"code":1}}', 'answer, error.code'],
    ['{"uuid":"u","error":{"message":1}}', 'answer, error.message'],
    ['{"diagnostic":{"kind":"gossip","details":{}}}', 'diagnostic, diagnostic.kind'],
    ['{"diagnostic":{"kind":"info"}}', 'diagnostic, diagnostic.details'],
    ['{"diagnostic":{"kind":"info","details":{"message":5}}}', 'diagnostic, diagnostic.details.message'],
    ['{"diagnostic":{"kind":"info","details":{"origin":5}}}', 'diagnostic, diagnostic.details.origin'],
    ['{"data":{"type":"transfer","ended":true,"id":"i"}}', 'batch, uuid'],
    ['{"uuid":"b","data":{"type":"transfer","ended":true}}', 'batch, data.id'],
    [
      '{"uuid":"b","data":{"type":"transfer","ended":true,"id":"i","error":[]}}',
      'batch, data.error: it must be an object',
    ],
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
    [start],
    [
      {
        ...start,
        assetID: 'x'.repeat(128),
        data: { filename: 'f', filepath: '/f', stats: { size: 0 }, metadata: { a: 1 } },
      },
    ],
    [{ action: 'stream', assetID: 'a', data: 'AAAA' }],
    [{ action: 'stream', assetID: 'a', encoding: 'base64', data: Uint8Array.of(1) }],
    [{ action: 'stream', assetID: 'a', data: { type: 'Buffer', data: [1] } }],
    [end],
    [{ ...end, checksum: { algorithm: 'sha256', value: '00' } }],
  ])('%j is taken as it is', (item) => {
    expect(parseAssetFlow([item])).toEqual([item]);
  });

  test('an asset that nothing is said of has no metadata', () => {
    const [item] = parseAssetFlow([{ ...start, data: { filename: 'f', stats: { size: 1 } } }]);
    expect(item).toEqual(start);
  });

  test.each([
    [{ ...start, data: { ...start.data, stats: { size: -1 } } }, 'data.stats.size'],
    [{ ...start, data: { ...start.data, stats: { size: 1.5 } } }, 'data.stats.size'],
    [{ ...start, data: { ...start.data, stats: { size: '1' } } }, 'data.stats.size'],
    [{ ...start, data: { ...start.data, stats: {} } }, 'data.stats.size'],
    [{ ...start, data: { ...start.data, filename: '' } }, 'data.filename'],
    [{ ...start, data: { ...start.data, filename: 5 } }, 'data.filename'],
    [{ ...start, data: { ...start.data, filepath: 5 } }, 'data.filepath'],
    [{ ...start, data: { ...start.data, metadata: [] } }, 'data.metadata: it must be an object'],
    [{ ...start, assetID: 'x'.repeat(129) }, 'assetID'],
    [{ action: 'stream', data: 'AAAA' }, 'assetID'],
    [{ action: 'stream', assetID: 'a', data: 7 }, 'data'],
    [{ action: 'stream', assetID: 'a', data: { type: 'Buffer', data: 'AAAA' } }, 'data'],
    [{ action: 'stream', assetID: 'a', data: { type: 'Blob', data: [1] } }, 'data'],
    [{ action: 'stream', assetID: 'a', encoding: 'hex', data: '00' }, 'encoding'],
    [{ action: 'dance', assetID: 'a' }, 'action'],
    [{ ...end, assetID: '' }, 'assetID'],
    [{ ...end, checksum: { algorithm: 5, value: '' } }, 'checksum.algorithm'],
    [{ ...end, checksum: { algorithm: 'sha256' } }, 'checksum.value'],
    [null, 'asset, message'],
  ])('%j is INVALID_MESSAGE, and says where: %s', (item, place) => {
    expect(() => parseAssetFlow([item])).toThrow(invalid(place));
    expect(() => parseAssetFlow([item])).toThrow(invalid(': asset, '));
  });
});

describe('the data of an answer', () => {
  test('to init, to start and to end of a stage are taken as they are', () => {
    const init = { transferID: 't', checksums: 'yes', assetEncoding: 7, ferry: { version: 1 }, more: true };
    expect(parseInitAnswer(init)).toEqual(init);
    expect(parseInitAnswer({ transferID: 't' })).toEqual({ transferID: 't' });
    const start = { id: 'i', totals: { totalBytes: 1, totalCount: 2 }, ok: true };
    expect(parseStartAnswer(start)).toEqual(start);
    expect(parseStartAnswer({ totals: {} })).toEqual({ totals: {} });
    const end = { stats: { started: 3, finished: 2 }, ok: true };
    expect(parseEndAnswer(end)).toEqual(end);
    expect([parseStartAnswer(null), parseEndAnswer(undefined)]).toEqual([{}, {}]);
  });

  test.each([
    [parseInitAnswer, null, 'answer to init, message'],
    [parseInitAnswer, {}, 'answer to init, transferID'],
    [parseInitAnswer, { transferID: '' }, 'answer to init, transferID'],
    [parseInitAnswer, { transferID: 't', ferry: { version: '1' } }, 'answer to init, ferry.version'],
    [parseStartAnswer, { id: 5 }, 'answer to start, id'],
    [parseStartAnswer, { totals: { totalBytes: '1' } }, 'answer to start, totals.totalBytes'],
    [parseStartAnswer, { totals: { totalCount: '1' } }, 'answer to start, totals.totalCount'],
    [parseEndAnswer, { stats: { started: '1', finished: 1 } }, 'answer to end, stats.started'],
    [parseEndAnswer, { stats: { started: 1 } }, 'answer to end, stats.finished'],
  ])('%o of %j is INVALID_MESSAGE: %s', (parse, data, reason) => {
    expect(() => parse(data)).toThrow(invalid(reason));
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
