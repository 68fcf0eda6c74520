import { transferErrorOf } from './errors.js';
import type { AssetChunk, RequestMessage, StepMessage } from './messages.js';

/** How asset bytes go over the wire: as agreed in `init`. */
export type AssetEncoding = 'base64' | 'buffer';

/** A request as a frame. */
export function encodeRequest(message: RequestMessage): string {
  return JSON.stringify(message);
}

/**
 * A `stream` message whose items are JSON already. Joining what was measured costs nothing more: no item is
 * serialised twice.
 */
export function encodeStream(message: Omit<StepMessage, 'data'>, items: readonly string[]): string {
  const head = JSON.stringify({ ...message, data: [] });
  // `"data":[]` is the last key of the head: the items go between its brackets.
  return `${head.slice(0, -2)}${items.join(',')}]}`;
}

/** The confirmation of a pull's batch. */
export function encodeConfirmation(uuid: string): string {
  return JSON.stringify({ uuid });
}

/** Bytes of an asset as the JSON of one flow item. */
export function encodeAssetChunk(assetID: string, bytes: Uint8Array, encoding: AssetEncoding): string {
  const id = JSON.stringify(assetID);
  if (encoding === 'buffer') {
    return `{"action":"stream","assetID":${id},"data":{"type":"Buffer","data":[${bytes.join(',')}]}}`;
  }
  // base64 holds nothing that JSON escapes.
  return `{"action":"stream","assetID":${id},"encoding":"base64","data":"${toBase64(bytes)}"}`;
}

/**
 * The bytes of a flow item, from either of their two forms.
 * @throws TransferError INVALID_MESSAGE
 */
export function decodeAssetChunk(item: AssetChunk): Uint8Array {
  if (item.data instanceof Uint8Array) return item.data;
  if (typeof item.data === 'string') return fromBase64(item.data);
  const numbers: readonly unknown[] = item.data.data;
  // Check the numbers before they become bytes: an object among them may have a `valueOf` that throws.
  if (!numbers.every(isByte)) {
    throw transferErrorOf('INVALID_MESSAGE', { reason: 'asset bytes must be numbers from 0 to 255' });
  }
  return Uint8Array.from(numbers);
}

function isByte(value: unknown): value is number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= 255;
}

function toBase64(bytes: Uint8Array): string {
  if (typeof Buffer !== 'undefined') {
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  }
  let binary = '';
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary);
}

function fromBase64(text: string): Uint8Array {
  const bytes = typeof Buffer === 'undefined' ? byBrowser(text) : Buffer.from(text, 'base64');
  // Buffer ignores what is no base64, which would turn damage into other bytes; atob ignores spaces.
  if (bytes?.length !== decodedLength(text)) {
    throw transferErrorOf('INVALID_MESSAGE', { reason: 'asset bytes are no base64' });
  }
  return bytes;
}

function byBrowser(text: string): Uint8Array | undefined {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return undefined;
  }
}

/** The length that padded base64 decodes to, as every peer writes it; no whole number if the text was cut. */
function decodedLength(text: string): number {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  return (text.length * 3) / 4 - padding;
}
