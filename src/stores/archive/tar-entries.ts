import { extract, type Header } from 'tar-stream';
import { TransferError } from '../../protocol/errors.js';
import { systemCode } from '../store-error.js';
import { Damaged } from './damaged.js';
import type { TarBytes } from './tar-bytes.js';

export interface TarEntry {
  readonly name: string;
  /** `null`: one that tar-stream does not know. */
  readonly type: Header['type'];
  /** Bytes of its content. */
  readonly size: number;
  /** Where its content begins, in the tar. */
  readonly offset: number;
  /** Its content, once. What is not read is passed over. */
  stream(): AsyncIterable<Uint8Array>;
}

/** What tar-stream's types leave out: where the content begins in what it was given. */
interface Placed {
  readonly byteOffset: number;
}

/** A tar is made of blocks of so many bytes, and ends with two of zeros. */
const block = 512;
const endMark = 2 * block;
const padded = (size: number): number => Math.ceil(size / block) * block;

/** Content that is longer is not even read, where the bytes allow it. */
const worthSkipping = 1024 * 1024;

/**
 * Goes through a whole tar. Throws {@link Damaged} for what is none, and where its end is missing.
 *
 * @param onLength Told how much has been gone through, again and again; may throw.
 */
export async function* tarEntries(
  bytes: TarBytes,
  onLength: (length: number) => void = () => {},
): AsyncGenerator<TarEntry> {
  /** Where the last entry ends. */
  let end = 0;
  let length = 0;
  for (let hasSkipped = true; hasSkipped; ) {
    hasSkipped = false;
    const start = end;
    length = start;
    const tar = extract();
    const feeding = feed(tar, bytes.stream(start, Number.POSITIVE_INFINITY), (chunk) => {
      length += chunk;
      onLength(length);
    });
    try {
      for await (const content of tar) {
        const { name, type, size, byteOffset } = content.header as Header & Placed;
        const offset = start + byteOffset;
        end = offset + padded(size);
        let isRead = false;
        yield {
          name,
          type,
          size,
          offset,
          stream() {
            isRead = true;
            return content as AsyncIterable<Uint8Array>;
          },
        };
        if (!isRead && bytes.size !== undefined && size > worthSkipping) {
          if (end > bytes.size) throw new Damaged('it is cut off');
          hasSkipped = true;
          break;
        }
        content.resume();
      }
    } catch (error) {
      throw damage(error);
    } finally {
      tar.destroy(null);
      await feeding;
    }
  }
  if (length - end < endMark) throw new Damaged('it is cut off');
}

/** Hands the bytes to the parser as fast as it takes them. A failure comes out of the parser. */
async function feed(
  tar: ReturnType<typeof extract>,
  chunks: AsyncIterable<Uint8Array>,
  onChunk: (length: number) => void,
): Promise<void> {
  try {
    for await (const chunk of chunks) {
      onChunk(chunk.length);
      if (!tar.write(chunk)) await drained(tar);
      if (tar.destroyed) return;
    }
    tar.end(null);
  } catch (error) {
    tar.destroy(error instanceof Error ? error : new Error(String(error)));
  }
}

function drained(tar: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      tar.off('drain', done).off('close', done);
      resolve();
    };
    tar.on('drain', done).on('close', done);
  });
}

function damage(error: unknown): unknown {
  if (error instanceof TransferError || error instanceof Damaged || systemCode(error) !== undefined)
    return error;
  const isCut = error instanceof Error && error.message === 'Unexpected end of data';
  return new Damaged(isCut ? 'it is cut off' : 'it is no tar, or a part of it was changed');
}
