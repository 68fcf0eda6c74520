import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TransferError } from '../../../src/protocol/errors.js';
import { createByteFrames, parseFrame, type StreamItem } from '../../../src/protocol/frame-bytes.js';
import { runs } from '../../support/runs.js';

/** Bytes of which fast-check chooses a few, and how many: beside the lengths at which the codec cuts, too. */
const bytes = fc
  .record({
    pattern: fc.uint8Array({ minLength: 1, maxLength: 40 }),
    length: fc.oneof(
      fc.nat(300),
      fc
        .constantFrom(12_288, 24_576, 49_152, 98_304)
        .chain((cut) => fc.integer({ min: cut - 3, max: cut + 3 })),
      fc.nat(200_000),
    ),
  })
  .map(({ pattern, length }) =>
    Uint8Array.from({ length }, (_, at) => (pattern[at % pattern.length] ?? 0) ^ (at >> 9)),
  );
const assetID = fc.string({ unit: 'binary', minLength: 1, maxLength: 12 });
const message = fc.record({
  type: fc.constant('transfer' as const),
  kind: fc.constant('step' as const),
  action: fc.constant('stream' as const),
  step: fc.constant('assets' as const),
  uuid: fc.string({ unit: 'binary' }),
  transferID: fc.string({ unit: 'binary' }),
});

/** Bytes as base64, wherever they stand. */
function asText(value: unknown): unknown {
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  if (Array.isArray(value)) return value.map(asText);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, asText(one)]));
}

test('whatever items are put into frames that share their memory, each frame is read as its own', () => {
  const item = fc.oneof(
    fc.jsonValue().map((value): StreamItem => JSON.stringify(value)),
    fc.record({ assetID, bytes }),
  );
  const frame = fc.record({ message, items: fc.array(item, { maxLength: 4 }), isFreed: fc.boolean() });
  fc.assert(
    fc.property(fc.array(frame, { maxLength: 5 }), (given) => {
      const frames = createByteFrames();
      const open: { readonly frame: Uint8Array; readonly expected: string }[] = [];
      for (const { message, items, isFreed } of given) {
        const data = items.map((one) =>
          typeof one === 'string'
            ? (JSON.parse(one) as unknown)
            : { action: 'stream', assetID: one.assetID, encoding: 'base64', data: one.bytes },
        );
        const encoded = frames.encode(message, items);
        const expected = JSON.stringify(asText({ ...message, data }));
        // Reading uses a frame up: what is freed is read from a copy.
        if (!isFreed) open.push({ frame: encoded, expected });
        else {
          expect(JSON.stringify(asText(parseFrame(encoded.slice())))).toBe(expected);
          frames.free(encoded);
        }
      }
      for (const { frame, expected } of open)
        expect(JSON.stringify(asText(parseFrame(frame)))).toBe(expected);
    }),
    runs(40),
  );
});

/** Long texts, as the codec cuts them out, and texts that look like what it puts in their place. */
const long = fc
  .tuple(fc.constantFrom('A', 'QUJD', 'QUJD', 'é', '\\', '"', '\ue000'), fc.integer({ min: 17, max: 50 }))
  .map(([one, thousands]) => one.repeat(Math.ceil((thousands * 1000) / one.length)));
const mark = fc.nat(1).map((index) => `\ue000${index}`);
const text = fc.oneof({ weight: 2, arbitrary: mark }, { weight: 2, arbitrary: long }, fc.string());
const flowItem = fc.oneof(
  fc.record({
    action: fc.constant('stream'),
    assetID: fc.constant('a'),
    encoding: fc.constant('base64'),
    data: text,
  }),
  fc.record(
    {
      action: fc.constantFrom('start', 'stream', 'end'),
      data: fc.oneof(text, fc.record({ data: text })),
      more: text,
    },
    { requiredKeys: ['action'] },
  ),
);
const flow = fc.array(flowItem, { maxLength: 4 });
const anyMessage = fc.oneof(
  flow.map((items) => ({ data: items })),
  flow.map((items) => ({ data: { type: 'transfer', data: [items] } })),
  fc.record({ text, data: fc.oneof(text, flow) }),
  fc.dictionary(text, fc.oneof(text, flow), { maxKeys: 3 }),
);

/** The value, with the chunks of a message decoded where `shape` has them so. */
function alike(shape: unknown, value: unknown): unknown {
  if (shape instanceof Uint8Array) return typeof value === 'string' ? Buffer.from(value, 'base64') : value;
  if (Array.isArray(shape) && Array.isArray(value)) return value.map((one, at) => alike(shape[at], one));
  if (typeof shape !== 'object' || shape === null || typeof value !== 'object' || value === null)
    return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, alike((shape as Record<string, unknown>)[key], one)]),
  );
}

/** Where bytes stand in a value, as the keys that lead there. */
function placesOfBytes(value: unknown, path: readonly string[] = []): readonly string[] {
  if (value instanceof Uint8Array) return [path.join('.')];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, one]) => placesOfBytes(one, [...path, key]));
}

test('nothing but a chunk’s data is taken for asset bytes, whatever texts stand beside it', () => {
  fc.assert(
    fc.property(anyMessage, (given) => {
      const json = JSON.stringify(given);
      let read: unknown;
      try {
        read = parseFrame(Buffer.from(json));
      } catch (error) {
        // Long texts that stand as a chunk's data, and are none.
        expect(error).toMatchObject({ code: 'INVALID_MESSAGE' });
        return;
      }
      const value: unknown = JSON.parse(json);
      expect(JSON.stringify(read)).toEqual(JSON.stringify(alike(read, value)));
      for (const place of placesOfBytes(read)) expect(place).toMatch(/^data(\.data\.0)?\.\d+\.data$/);
    }),
    runs(150),
  );
});

test('whatever bytes arrive, they are read, or are refused', () => {
  const damaged = fc
    .tuple(anyMessage, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 4 }))
    .map(([given, changes]) => {
      const frame = Buffer.from(JSON.stringify(given));
      for (const [at, byte] of changes) if (frame.length > 0) frame[at % frame.length] = byte;
      return frame;
    });
  fc.assert(
    fc.property(fc.oneof(damaged, fc.uint8Array({ maxLength: 60 })), (frame) => {
      const copy = Buffer.from(frame);
      let read: unknown;
      try {
        read = parseFrame(frame);
      } catch (error) {
        expect(error instanceof SyntaxError || error instanceof TransferError).toBe(true);
        return;
      }
      const value: unknown = JSON.parse(copy.toString());
      expect(JSON.stringify(read)).toEqual(JSON.stringify(alike(read, value)));
    }),
    runs(150),
  );
});
