import { extract, type Header } from 'tar-stream';
import { Damaged } from './damaged.js';
import type { TarBytes } from './tar-bytes.js';
import { createTarEnds } from './tar-ends.js';

export interface TarEntry {
  readonly name: string;
  /** `null`: one that tar-stream does not know. */
  readonly type: Header['type'];
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

/** Bytes. Longer content is skipped without reading it, where the bytes allow that. */
const worthSkipping = 1024 * 1024;

/**
 * Goes through a whole tar. Throws {@link Damaged} for what is none, where its end is missing, and where more follows it.
 *
 * @param onLength Called repeatedly with the number of bytes read so far; may throw.
 */
export async function* tarEntries(
  bytes: TarBytes,
  onLength: (length: number) => void = () => {},
): AsyncGenerator<TarEntry> {
  let end = 0;
  let length = 0;
  for (let hasSkipped = true; hasSkipped; ) {
    hasSkipped = false;
    const start = end;
    length = start;
    const ends = createTarEnds(start);
    const tar = createParser(bytes.stream(start, Number.POSITIVE_INFINITY), (chunk) => {
      length += chunk.length;
      ends.add(chunk);
      onLength(length);
    });
    try {
      for await (const content of tar.entries) {
        const { name, type, size, byteOffset } = content.header as Header & Placed;
        const offset = start + byteOffset;
        end = offset + padded(size);
        ends.entry(offset, end);
        let isRead = false;
        yield {
          name,
          type,
          size,
          offset,
          stream() {
            isRead = true;
            return tar.bodyOf(content as AsyncIterable<Uint8Array>);
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
      throw await tar.reasonOf(error);
    } finally {
      await tar.stop();
    }
  }
  if (length - end < endMark) throw new Damaged('it is cut off');
}

function createParser(chunks: AsyncIterable<Uint8Array>, onChunk: (chunk: Uint8Array) => void) {
  const entries = extract();
  let unread: { readonly error: unknown } | undefined;
  let broken: Error | undefined;
  entries.on('error', (error) => {
    broken = error;
  });
  const closed = new Promise<void>((resolve) => {
    entries.on('close', resolve);
  });

  const fed = feed();
  async function feed(): Promise<void> {
    try {
      for await (const chunk of chunks) {
        onChunk(chunk);
        if (!entries.write(chunk)) await drained(entries);
        if (entries.destroying) return;
      }
      entries.end(null);
    } catch (error) {
      unread = { error };
      entries.destroy(new Error('unread'));
    }
  }

  /** The reason of a failure: if several streams fail together only one knows it, and not always the first. */
  async function reasonOf(error: unknown): Promise<unknown> {
    if (error instanceof Damaged) return error;
    entries.destroy(null);
    await closed;
    if (unread !== undefined) return unread.error;
    const isCut = broken?.message === 'Unexpected end of data';
    return new Damaged(isCut ? 'it is cut off' : 'it is no tar, or a part of it was changed');
  }

  return {
    entries,
    reasonOf,
    async *bodyOf(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
      try {
        yield* content;
      } catch (error) {
        throw await reasonOf(error);
      }
    },
    async stop() {
      entries.destroy(null);
      await fed;
    },
  };
}

function drained(tar: ReturnType<typeof extract>): Promise<void> {
  return new Promise((resolve) => {
    if (tar.destroying) return resolve();
    const done = () => {
      tar.off('drain', done).off('close', done);
      resolve();
    };
    tar.on('drain', done).on('close', done);
  });
}
