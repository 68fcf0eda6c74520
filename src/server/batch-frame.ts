import { base64Length, writeBase64 } from '../protocol/frame-bytes.js';

/**
 * The frame of one batch after the other, as UTF-8, in memory that is used again: as strings a batch would be several
 * times its length in garbage, and a server that many pull from at once would hold that many times.
 */
export interface BatchFrame {
  /** Bytes that were written. */
  readonly length: number;
  text(text: string): void;
  /** `thrifty`: slower, and nothing is left for the garbage collector. */
  base64(bytes: Uint8Array, thrifty: boolean): void;
  /** What was written, between two texts. Stands until the next is begun. */
  finish(head: string, tail: string): Uint8Array;
  /** Begins the next one. */
  clear(): void;
  /** Gives the finished frame its memory for good: it may still have to leave. */
  leave(): void;
}

/** Bytes kept free for the head of a batch, which is written last. */
const headRoom = 512;
const firstSize = 16 * 1024;
/** Bytes of a batch with the row or chunk that filled it: for many sessions, for few. */
const fullSizes = [704 * 1024, 1536 * 1024];

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
/** The two characters of each twelve bits. */
const pairs = Uint16Array.from({ length: 4096 }, (_, bits) =>
  Buffer.from(`${alphabet[bits >> 6]}${alphabet[bits & 63]}`).readUInt16BE(),
);

/**
 * Base64 without a string on the way, as Node's own encoder makes one: it takes four times as long, but with 20 pulls
 * at once those strings are what V8's heap grows by. Answers where it ends.
 */
function writeBase64Alone(target: Buffer, bytes: Uint8Array, at: number): number {
  const view = new DataView(target.buffer, target.byteOffset, target.byteLength);
  const rest = bytes.length % 3;
  const whole = bytes.length - rest;
  let end = at;
  for (let start = 0; start < whole; start += 3) {
    const word = (byteAt(bytes, start) << 16) | (byteAt(bytes, start + 1) << 8) | byteAt(bytes, start + 2);
    view.setUint32(end, (pairOf(word >> 12) << 16) | pairOf(word & 4095));
    end += 4;
  }
  return rest === 0 ? end : writeBase64(target, bytes.subarray(whole), end);
}

const byteAt = (bytes: Uint8Array, place: number): number => bytes[place] ?? 0;
const pairOf = (bits: number): number => pairs[bits] ?? 0;

export function createBatchFrame(): BatchFrame {
  let memory = Buffer.allocUnsafeSlow(firstSize);
  let end = headRoom;

  function reserve(size: number): void {
    if (end + size <= memory.length) return;
    const needed = end + size;
    const longer = Buffer.allocUnsafeSlow(fullSizes.find((size) => needed <= size) ?? 2 * needed);
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
    base64(bytes, thrifty) {
      reserve(base64Length(bytes.length));
      end = (thrifty ? writeBase64Alone : writeBase64)(memory, bytes, end);
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
