import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createBatchFrame } from '../../../src/server/batch-frame.js';

const textOf = (frame: Uint8Array) => new TextDecoder().decode(frame);

describe('the frame of a batch', () => {
  test('is what was written, between its two texts', () => {
    const frame = createBatchFrame();
    frame.text('[1,');
    frame.text('"Üsküdar ⛴️"]');
    expect(frame.length).toBe(Buffer.byteLength('[1,"Üsküdar ⛴️"]'));
    expect(textOf(frame.finish('{"data":', '}'))).toBe('{"data":[1,"Üsküdar ⛴️"]}');
  });

  test('begins anew in the same memory', () => {
    const frame = createBatchFrame();
    frame.text('x'.repeat(100));
    const first = frame.finish('<', '>');
    frame.clear();
    frame.text('short');
    const second = frame.finish('<', '>');
    expect(textOf(second)).toBe('<short>');
    expect(second.buffer).toBe(first.buffer);
  });

  test('leaves what may still be on its way out where it is', () => {
    const frame = createBatchFrame();
    frame.text('on its way');
    const sent = frame.finish('<', '>');
    frame.leave();
    frame.text('another one');
    expect(textOf(frame.finish('<', '>'))).toBe('<another one>');
    expect(textOf(sent)).toBe('<on its way>');
  });

  test('takes any texts and bytes, of any length, beyond the memory that it begins with', () => {
    const part = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 3000 }),
      fc.uint8Array({ maxLength: 20_000, size: 'max' }),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), fc.boolean(), (parts, thrifty) => {
        const frame = createBatchFrame();
        let expected = '';
        for (const one of parts) {
          if (typeof one === 'string') frame.text(one);
          else frame.base64(one, thrifty);
          expected +=
            typeof one === 'string' ? Buffer.from(one).toString() : Buffer.from(one).toString('base64');
        }
        expect(textOf(frame.finish('{', '}'))).toBe(`{${expected}}`);
      }),
      { seed: 7, numRuns: 25 },
    );
  });
});
