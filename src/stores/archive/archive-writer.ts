import { pack } from 'tar-stream';
import type { Access, FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import type { ReadingWatch } from '../export/reading-watch.js';
import { ageEncrypted } from './age-cipher.js';
import { gathered, gzipped } from './byte-streams.js';
import { type ArchiveFormat, cipherOf, isCompressed } from './format.js';
import { encrypted } from './strapi-cipher.js';

export interface ArchiveWriter {
  /** Resolves when another may come. Throws ASSET_SIZE_MISMATCH. After a failure each call rejects with the same. */
  write(name: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void>;
  finish(): Promise<void>;
  /** Nothing is written from here on; what is pending rejects. Closes the file. */
  abort(): Promise<void>;
}

export interface ArchiveWriterOptions {
  readonly files: FileSystem;
  readonly file: string;
  /** The access of the archive that it replaces; the file is private where there is none. */
  readonly like: Access | undefined;
  readonly format: ArchiveFormat;
  readonly key: string | undefined;
  readonly ageWorkFactor: number;
  readonly date: Date;
  readonly watch: ReadingWatch;
}

type Sink = ReturnType<ReturnType<typeof pack>['entry']>;

export async function createArchiveWriter(options: ArchiveWriterOptions): Promise<ArchiveWriter> {
  const file = await options.files.create(options.file, { like: options.like });
  const tar = pack();
  let entries = 0;
  let failure: { readonly error: unknown } | undefined;
  let last: Promise<unknown> = Promise.resolve();

  function fail(error: unknown): void {
    failure ??= { error };
    tar.destroy(null);
  }
  // The tar is destroyed to end its streams: ignore the error that this raises.
  tar.on('error', () => {});

  const carried = carry().catch(fail);
  async function carry(): Promise<void> {
    let writing = Promise.resolve();
    for await (const chunk of packed(tar as AsyncIterable<Uint8Array>, options)) {
      await writing;
      // The disk writes this chunk while the next one is packed; the next turn throws if the write failed.
      writing = file.write(chunk);
      writing.catch(() => {});
    }
    await writing;
  }

  async function assertSound(): Promise<void> {
    // A failure downstream destroys the tar a moment before its reason is known.
    if (tar.destroying) await carried;
    if (failure !== undefined) throw failure.error;
  }

  async function write(name: string, size: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await assertSound();
    entries += 1;
    options.watch.reaches('entries', entries);
    const sink = tar.entry({ name, size, mtime: options.date });
    sink.on('error', () => {});
    let actual = 0;
    try {
      for await (const chunk of chunks) {
        actual += chunk.length;
        // Count the bytes beyond `size`, for the message.
        if (actual <= size && chunk.length > 0) await put(sink, chunk);
        await assertSound();
      }
      if (actual !== size) {
        throw new TransferError('ASSET_SIZE_MISMATCH', {
          filename: filenameOf(name),
          actual,
          expected: size,
        });
      }
      await ended(sink);
      await assertSound();
    } catch (error) {
      fail(error);
      throw error;
    }
  }

  function inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  }

  return {
    write: (name, size, chunks) => inTurn(() => write(name, size, chunks)),
    finish: () =>
      inTurn(async () => {
        await assertSound();
        tar.finalize();
        await carried;
        await assertSound();
        await file.close();
      }),
    async abort() {
      fail(new TransferError('ABORTED', { because: 'its destination was rolled back' }));
      await carried;
      await file.abort();
    },
  };
}

function packed(tar: AsyncIterable<Uint8Array>, options: ArchiveWriterOptions) {
  const { format, key = '', ageWorkFactor, watch } = options;
  const plain = gathered(measured(tar, watch));
  const compressed = isCompressed(format) ? gzipped(plain) : plain;
  const cipher = cipherOf(format);
  if (cipher === 'strapi') return encrypted(compressed, key);
  return cipher === 'age' ? gathered(ageEncrypted(compressed, key, ageWorkFactor)) : compressed;
}

async function* measured(tar: AsyncIterable<Uint8Array>, watch: ReadingWatch): AsyncGenerator<Uint8Array> {
  let length = 0;
  for await (const chunk of tar) {
    length += chunk.length;
    watch.reaches('unpackedBytes', length);
    yield chunk;
  }
}

function put(sink: Sink, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (sink.write(chunk) || sink.destroying) resolve();
    else once(sink, ['drain', 'close'], resolve);
  });
}

function ended(sink: Sink): Promise<void> {
  return new Promise((resolve) => {
    if (sink.destroying) return resolve();
    once(sink, ['close'], resolve);
    sink.end(null);
  });
}

function once(sink: Sink, events: readonly ('drain' | 'close')[], listener: () => void): void {
  const done = () => {
    for (const event of events) sink.off(event, done);
    listener();
  };
  for (const event of events) sink.on(event, done);
}

const filenameOf = (name: string): string => name.slice(name.lastIndexOf('/') + 1);
