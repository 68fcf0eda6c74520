import type { FileReader, FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { openAge } from './age-cipher.js';
import { type ArchiveFormat, archiveFormatOf, cipherOf, isCompressed } from './format.js';
import { openEncrypted } from './strapi-cipher.js';
import { createForwardBytes, type TarBytes } from './tar-bytes.js';
import { gunzipped } from './through.js';

export interface OpenArchive {
  readonly bytes: TarBytes;
  /** Throws ABORTED once it is closed. */
  assertOpen(): void;
  /** What still streams rejects with ABORTED. */
  close(): Promise<void>;
}

export interface OpenArchiveOptions {
  readonly files: FileSystem;
  /** Where the file lies. */
  readonly file: string;
  readonly format: ArchiveFormat;
  readonly key: string | undefined;
  /** For errors. */
  readonly path: string;
  readonly limits: Limits;
}

/** What the name of an archive says, and whether the key fits it. */
export function formatOf(path: string, key: string | undefined): ArchiveFormat {
  const format = archiveFormatOf(path);
  if (format === undefined) {
    const reason = 'an archive ends in .tar or .tar.gz, and then in .enc or .age where it is encrypted';
    throw new TransferError('INVALID_OPTION', { option: 'path', value: path, reason });
  }
  if (cipherOf(format) !== undefined && (key === undefined || key === '')) {
    throw new TransferError('MISSING_KEY', { path });
  }
  return format;
}

/** Opens the file, and holds it open: what is put in its place meanwhile is not seen. Nothing is verified yet. */
export async function openArchive(options: OpenArchiveOptions): Promise<OpenArchive> {
  const file = await options.files.openFile(options.file);
  const streams = new Set<AsyncIterator<Uint8Array>>();
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new TransferError('ABORTED', { by: ': its source is closed' });
  }

  /** Each reading is known, so that closing can end it. */
  async function* watched(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const iterator = chunks[Symbol.asyncIterator]();
    streams.add(iterator);
    try {
      for (;;) {
        assertOpen();
        const next = await iterator.next();
        assertOpen();
        if (next.done === true) return;
        yield next.value;
      }
    } finally {
      streams.delete(iterator);
      await iterator.return?.();
    }
  }

  try {
    const bytes = await tarBytesOf(file, options);
    return {
      bytes: { ...bytes, stream: (from, to) => watched(bytes.stream(from, to)) },
      assertOpen,
      async close() {
        if (isClosed) return;
        isClosed = true;
        await Promise.all([...streams].map((stream) => stream.return?.()));
        await bytes.close();
        await file.close();
      },
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

async function tarBytesOf(
  file: FileReader,
  { format, key = '', path, limits }: OpenArchiveOptions,
): Promise<TarBytes> {
  const close = async () => {};
  const isBeginning = isCompressed(format) ? isGzip : isTar;
  if (cipherOf(format) === 'age') {
    const begin = await openAge(file, key, { path, limits });
    return createForwardBytes(isCompressed(format) ? () => gunzipped(begin()) : begin);
  }
  const packed = cipherOf(format) === 'strapi' ? await openEncrypted(file, key, path, isBeginning) : file;
  if (isCompressed(format)) return createForwardBytes(() => gunzipped(packed.stream(0, packed.size)));
  return { size: packed.size, stream: (from, to) => packed.stream(from, to), close };
}

const isGzip = (bytes: Uint8Array): boolean => bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 8;

/** Where the format's name stands in the header of the first entry. */
const isTar = (bytes: Uint8Array): boolean =>
  Buffer.from(bytes.subarray(257, 262)).toString('latin1') === 'ustar';
