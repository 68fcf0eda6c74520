import { base64Length } from '../protocol/frame-bytes.js';

/**
 * The frame of one batch after the other, as UTF-8, in memory that is used again: as strings a batch would be several
 * times its length in garbage, and a server that many pull from at once would hold that many times.
 */
export interface BatchFrame {
  /** Bytes that were written. */
  readonly length: number;
  text(text: string): void;
  base64(bytes: Uint8Array): void;
  /** What was written, between two texts. Stands until the next is begun. */
  finish(head: string, tail: string): Uint8Array;
  /** Begins the next one. */
  clear(): void;
  /** What was finished last may still have to leave: it keeps its memory. */
  leave(): void;
}

/** For what stands before a batch and is known last. */
const headRoom = 512;
const firstSize = 16 * 1024;
/** A batch, and the row or chunk that made it full. */
const fullSize = 384 * 1024;

const alphabet = Buffer.from('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/');

/**
 * Base64 without a string on the way, as Node's own encoder makes one: four times slower than that, 1 ms a MiB, but
 * with 20 pulls at once those strings are what V8's heap grows by. Answers where it ends.
 */
function writeBase64(target: Buffer, bytes: Uint8Array, at: number): number {
  let end = at;
  for (let start = 0; start < bytes.length; start += 3) {
    const [first = 0, second = 0, third = 0] = [bytes[start], bytes[start + 1], bytes[start + 2]];
    const word = (first << 16) | (second << 8) | third;
    target[end] = alphabet[word >> 18] ?? 0;
    target[end + 1] = alphabet[(word >> 12) & 63] ?? 0;
    target[end + 2] = alphabet[(word >> 6) & 63] ?? 0;
    target[end + 3] = alphabet[word & 63] ?? 0;
    end += 4;
  }
  const padding = (3 - (bytes.length % 3)) % 3;
  target.fill('=', end - padding, end);
  return end;
}

export function createBatchFrame(): BatchFrame {
  let memory = Buffer.allocUnsafeSlow(firstSize);
  let end = headRoom;

  function reserve(size: number): void {
    if (end + size <= memory.length) return;
    const needed = end + size;
    const longer = Buffer.allocUnsafeSlow(needed <= fullSize ? fullSize : 2 * needed);
    memory.copy(longer, 0, 0, end);
    memory = longer;
  }
  function text(value: string): void {
    // No character is longer than three bytes a unit; short texts need no measuring.
    reserve(value.length < 1024 ? 3 * value.length : Buffer.byteLength(value));
    end += memory.write(value, end);
  }

  return {
    get length() {
      return end - headRoom;
    },
    text,
    base64(bytes) {
      reserve(base64Length(bytes.length));
      end = writeBase64(memory, bytes, end);
    },
    finish(head, tail) {
      const start = headRoom - Buffer.byteLength(head);
      memory.write(head, start);
      text(tail);
      return memory.subarray(start, end);
    },
    clear() {
      end = headRoom;
    },
    leave() {
      memory = Buffer.allocUnsafeSlow(firstSize);
      end = headRoom;
    },
  };
}
