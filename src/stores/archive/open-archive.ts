import type { FileReader, FileSystem } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { notAnExport } from '../export/not-an-export.js';
import { openAge } from './age-cipher.js';
import { gunzipped } from './byte-streams.js';
import { Damaged } from './damaged.js';
import { headLength, isAge, isGzip, isTar, toldBy } from './first-bytes.js';
import { type Cipher, cipherOf, isArchiveName } from './format.js';
import { openEncrypted } from './strapi-cipher.js';
import { createForwardBytes, type TarBytes } from './tar-bytes.js';

export interface OpenArchive {
  readonly bytes: TarBytes;
  assertOpen(): void;
  /** What still streams rejects with ABORTED. */
  close(): Promise<void>;
}

export interface OpenArchiveOptions {
  readonly files: FileSystem;
  readonly file: string;
  readonly cipher: Cipher | undefined;
  readonly key: string | undefined;
  readonly path: string;
  readonly limits: Limits;
}

export function neededCipher(path: string, key: string | undefined): Cipher | undefined {
  const cipher = cipherOf(path);
  if (cipher !== undefined && (key === undefined || key === ''))
    throw new TransferError('MISSING_KEY', { path });
  return cipher;
}

/** Opens the file, and holds it open: it stays the same file if another takes its place. Nothing is verified yet. */
export async function openArchive(options: OpenArchiveOptions): Promise<OpenArchive> {
  const file = await options.files.openFile(options.file);
  const streams = new Set<AsyncIterator<Uint8Array>>();
  let isClosed = false;

  function assertOpen(): void {
    if (isClosed) throw new TransferError('ABORTED', { because: 'its source is closed' });
  }

  /** Keeps track of each reading, so that `close` can end it. */
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

/** The bytes of the tar: the name says how it is encrypted, the bytes whether it is compressed. */
async function tarBytesOf(
  file: FileReader,
  { cipher, key = '', path, limits }: OpenArchiveOptions,
): Promise<TarBytes> {
  const head = await headOf(file.stream(0, headLength));
  // Encrypted bytes can look like any format: say what else the file is only if it cannot be decrypted.
  const refused = (error: unknown) =>
    Promise.reject(
      toldBy(head) === undefined ? error : noArchive(path, head, 'its name says that it is encrypted'),
    );
  if (cipher === 'age') {
    if (!isAge(head)) throw noArchive(path, head, 'its name says age');
    const begin = await openAge(file, key, { path, limits });
    const isCompressed = isGzip(await headOf(begin()));
    return createForwardBytes(isCompressed ? () => gunzipped(begin()) : begin);
  }
  if (cipher === undefined && !isArchive(head)) throw noArchive(path, head);
  const packed = cipher === 'strapi' ? await openEncrypted(file, key, path, isArchive).catch(refused) : file;
  if (isGzip(packed === file ? head : await headOf(packed.stream(0, headLength))))
    return createForwardBytes(() => gunzipped(packed.stream(0, packed.size)));
  return { size: packed.size, stream: (from, to) => packed.stream(from, to), close: async () => {} };
}

const isArchive = (head: Uint8Array): boolean => isGzip(head) || isTar(head);

/** The error for a file without a readable entry, if its first bytes tell what it is; else undefined. */
export async function whatElse(path: string, { bytes }: OpenArchive): Promise<TransferError | undefined> {
  const head = await headOf(bytes.stream(0, Number.POSITIVE_INFINITY)).catch(
    () => new Uint8Array(headLength),
  );
  if (isTar(head)) return undefined;
  if (isGzip(head))
    return notAnExport(
      path,
      'it is compressed twice',
      'Unpack it once with gunzip, and give what comes of it',
    );
  const told = toldBy(head);
  return told && notAnExport(path, `what is packed in it is ${told.what}`, told.cure);
}

/** @param but What the name says instead. */
function noArchive(path: string, head: Uint8Array, but?: string): Error {
  const told = toldBy(head);
  if (told !== undefined)
    return notAnExport(path, `${but === undefined ? '' : `${but}, but `}it is ${told.what}`, told.cure);
  if (head.length === 0) return new Damaged('it is empty');
  if (!isArchiveName(path)) return notAnExport(path, 'it is a file, and no archive');
  return new Damaged(
    'it begins as no archive does (where Strapi has encrypted it, its name has to end in .enc)',
  );
}

async function headOf(chunks: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const read: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    read.push(chunk.slice(0, headLength));
    length += chunk.length;
    if (length >= headLength) break;
  }
  return Buffer.concat(read).subarray(0, headLength);
}
