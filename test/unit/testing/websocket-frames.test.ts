import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createFrameSplitter } from '../../../src/testing/websocket-frames.js';

const head = 'GET /admin/transfer/runner/push HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\n\r\n';

interface Frame {
  readonly opcode: number;
  readonly length: number;
  readonly isMasked: boolean;
}

/** A frame as RFC 6455 has it. */
function encode({ opcode, length, isMasked }: Frame): Buffer {
  const header = Buffer.alloc(length < 126 ? 2 : length < 65_536 ? 4 : 10);
  header[0] = 0x80 | opcode;
  header[1] = (isMasked ? 0x80 : 0) | (length < 126 ? length : length < 65_536 ? 126 : 127);
  if (header.length === 4) header.writeUInt16BE(length, 2);
  if (header.length === 10) header.writeBigUInt64BE(BigInt(length), 2);
  return Buffer.concat([header, randomBytes(isMasked ? 4 : 0), randomBytes(length)]);
}

const kinds: Readonly<Record<number, string>> = {
  1: 'message',
  2: 'message',
  8: 'other',
  9: 'ping',
  10: 'ping',
};

const frames = fc.array(
  fc.record({
    opcode: fc.constantFrom(1, 2, 8, 9, 10),
    length: fc.oneof(fc.integer({ min: 0, max: 130 }), fc.constantFrom(65_535, 65_536, 70_000)),
    isMasked: fc.boolean(),
  }),
  { maxLength: 6 },
);

test('gives each frame once it is whole, whatever the chunks that it comes in', () => {
  fc.assert(
    fc.property(frames, fc.double({ min: 0, max: 1, noNaN: true }), (sent, part) => {
      const encoded = [Buffer.from(head), ...sent.map(encode)];
      const wire = Buffer.concat(encoded);
      // From one byte at a time, where there are few, to all at once.
      const chunkSize = Math.max(1, wire.length >> 10, Math.ceil(wire.length * part ** 3));
      const split = createFrameSplitter();
      const pieces = [];
      for (let at = 0; at < wire.length; at += chunkSize)
        pieces.push(...split(wire.subarray(at, at + chunkSize)));
      expect(pieces.map(({ bytes }) => bytes.length)).toEqual(encoded.map((bytes) => bytes.length));
      expect(Buffer.concat(pieces.map(({ bytes }) => bytes)).equals(wire)).toBe(true);
      expect(pieces.slice(1).map(({ kind }) => kind)).toEqual(sent.map(({ opcode }) => kinds[opcode]));
      expect(pieces.slice(1).map(({ bytes, payloadAt }) => bytes.length - payloadAt)).toEqual(
        sent.map(({ length }) => length),
      );
    }),
    { numRuns: 40 },
  );
});

test.each([
  ['a refusal', 'HTTP/1.1 426 Upgrade Required\r\nUpgrade: websocket\r\nContent-Length: 2\r\n\r\n'],
  ['another request', 'POST /admin/login HTTP/1.1\r\nContent-Length: 2\r\n\r\n'],
])('lets what follows %s pass as it comes', (_, other) => {
  const split = createFrameSplitter();
  const kindsOf = (text: string) => split(Buffer.from(text)).map(({ bytes, kind }) => [String(bytes), kind]);
  expect(kindsOf(other)).toEqual([[other, 'other']]);
  expect(kindsOf('{}')).toEqual([['{}', 'other']]);
});
