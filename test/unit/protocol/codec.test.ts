import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeAssetChunk,
  encodeAssetChunk,
  encodeConfirmation,
  encodeRequest,
  encodeStream,
} from '../../../src/protocol/codec.js';
import type { AssetChunk } from '../../../src/protocol/messages.js';
import { parseRequestMessage } from '../../../src/protocol/request-message.js';

const step = {
  type: 'transfer',
  kind: 'step',
  action: 'stream',
  step: 'links',
  uuid: 'u1',
  transferID: 't1',
} as const;
const bytes = Uint8Array.from([0, 1, 254, 255]);

describe('frames, byte by byte', () => {
  test('a command', () => {
    expect(encodeRequest({ type: 'command', command: 'end', params: { transferID: 't1' }, uuid: 'u1' })).toBe(
      '{"type":"command","command":"end","params":{"transferID":"t1"},"uuid":"u1"}',
    );
  });

  test('an action', () => {
    expect(
      encodeRequest({ type: 'transfer', kind: 'action', action: 'bootstrap', uuid: 'u1', transferID: 't1' }),
    ).toBe('{"type":"transfer","kind":"action","action":"bootstrap","uuid":"u1","transferID":"t1"}');
  });

  test('a stream whose items are JSON already', () => {
    expect(encodeStream(step, ['{"a":1}', '"é\\n"'])).toBe(
      '{"type":"transfer","kind":"step","action":"stream","step":"links","uuid":"u1","transferID":"t1","data":[{"a":1},"é\\n"]}',
    );
    expect(encodeStream(step, [])).toBe(JSON.stringify({ ...step, data: [] }));
  });

  test('a confirmation of a batch', () => {
    expect(encodeConfirmation('b1')).toBe('{"uuid":"b1"}');
  });

  test('asset bytes as base64', () => {
    expect(encodeAssetChunk('a"1', bytes, 'base64')).toBe(
      '{"action":"stream","assetID":"a\\"1","encoding":"base64","data":"AAH+/w=="}',
    );
  });

  test('asset bytes as the JSON of a Buffer', () => {
    expect(encodeAssetChunk('a1', bytes, 'buffer')).toBe(
      '{"action":"stream","assetID":"a1","data":{"type":"Buffer","data":[0,1,254,255]}}',
    );
  });

  test('bytes that are a window of a larger buffer', () => {
    expect(encodeAssetChunk('a1', bytes.subarray(1, 3), 'base64')).toContain('"data":"Af4="');
  });
});

test('a stream is what JSON.stringify makes of it, whatever its items', () => {
  fc.assert(
    fc.property(fc.array(fc.json()), (items) => {
      const parsed = items.map((item) => JSON.parse(item) as unknown);
      expect(JSON.parse(encodeStream(step, items))).toEqual(
        JSON.parse(JSON.stringify({ ...step, data: parsed })),
      );
      expect(parseRequestMessage(encodeStream(step, items), 'push')).toMatchObject({
        request: { type: 'request.stepStream', uuid: 'u1', step: 'links', transferID: 't1' },
        content: parsed,
      });
    }),
    { seed: 1 },
  );
});

test('asset bytes come back as they went, in both encodings', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.constantFrom('base64', 'buffer'), (data, encoding) => {
      const item = JSON.parse(encodeAssetChunk('a', data, encoding)) as AssetChunk;
      expect(Buffer.from(decodeAssetChunk(item)).equals(data)).toBe(true);
    }),
    { seed: 1 },
  );
});

describe('asset bytes that are none', () => {
  const chunk = (data: unknown) => ({ action: 'stream', assetID: 'a', data }) as AssetChunk;
  test.each([
    ['text that is no base64', chunk('*** no ***'), 'base64'],
    ['base64 that was cut', chunk('AAH+/'), 'base64'],
    ['base64 with a space in it', chunk('AAH+ /w=='), 'base64'],
    ['a number over 255', chunk({ type: 'Buffer', data: [256] }), '0 to 255'],
    ['a negative number', chunk({ type: 'Buffer', data: [-1] }), '0 to 255'],
    ['a fraction', chunk({ type: 'Buffer', data: [0.5] }), '0 to 255'],
    ['a text among the numbers', chunk({ type: 'Buffer', data: ['7'] }), '0 to 255'],
    ['an object among them', chunk({ type: 'Buffer', data: [{ valueOf: 1, toString: 1 }] }), '0 to 255'],
  ])('%s is INVALID_MESSAGE', (_, item, reason) => {
    expect(() => decodeAssetChunk(item)).toThrow(
      expect.objectContaining({ code: 'INVALID_MESSAGE', message: expect.stringContaining(reason) }),
    );
  });
});

describe('where there is no Buffer, as in a browser', () => {
  /** What is awaited in between would find no Buffer either. */
  const inBrowser = <T>(run: () => T): T => {
    const kept = globalThis.Buffer;
    Reflect.deleteProperty(globalThis, 'Buffer');
    try {
      return run();
    } finally {
      globalThis.Buffer = kept;
    }
  };
  const chunk = (data: string): AssetChunk => ({ action: 'stream', assetID: 'a', data });

  test('asset bytes are written and read as they are elsewhere', () => {
    const written = inBrowser(() => encodeAssetChunk('a1', bytes, 'base64'));
    expect(written).toBe(encodeAssetChunk('a1', bytes, 'base64'));
    expect([...inBrowser(() => decodeAssetChunk(chunk('AAH+/w==')))]).toEqual([...bytes]);
  });

  test.each(['*** no ***', 'AAH+/', 'AAH+ /w==', 'AAH+/w'])('%s is refused all the same', (data) => {
    for (const decode of [
      () => decodeAssetChunk(chunk(data)),
      () => inBrowser(() => decodeAssetChunk(chunk(data))),
    ])
      expect(decode).toThrow(
        expect.objectContaining({
          code: 'INVALID_MESSAGE',
          message: expect.stringContaining('asset bytes are no base64'),
        }),
      );
  });
});

test('bytes that a frame has decoded are left as they are', () => {
  expect(decodeAssetChunk({ action: 'stream', assetID: 'a', data: bytes })).toBe(bytes);
});

test('the least and the greatest number that a byte can be are taken', () => {
  const data = { type: 'Buffer', data: [0, 255] } as const;
  expect([...decodeAssetChunk({ action: 'stream', assetID: 'a', data })]).toEqual([0, 255]);
});
