import { pipeline, Readable, type Transform } from 'node:stream';
import { createGunzip, createGzip } from 'node:zlib';
import { systemCode } from '../store-error.js';
import { Damaged } from './damaged.js';

/** Bytes of a chunk that comes out: each costs a turn between the thread that packs and this one. */
const chunkSize = 256 * 1024;
/** Bytes that wait on either side, so that disk and zlib work at the same time. */
const highWaterMark = 1024 * 1024;
const settings = { chunkSize, highWaterMark };

/** Stopping the iteration stops everything before it. */
async function* through(chunks: AsyncIterable<Uint8Array>, transform: Transform): AsyncGenerator<Uint8Array> {
  const input = Readable.from(chunks, { objectMode: false, highWaterMark });
  // A failure of the input destroys `transform`, whose iteration below then throws it.
  pipeline(input, transform, () => {});
  try {
    yield* transform as AsyncIterable<Uint8Array>;
  } finally {
    transform.destroy();
    input.destroy();
  }
}

export function gzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  return through(chunks, createGzip(settings));
}

export async function* gunzipped(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* through(chunks, createGunzip(settings));
  } catch (error) {
    const code = systemCode(error);
    if (code === 'Z_BUF_ERROR') throw new Damaged('its compressed data is cut off');
    if (code?.startsWith('Z_') === true) throw new Damaged('its compressed data is not sound');
    throw error;
  }
}

/** Small chunks joined, since each costs a call of the cipher and one of the disk; large ones as they are. */
export async function* gathered(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  let waiting: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    waiting.push(chunk);
    length += chunk.length;
    if (length < chunkSize / 2) continue;
    const large = chunk.length >= chunkSize / 2;
    const small = large ? waiting.slice(0, -1) : waiting;
    if (small.length > 0) yield Buffer.concat(small);
    if (large) yield chunk;
    waiting = [];
    length = 0;
  }
  if (length > 0) yield Buffer.concat(waiting);
}
