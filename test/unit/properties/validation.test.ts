import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Direction } from '../../../machines/lifecycle.machine.js';
import { decodeAssetChunk } from '../../../src/protocol/codec.js';
import { errorTable, TransferError, transferErrorOf } from '../../../src/protocol/errors.js';
import { initParams } from '../../../src/protocol/init-params.js';
import { negotiate, offerPull } from '../../../src/protocol/negotiation.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';
import {
  parseAssetFlow,
  parseEndAnswer,
  parseInitAnswer,
  parseMetadata,
  parseSchemas,
  parseServerMessage,
  parseStartAnswer,
} from '../../../src/protocol/validate.js';
import { envelopeFault } from '../../../src/stores/export/row-envelope.js';
import { runs } from '../../support/runs.js';

/** Keys and words of the protocol, and names that every object answers to. */
const key = fc.constantFrom(
  ...['uuid', 'data', 'error', 'diagnostic', 'type', 'kind', 'action', 'step', 'command', 'params'],
  ...['transferID', 'assetID', 'ended', 'id', 'code', 'message', 'details', 'filename', 'stats', 'size'],
  ...['metadata', 'checksum', 'algorithm', 'value', 'encoding', 'options', 'restore', 'strategy', 'ferry'],
  ...['version', 'checksums', 'assetEncoding', 'totals', 'left', 'right', 'relation', 'started', 'finished'],
  ...['__proto__', 'constructor', 'toString', 'valueOf', 'toJSON', 'length'],
);
const word = fc.constantFrom(
  ...['transfer', 'command', 'action', 'step', 'init', 'end', 'status', 'start', 'stream', 'bootstrap'],
  ...['close', 'rollback', 'entities', 'assets', 'links', 'configuration', 'schemas', 'base64', 'Buffer'],
  ...['info', 'warning', 'error', 'sha256', 'core-store', 'push', 'pull', '__proto__', 'toString'],
);

/** JSON as text: any at all, and what is often near to a message. */
const near = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    word,
    fc.constantFrom(null, true, false, 0, -1, 1.5, 255, 256, 2 ** 53, -0, '', 'x'.repeat(129)),
    fc.string({ unit: 'binary', maxLength: 10 }),
    fc.array(tie('value'), { maxLength: 3 }),
    // As entries: of `__proto__` a dictionary would make a prototype.
    fc
      .array(fc.tuple(key, tie('value')), { maxLength: 5 })
      .map((entries) => Object.fromEntries(entries as [string, unknown][])),
  ),
})).value;
const json = fc.oneof(near, fc.jsonValue()).map((value) => JSON.stringify(value));
const text = fc.oneof(
  fc.string({ unit: 'binary' }),
  fc.tuple(json, fc.nat(), fc.string({ maxLength: 2 })).map(([valid, at, more]) => {
    const place = at % (valid.length + 1);
    return valid.slice(0, place) + more + valid.slice(place + 1);
  }),
);

/** What it answers; undefined where it refuses with an error of the table, and with nothing else. */
function answerOf<T>(read: () => T, codes: readonly string[] = ['INVALID_MESSAGE']): T | undefined {
  try {
    return read();
  } catch (error) {
    expect(error).toBeInstanceOf(TransferError);
    expect(codes).toContain((error as TransferError).code);
    expect((error as TransferError).message).not.toBe('');
    return undefined;
  }
}

const valueParsers: readonly (readonly [string, (value: unknown) => unknown])[] = [
  ['parseAssetFlow', (value) => parseAssetFlow([value])],
  ['parseInitAnswer', parseInitAnswer],
  ['parseStartAnswer', parseStartAnswer],
  ['parseEndAnswer', parseEndAnswer],
  ['parseMetadata', parseMetadata],
  ['parseSchemas', parseSchemas],
  ['negotiate', (value) => negotiate(offerPull({ checksums: true }), value)],
];

describe.each(valueParsers)('%s', (_, parse) => {
  test('reads any JSON, or says INVALID_MESSAGE', () => {
    fc.assert(
      fc.property(json, (given) => {
        answerOf(() => parse(JSON.parse(given)));
      }),
      runs(300),
    );
  });
});

const frameParsers: readonly (readonly [string, (frame: string | Uint8Array) => unknown])[] = [
  ['parseServerMessage', parseServerMessage],
  ...(['push', 'pull'] as const).map(
    (direction: Direction) =>
      [
        `parseRequestMessage of a ${direction}`,
        (frame: string | Uint8Array) => parseRequestMessage(frame, direction),
      ] as const,
  ),
];

describe.each(frameParsers)('%s', (_, parse) => {
  test('reads any JSON, text and bytes alike, or says INVALID_MESSAGE', () => {
    fc.assert(
      fc.property(fc.oneof(json, text), (given) => {
        expect(answerOf(() => parse(Buffer.from(given)))).toEqual(
          answerOf(() => parse(Buffer.from(given).toString())),
        );
      }),
      runs(400),
    );
  });
});

test('what a client’s frame is refused with can be written into an answer', () => {
  fc.assert(
    fc.property(json, fc.constantFrom<Direction>('push', 'pull'), (given, direction) => {
      const read = answerOf(() => parseRequestMessage(given, direction));
      if (read?.kind !== 'request' || read.request.type !== 'request.invalid') return;
      expect(Object.keys(errorTable)).toContain(read.request.code);
      const { message, details } = transferErrorOf(read.request.code, read.about);
      expect(JSON.parse(JSON.stringify({ message, details }))).toMatchObject({ message });
    }),
    runs(400),
  );
});

test('the bytes of whatever was taken for a chunk are decoded, or refused', () => {
  const chunk = fc.record({
    action: fc.constant('stream'),
    assetID: fc.constant('a'),
    data: fc.oneof(
      fc.string(),
      fc.base64String(),
      fc.record({ type: fc.constant('Buffer'), data: fc.array(near, { maxLength: 4 }) }),
      fc.record({ type: fc.constant('Buffer'), data: fc.array(fc.nat(256), { maxLength: 4 }) }),
    ),
  });
  fc.assert(
    fc.property(chunk, (given) => {
      for (const item of answerOf(() => parseAssetFlow([JSON.parse(JSON.stringify(given))])) ?? []) {
        if (item.action !== 'stream') continue;
        const bytes = answerOf(() => decodeAssetChunk(item));
        if (bytes === undefined) continue;
        // Whatever was accepted says the same when it is written again.
        const { data } = given;
        // Minus nought is nought as a byte.
        if (typeof data === 'string') expect(Buffer.from(bytes).toString('base64').length).toBe(data.length);
        else expect([...bytes]).toEqual((data.data as readonly unknown[]).map((one) => Number(one) + 0));
      }
    }),
    runs(500),
  );
});

test('params of init are understood or ignored, and refused only where it is unclear what they leave alone', () => {
  fc.assert(
    fc.property(json, (given) => {
      const value = JSON.parse(given);
      const params = answerOf(() => initParams(value));
      if (params === undefined) expect(Object(value).options).toBeTruthy();
      else expect([typeof params.checksums, typeof params.strategy]).toEqual(['boolean', 'string']);
    }),
    runs(300),
  );
});

test('the envelope of any row is found right or wrong', () => {
  fc.assert(
    fc.property(json, fc.constantFrom('entities', 'links', 'configuration', 'schemas'), (given, stage) => {
      expect(['undefined', 'string']).toContain(typeof envelopeFault(stage, JSON.parse(given)));
    }),
    runs(300),
  );
});

test('metadata and schemas come out as they went in, whatever their keys', () => {
  const name = fc.oneof(key, fc.string({ unit: 'binary' }));
  const record = fc
    .array(fc.tuple(name, fc.jsonValue()), { maxLength: 5 })
    .map((entries): unknown => JSON.parse(JSON.stringify(Object.fromEntries(entries))));
  const schemas = fc
    .array(fc.tuple(name, record), { maxLength: 3 })
    .map((entries): unknown => JSON.parse(JSON.stringify(Object.fromEntries(entries))));
  const start = (metadata: unknown) => ({
    action: 'start',
    assetID: 'a',
    data: { filename: 'f', stats: { size: 1 }, metadata },
  });
  fc.assert(
    fc.property(record, schemas, (record, schemas) => {
      expect(JSON.stringify(parseMetadata(record))).toBe(JSON.stringify(record));
      expect(JSON.stringify(parseSchemas(schemas))).toBe(JSON.stringify(schemas));
      const [item] = parseAssetFlow([start(record)]);
      expect(JSON.stringify(item)).toBe(JSON.stringify(start(record)));
    }),
    runs(300),
  );
});
