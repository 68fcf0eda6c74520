import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  base64Length,
  createByteFrames,
  hasByteFrames,
  parseFrame,
  type StreamItem,
  textOf,
} from '../../../src/protocol/frame-bytes.js';

const step = {
  type: 'transfer',
  kind: 'step',
  action: 'stream',
  step: 'assets',
  uuid: 'u1',
  transferID: 't1',
} as const;
const bytesOf = (length: number, seed = 7) =>
  Uint8Array.from({ length }, (_, index) => (index * seed + (index >> 8)) & 255);
const utf8 = (value: unknown) => Buffer.from(JSON.stringify(value));
const chunk = (bytes: Uint8Array, more: object = {}) => ({
  action: 'stream',
  assetID: 'a"1',
  encoding: 'base64',
  data: Buffer.from(bytes).toString('base64'),
  ...more,
});
const pulled = (items: unknown) => ({ uuid: 'b1', data: { type: 'transfer', data: items, ended: false } });

describe('a frame in bytes', () => {
  const expected = (items: readonly StreamItem[]) =>
    items.map((item) => (typeof item === 'string' ? JSON.parse(item) : chunk(item.bytes)));

  test.each([0, 1, 2, 3, 49_151, 49_152, 49_153, 300_000])('carries %i bytes as base64', (length) => {
    const items = ['{"action":"start","é":"\\n"}', { assetID: 'a"1', bytes: bytesOf(length) }, '{}'];
    const frame = createByteFrames().encode(step, items);
    expect(JSON.parse(Buffer.from(frame).toString())).toEqual({ ...step, data: expected(items) });
  });

  test('takes the memory of a frame that was freed once, even where it only just fits', () => {
    const frames = createByteFrames();
    const of = (length: number) => [JSON.stringify('x'.repeat(length))];
    const first = frames.encode(step, of(100));
    frames.free(first);
    // 4 KiB more than the frame needed were taken for it.
    const second = frames.encode(step, of(100 + 4096));
    expect(second.buffer).toBe(first.buffer);
    expect(second.length).toBe(second.buffer.byteLength);
    expect(frames.encode(step, of(100)).buffer).not.toBe(first.buffer);
    frames.free(second);
    expect(frames.encode(step, of(101 + 4096)).buffer).not.toBe(first.buffer);
  });

  test('takes the memory of a frame that was freed, and of no other', () => {
    const frames = createByteFrames();
    const encode = (length: number, seed: number) =>
      frames.encode(step, [{ assetID: 'a"1', bytes: bytesOf(length, seed) }]);
    const [first, second] = [encode(9000, 3), encode(9000, 5)];
    expect(first.buffer).not.toBe(second.buffer);
    frames.free(first);
    const third = encode(8999, 7);
    expect(third.buffer).toBe(first.buffer);
    expect(JSON.parse(Buffer.from(second).toString()).data).toEqual([chunk(bytesOf(9000, 5))]);
    expect(JSON.parse(Buffer.from(third).toString()).data).toEqual([chunk(bytesOf(8999, 7))]);
    frames.free(second);
    expect(encode(90_000, 3).buffer).not.toBe(second.buffer);
  });
});

describe('parsing', () => {
  const long = bytesOf(65_536);

  test('asset bytes of a pull and of a push become bytes, what stands beside them stays', () => {
    const items = [
      { action: 'start', assetID: 'a"1', data: { filename: 'ü.bin', stats: { size: 1 } } },
      chunk(long),
      chunk(bytesOf(70_000, 3)),
      chunk(bytesOf(20)),
      { action: 'end', assetID: 'a"1' },
    ];
    const wanted = items.map((item, index) => {
      if (index === 1) return { ...item, data: long };
      return index === 2 ? { ...item, data: bytesOf(70_000, 3) } : item;
    });
    const plain = (value: unknown) =>
      JSON.parse(
        JSON.stringify(value, (_, part) => (part?.type === 'Buffer' ? part.data : part)),
        (_, part) => (Array.isArray(part) && typeof part[0] === 'number' ? Uint8Array.from(part) : part),
      );
    expect(plain(parseFrame(utf8(pulled([items]))))).toEqual(pulled([wanted]));
    expect(plain(parseFrame(utf8({ ...step, data: items })))).toEqual({ ...step, data: wanted });
  });

  const text = 'QUJD'.repeat(30_000);
  test.each([
    ['what is no chunk', [[{ action: 'start', assetID: 'a', data: text }]]],
    ['a row', [{ type: 'api::a.a', id: 1, data: { body: text } }]],
    ['a row that looks like a chunk', [{ type: 'api::a.a', data: { action: 'stream', data: text } }]],
    ['a key', [{ [text]: 1 }]],
    ['an escaped quote before it', [{ body: `"${text}` }]],
    ['an escaped quote behind it', [{ body: `${text}"${text}\\` }]],
    ['a long list of numbers', [chunk(long, { data: { type: 'Buffer', data: [...long] } })]],
    [
      'a description beside a chunk',
      [[{ action: 'start', data: { metadata: { text } } }, chunk(bytesOf(9))]],
    ],
    ['the mark', [[chunk(long, { data: '\ue0000' }), { action: 'end', text }]]],
    [
      'the mark, twice',
      [[chunk(long, { data: '\ue0000' }), { action: 'end', text }, { action: 'end', text }]],
    ],
  ])('a long text in %s stays a text', (_, items) => {
    expect(parseFrame(utf8(pulled(items)))).toEqual(pulled(items));
  });

  test('a mark that the peer has escaped is its own, too', () => {
    const frame = JSON.stringify(pulled([[chunk(long, { data: 'HERE' }), { action: 'end', text }]]));
    const items = [[chunk(long, { data: '\ue0000' }), { action: 'end', text }]];
    for (const escaped of ['\\uE0000', '\\ue0000']) {
      expect(parseFrame(Buffer.from(frame.replace('HERE', escaped)))).toEqual(pulled(items));
    }
  });

  test('is what JSON.parse makes of it, whatever it is', () => {
    const longText = fc
      .constantFrom('A', 'é', '"', '\\', ',', '\ue0000', '\n')
      .map((one) => one.repeat(40_000));
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        fc.string(),
        longText,
        fc.integer(),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(fc.oneof(fc.string(), longText), tie('any'), { maxKeys: 3 }),
      ),
    })).any;
    fc.assert(
      fc.property(value, (any) => {
        expect(parseFrame(utf8(any))).toEqual(JSON.parse(JSON.stringify(any)));
      }),
      { seed: 1, numRuns: 60 },
    );
  });

  test('asset bytes that are no base64 are INVALID_MESSAGE', () => {
    const data = `${'QUJD'.repeat(20_000)}*${'QUJD'.repeat(20_000)}QUJ`;
    expect(() => parseFrame(utf8(pulled([[chunk(long, { data })]])))).toThrow(
      expect.objectContaining({
        code: 'INVALID_MESSAGE',
        details: { reason: 'asset bytes are no base64' },
      }),
    );
  });

  test.each([65_535, 65_536, 65_537])('%i bytes come back, however their base64 is padded', (length) => {
    const bytes = bytesOf(length);
    const value = parseFrame(utf8(pulled([[chunk(bytes)]]))) as { data: { data: { data: Uint8Array }[][] } };
    const data = value.data.data[0]?.[0]?.data;
    expect(data).toBeInstanceOf(Uint8Array);
    expect(Buffer.from(data ?? []).equals(bytes)).toBe(true);
  });

  test('what is no JSON is a SyntaxError', () => {
    expect(() => parseFrame(Buffer.from(`{"data":"${text}"`))).toThrow(SyntaxError);
    expect(() => parseFrame(Buffer.from('no'))).toThrow(SyntaxError);
    expect(() => parseFrame('no')).toThrow(SyntaxError);
  });
});

test('a frame is a text, or the same as UTF-8', () => {
  expect(textOf('é')).toBe('é');
  expect(textOf(new TextEncoder().encode('é'))).toBe('é');
  expect([0, 1, 2, 3, 4].map(base64Length)).toEqual([0, 4, 4, 4, 8]);
});

test('where there is no Buffer, as in a browser, a frame is parsed as the text that it is', () => {
  expect(hasByteFrames).toBe(true);
  const frame = utf8(pulled([chunk(bytesOf(65_536))]));
  const text = frame.toString();
  const kept = globalThis.Buffer;
  Reflect.deleteProperty(globalThis, 'Buffer');
  try {
    expect(parseFrame(frame)).toEqual(JSON.parse(text));
  } finally {
    globalThis.Buffer = kept;
  }
});
