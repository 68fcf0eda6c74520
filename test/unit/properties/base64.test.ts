import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { base64Length, writeBase64 } from '../../../src/protocol/frame-bytes.js';
import { createBatchFrame } from '../../../src/server/batch-frame.js';
import { runs } from '../../support/runs.js';

/** Nearly all of them different, and in no order. */
const noise = (length: number, seed: number) =>
  Uint8Array.from({ length }, (_, at) => (Math.imul(at + seed, 2654435761) >>> 13) & 255);
const longest = noise(1_200_000, 1);
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64');

/** Each remainder of three about each length at which memory or a portion ends; short ones all. */
const lengths = [
  ...Array.from({ length: 40 }, (_, length) => length),
  ...[12_288, 49_152, 98_304, 294_912, 1_179_648].flatMap((end) =>
    Array.from({ length: 7 }, (_, offset) => end - 3 + offset),
  ),
];

describe.each([
  ['thrifty', true],
  ['fast', false],
] as const)('base64, %s', (_, thrifty) => {
  test('of every length about which something ends is Node’s', () => {
    const frame = createBatchFrame();
    for (const length of lengths) {
      const bytes = longest.subarray(0, length);
      frame.clear();
      frame.base64(bytes, thrifty);
      expect(frame.length).toBe(base64Length(length));
      expect(Buffer.from(frame.finish('', '')).toString() === base64(bytes), `${length} bytes`).toBe(true);
    }
  });

  test('of whatever bytes, one after the other, while the memory grows and is begun anew', () => {
    const part = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.record({ length: fc.nat(40_000), seed: fc.nat(), from: fc.nat(5) }).map(({ length, seed, from }) =>
        // A window of other memory: where it begins is no multiple of anything.
        noise(length + from, seed).subarray(from),
      ),
    );
    const batch = fc.record({ parts: fc.array(part, { maxLength: 5 }), leaves: fc.boolean() });
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 4 }), (batches) => {
        const frame = createBatchFrame();
        for (const { parts, leaves } of batches) {
          frame.clear();
          for (const bytes of parts) frame.base64(bytes, thrifty);
          const finished = frame.finish('<', '>');
          expect(Buffer.from(finished).toString() === `<${parts.map(base64).join('')}>`).toBe(true);
          if (leaves) frame.leave();
        }
      }),
      runs(25),
    );
  });
});

test('is written into a target where it is told, and nowhere else', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.nat(20), fc.nat(20), (bytes, before, after) => {
      const memory = new Uint8Array(before + base64Length(bytes.length) + after).fill(7);
      const end = writeBase64(memory, bytes, before);
      expect(end).toBe(memory.length - after);
      expect(Buffer.from(memory.subarray(before, end)).toString()).toBe(base64(bytes));
      expect([...memory.subarray(0, before), ...memory.subarray(end)].every((byte) => byte === 7)).toBe(true);
    }),
    runs(200),
  );
});
