import { isUtf8 } from 'node:buffer';
import type { End } from './shapes.js';

/** The client receives bytes, the server text, as from `ws`; null if the bytes are no UTF-8. */
export function asReceived(end: End, frame: string | Uint8Array): string | Uint8Array | null {
  if (end === 'client') {
    const bytes = typeof frame === 'string' ? Buffer.from(frame) : frame;
    return isUtf8(bytes) ? bytes : null;
  }
  if (typeof frame === 'string') return frame;
  return isUtf8(frame) ? Buffer.from(frame.buffer, frame.byteOffset, frame.length).toString() : null;
}

/** The beginning of a frame for a trace; it tells which message it is. */
export function beginningOf(frame: string | Uint8Array): string {
  const shown = 140;
  return typeof frame === 'string' ? frame.slice(0, shown) : Buffer.from(frame.subarray(0, shown)).toString();
}
