/** Lines that are gathered as bytes before they are written. */
export interface GatheredLines {
  add(text: string): void;
  /** Of what is gathered, in UTF-16 code units. */
  readonly length: number;
  readonly isEnough: boolean;
  /** What was gathered. The bytes are the caller's; the next lines go into others. */
  take(): Uint8Array;
}

/** Bytes that are written at once, unless a line is longer. */
const enough = 128 * 1024;

/** Bytes that a UTF-16 code unit takes in UTF-8, at most. */
const widest = 3;

const newline = 0x0a;
const encoder = new TextEncoder();

/** Each line is encoded as it comes: V8 takes twenty times as long to make bytes of a long string that was put together. */
export function createGatheredLines(): GatheredLines {
  let bytes: Uint8Array = Buffer.alloc(0);
  let filled = 0;
  let length = 0;

  function room(text: string): void {
    const needed = filled + widest * text.length + 1;
    if (needed <= bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(needed, filled === 0 ? 2 * enough : 2 * bytes.length));
    larger.set(bytes.subarray(0, filled));
    bytes = larger;
  }

  return {
    add(text) {
      room(text);
      filled += encoder.encodeInto(text, bytes.subarray(filled)).written;
      bytes[filled] = newline;
      filled += 1;
      length += text.length + 1;
    },
    get length() {
      return length;
    },
    get isEnough() {
      return filled >= enough;
    },
    take() {
      const taken = bytes.subarray(0, filled);
      bytes = Buffer.alloc(0);
      filled = 0;
      length = 0;
      return taken;
    },
  };
}
