import { transferErrorOf } from './errors.js';
import { countValues, isWithin, type JsonLimits, parseJson, type Span } from './json.js';
import { defaultLimits } from './limits.js';
import type { StepMessage } from './messages.js';

/**
 * A frame's text, or the same as UTF-8. Assets are nearly all that a transfer carries, and as strings they are costly
 * garbage: V8 keeps strings of their length apart, frees them late, and lets its heap grow until then. So where there
 * is a Buffer, the base64 of an asset stands in bytes from the disk to the socket and back; what it is made of are
 * short strings that die at once.
 */
export type Frame = string | Uint8Array;

/** Bytes that are encoded at once: a multiple of three, and their base64 is short enough to die young. */
const portion = 48 * 1024;

interface AssetBytes {
  readonly assetID: string;
  readonly bytes: Uint8Array;
}

export type StreamItem = string | AssetBytes;

/** Whether asset bytes can be encoded without strings: in browsers they cannot. */
export const hasByteFrames = typeof Buffer !== 'undefined';

/** Frames of assets, in memory that is used again: each is some hundred KB, and there are thousands. */
export interface ByteFrames {
  /** A `stream` message whose items are JSON, or asset bytes that go as base64. */
  encode(message: Omit<StepMessage, 'data'>, items: readonly StreamItem[]): Uint8Array;
  free(frame: Uint8Array): void;
}

export function createByteFrames(): ByteFrames {
  const spare: ArrayBuffer[] = [];
  const take = (size: number): Buffer => {
    const place = spare.findIndex(({ byteLength }) => byteLength >= size);
    const [memory = new ArrayBuffer(size + room)] = place === -1 ? [] : spare.splice(place, 1);
    return Buffer.from(memory);
  };
  return {
    encode(message, items) {
      const head = JSON.stringify({ ...message, data: [] });
      // `"data":[]` is the last key of the head: the items go between its brackets.
      const parts = [
        head.slice(0, -2),
        ...items.flatMap((item, index) => (index === 0 ? partsOf(item) : [',', ...partsOf(item)])),
        ']}',
      ];
      const frame = take(parts.reduce((sum, part) => sum + lengthOf(part), 0));
      return frame.subarray(
        0,
        parts.reduce((end, part) => write(frame, part, end), 0),
      );
    },
    free(frame) {
      spare.push(frame.buffer as ArrayBuffer);
    },
  };
}

/** So that frames that differ by a few bytes fit into each other's place. */
const room = 4 * 1024;

function partsOf(item: StreamItem): readonly (string | Uint8Array)[] {
  if (typeof item === 'string') return [item];
  const id = JSON.stringify(item.assetID);
  return [`{"action":"stream","assetID":${id},"encoding":"base64","data":"`, item.bytes, '"}'];
}

function lengthOf(part: string | Uint8Array): number {
  return typeof part === 'string' ? Buffer.byteLength(part) : base64Length(part.length);
}

/** Answers where it ends. */
function write(frame: Buffer, part: string | Uint8Array, at: number): number {
  if (typeof part === 'string') return at + frame.write(part, at);
  return writeBase64(frame, part, at);
}

/** Writes bytes as base64, by way of short strings only. Answers where it ends; there must be room for it. */
export function writeBase64(target: Uint8Array, part: Uint8Array, at: number): number {
  const text = Buffer.from(target.buffer, target.byteOffset, target.byteLength);
  const bytes = Buffer.from(part.buffer, part.byteOffset, part.byteLength);
  let end = at;
  for (let start = 0; start < bytes.length; start += portion) {
    end += text.write(bytes.toString('base64', start, start + portion), end, 'latin1');
  }
  return end;
}

export const base64Length = (bytes: number): number => 4 * Math.ceil(bytes / 3);

export const textOf = (frame: Frame): string =>
  typeof frame === 'string' ? frame : new TextDecoder().decode(frame);

interface Slot {
  data: unknown;
}

/**
 * The value of a frame. Asset bytes in it become bytes without ever having been one long string: they are cut out of
 * the text before it is parsed, decoded where they stand, and put in again. **The frame is used up.**
 * @throws SyntaxError where it is no JSON; OverLimit; TransferError INVALID_MESSAGE where asset bytes are no base64
 */
export function parseFrame(frame: Frame, limits: JsonLimits = defaultLimits): unknown {
  if (typeof frame === 'string' || typeof Buffer === 'undefined') return parseJson(frame, limits);
  const bytes = Buffer.from(frame.buffer, frame.byteOffset, frame.byteLength);
  const literals = findLongLiterals(bytes);
  const cut = literals.reduce((sum, { start, end }) => sum + end - start, 0);
  if (!isWithin(bytes.length - cut, limits)) countValues(bytes, limits, literals);
  if (literals.length === 0) return JSON.parse(bytes.toString());
  let skeleton = '';
  let rest = 0;
  for (const [index, { start, end }] of literals.entries()) {
    skeleton += `${bytes.toString('utf8', rest, start)}${mark}${index}`;
    rest = end;
  }
  skeleton += bytes.toString('utf8', rest);
  if (!isMarkedBy(skeleton, literals.length)) return JSON.parse(bytes.toString());
  const value: unknown = JSON.parse(skeleton);
  const slots = slotsIn(value);
  // Some other long text is among them: a row's, or a description's.
  if (slots.length !== literals.length) return JSON.parse(bytes.toString());
  for (const [index, slot] of slots.entries()) {
    const literal = literals[index];
    if (literal === undefined || slot.data !== `${mark}${index}`) return JSON.parse(bytes.toString());
  }
  for (const [index, slot] of slots.entries()) {
    const literal = literals[index];
    if (literal !== undefined) slot.data = decodeInPlace(bytes, literal);
  }
  return value;
}

/** Stands for a text that was cut out: a character that is assigned to nothing, and no base64 begins with it. */
const mark = '\ue000';
const escapedMark = /\\ue000/i;
const quote = 0x22;
const backslash = 0x5c;
const shortest = 16 * 1024;

/** Whether all the marks are ours: a peer that writes one would have another text put in its place. */
function isMarkedBy(skeleton: string, marks: number): boolean {
  return skeleton.split(mark).length === marks + 1 && !escapedMark.test(skeleton);
}

/**
 * JSON strings without escapes that are at least twice `shortest` long; shorter ones may be among them. Each holds a
 * place that is a multiple of `shortest` and has no quote near behind it, so only those are looked at.
 */
function findLongLiterals(bytes: Buffer): Span[] {
  const literals: Span[] = [];
  for (let place = shortest; place < bytes.length; place += shortest) {
    const end = bytes.indexOf(quote, place);
    if (end === -1) break;
    if (end - place < shortest) continue;
    const start = bytes.lastIndexOf(quote, place - 1) + 1;
    place = end - (end % shortest);
    if (isPlain(bytes, start, end)) literals.push({ start, end });
  }
  return literals;
}

/** Between two quotes of a JSON text stands a string, or what stands between strings: never what base64 begins with. */
function isPlain(bytes: Buffer, start: number, end: number): boolean {
  if (start < 2 || bytes[start - 2] === backslash) return false;
  if (!/[\w+/]/.test(String.fromCharCode(bytes[start] ?? 0))) return false;
  return !bytes.subarray(start, end).includes(backslash);
}

function slotsIn(value: unknown): Slot[] {
  const { data } = Object(value) as { data?: unknown };
  const items = Array.isArray(data) ? data : (Object(data) as { data?: unknown }).data;
  if (!Array.isArray(items)) return [];
  return items.flat().filter((item): item is Slot => {
    const { action, data: text } = Object(item) as { action?: unknown; data?: unknown };
    return action === 'stream' && typeof text === 'string' && text.startsWith(mark);
  });
}

function decodeInPlace(bytes: Buffer, { start, end }: Span): Uint8Array {
  const place = bytes.subarray(start, end);
  const padding = place.at(-2) === 0x3d ? 2 : place.at(-1) === 0x3d ? 1 : 0;
  let length = 0;
  for (let from = 0; from < place.length; from += portion) {
    // Bytes are fewer than the text that they are decoded from: what is still to be read stays.
    length += place.write(place.toString('latin1', from, from + portion), length, 'base64');
  }
  // Buffer ignores what is no base64, which would turn damage into other bytes.
  if (length !== (place.length * 3) / 4 - padding) {
    throw transferErrorOf('INVALID_MESSAGE', { reason: 'asset bytes are no base64' });
  }
  return place.subarray(0, length);
}
