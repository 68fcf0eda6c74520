import { base64Length, writeBase64 } from '../protocol/frame-bytes.js';

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
const fullSize = 1536 * 1024;

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
