import { ReadableStream } from 'node:stream/web';
import type { Decrypter as AgeDecrypter } from 'age-encryption';
import type { FileReader } from '../../ports/files.js';
import { TransferError } from '../../protocol/errors.js';
import type { Limits } from '../../protocol/limits.js';
import { systemCode } from '../store-error.js';
import { Damaged } from './damaged.js';

/** Loaded when the first archive needs it. */
const library = () => import('age-encryption');

/** The longest header that is read: ours, by passphrase, has some 200 bytes. */
const longestHeader = 64 * 1024;
const headerEnd = /\n--- [A-Za-z0-9+/]+\n/;

interface AgeFile {
  readonly path: string;
  readonly limits: Limits;
}

/** Opens what was encrypted with a passphrase: answers what reads it, from its beginning. */
export async function openAge(
  file: FileReader,
  passphrase: string,
  { path, limits }: AgeFile,
): Promise<() => AsyncGenerator<Uint8Array>> {
  const { Decrypter } = await library();
  const header = await headerOf(file, path, limits.ageWorkFactor);
  const byPassphrase = new Decrypter();
  byPassphrase.addPassphrase(passphrase);
  let fileKey: Uint8Array;
  try {
    fileKey = await byPassphrase.decryptHeader(header);
  } catch (error) {
    if (error instanceof Error && error.message.startsWith('no identity'))
      throw new TransferError('WRONG_KEY', { path });
    throw new Damaged('its age header is not sound');
  }
  return async function* decrypted() {
    const decrypter = new Decrypter();
    // Run the slow scrypt once: each later reading needs only its result.
    decrypter.addIdentity({ unwrapFileKey: () => fileKey });
    yield* plainOf(decrypter, file);
  };
}

async function* plainOf(decrypter: AgeDecrypter, file: FileReader): AsyncGenerator<Uint8Array> {
  try {
    const input = ReadableStream.from(file.stream(0, file.size)) as globalThis.ReadableStream;
    yield* (await decrypter.decrypt(input)) as unknown as AsyncIterable<Uint8Array>;
  } catch (error) {
    if (error instanceof TransferError || systemCode(error) !== undefined) throw error;
    throw new Damaged('it was changed or cut off after it was encrypted');
  }
}

async function headerOf(file: FileReader, path: string, most: number): Promise<Uint8Array> {
  let text = '';
  for await (const chunk of file.stream(0, longestHeader)) text += Buffer.from(chunk).toString('latin1');
  const end = headerEnd.exec(text);
  if (!text.startsWith('age-encryption.org/v1\n') || end === null) throw new Damaged('it is no age file');
  const header = text.slice(0, end.index + end[0].length);
  const cost = Number(/^-> scrypt \S+ (\d+)$/m.exec(header)?.[1]);
  if (Number.isNaN(cost)) throw new Damaged('it was not encrypted with a passphrase');
  if (cost > most) {
    const reason = `its passphrase costs 2^${cost} KiB of memory`;
    throw new TransferError('ARCHIVE_LIMIT', { path, reason, limit: 'ageWorkFactor', value: most });
  }
  return Buffer.from(header, 'latin1');
}

export async function* ageEncrypted(
  chunks: AsyncIterable<Uint8Array>,
  passphrase: string,
  work: number,
): AsyncGenerator<Uint8Array> {
  const { Encrypter } = await library();
  const encrypter = new Encrypter();
  encrypter.setPassphrase(passphrase);
  encrypter.setScryptWorkFactor(work);
  const output = await encrypter.encrypt(ReadableStream.from(chunks) as globalThis.ReadableStream);
  yield* output as unknown as AsyncIterable<Uint8Array>;
}
